"""Lists: filters, search, and pages that start after the last row of the one before, so that none comes twice."""

import base64
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from operator import eq, ge, le
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter
from sqlalchemy import BigInteger, ColumnElement, Select, SmallInteger, and_, literal, or_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from app.core.errors import InvalidInputError
from app.schemas.base import Text, UtcDatetime

T = TypeVar("T")
Column = InstrumentedAttribute[Any]
Order = list[tuple[Column, bool]]
"""The columns to sort by, each with whether it descends."""
_CONDITIONS: dict[str, Callable[[Column, Any], ColumnElement[bool]]] = {
    "": eq,
    "in": lambda column, values: column.in_(values),
    "gte": ge,
    "lte": le,
    # A substring in any case, in which `%` and `_` mean themselves.
    "contains": lambda column, text: column.icontains(text, autoescape=True),
    "isnull": lambda column, null: column.is_(None) if null else column.is_not(None),
}
_cursor = TypeAdapter(list[str | None])


def _split(values: list[str]) -> list[str]:
    return [part for value in values for part in value.split(",")]


OneOf = Annotated[list[T], BeforeValidator(_split), Field(min_length=1, max_length=100)]
"""The values of a filter that takes several: `name__in=a,b`."""
SearchText = Annotated[Text, Field(min_length=1, max_length=100)]


class Page(BaseModel, Generic[T]):
    """What a list answers. `T` is the table, and in the reply the schema of one row."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    items: list[T]
    next_cursor: str | None


class PageQuery(BaseModel):
    """The query of a list. Each resource says what it can be sorted by and adds its filters, and `q` for a search."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: Annotated[str | None, Field(max_length=8192, pattern="^[A-Za-z0-9_=-]+$")] = None
    sort: str = "-created_at"


def sort_pattern(*names: str) -> str:
    """The pattern of a `sort` that may name these: `-created_at,name`."""
    name = f"-?({'|'.join(names)})"
    return f"^{name}(,{name})*$"


async def paginate(
    session: AsyncSession, select: Select[T], query: PageQuery, search: Sequence[Column] = ()
) -> Page[T]:
    """Run the select for one page of a table that has an `id`, which breaks ties. `search` is where `q` looks."""
    table = select.column_descriptions[0]["entity"]
    select = select.where(*_filters(query, table, search))
    order = _read_sort(query.sort, table)
    if query.cursor is not None:
        select = select.where(_after(order, _read_cursor(query, order)))
    select = select.order_by(*_order_by(query.sort, table))
    rows = list(await session.scalars(select.limit(query.limit + 1)))
    page, more = rows[: query.limit], len(rows) > query.limit
    return Page(items=page, next_cursor=_write_cursor(query, order, page[-1]) if more else None)


def _filters(query: PageQuery, table: Any, search: Sequence[Column]) -> list[ColumnElement[bool]]:
    """What the query asks for beyond `PageQuery`: `price=1`, `price__gte=1`, `q=lamp`."""
    conditions = []
    for name, value in query.model_dump(exclude=set(PageQuery.model_fields), exclude_none=True).items():
        field, _, operator = name.partition("__")
        if field == "q":
            conditions.append(or_(*(_CONDITIONS["contains"](column, value) for column in search)))
        else:
            conditions.append(_CONDITIONS[operator](getattr(table, field), value))
    return conditions


def _read_sort(sort: str, table: Any) -> Order:
    """Each column once; last the id, in the direction of the first."""
    names: dict[str, bool] = {}
    for name in [*sort.split(","), "-id" if sort.startswith("-") else "id"]:
        names.setdefault(name.removeprefix("-"), name.startswith("-"))
    return [(getattr(table, name), descending) for name, descending in names.items()]


@lru_cache
def _order_by(sort: str, table: Any) -> list[ColumnElement[Any]]:
    """Nulls come last in both directions; a column without them is left to its index."""
    order = [(column, column.desc() if descending else column.asc()) for column, descending in _read_sort(sort, table)]
    return [ordered.nulls_last() if column.nullable else ordered for column, ordered in order]


def _after(order: Order, values: list[Any]) -> ColumnElement[bool]:
    """(a, b) > (x, y), spelled a > x or (a = x and b > y) so that directions can differ."""
    alternatives, equal = [], list[ColumnElement[bool]]()
    for (column, descending), value in zip(order, values, strict=True):
        # A plain True or False has no order for SQLAlchemy.
        bound = literal(value, column.type)
        beyond = column < bound if descending else column > bound
        or_null = [column.is_(None)] if column.nullable and value is not None else []
        alternatives.append(and_(*equal, or_(beyond, *or_null)))
        equal.append(column == value)
    # An index can begin only where a >= x says so, which leaves out nulls.
    (first, descending), start = order[0], literal(values[0], order[0][0].type)
    from_start = first <= start if descending else first >= start
    return or_(*alternatives) if first.nullable else and_(from_start, or_(*alternatives))


def _write_cursor(query: PageQuery, order: Order, row: object) -> str:
    values = [getattr(row, column.key) for column, _ in order]
    text = [None if value is None else str(value) for value in values]
    return base64.urlsafe_b64encode(_cursor.dump_json([query.sort, *text])).decode()


def _read_cursor(query: PageQuery, order: Order) -> list[Any]:
    try:
        sort, *values = _cursor.validate_json(base64.urlsafe_b64decode(query.cursor or ""))
        if sort != query.sort:
            raise ValueError("made for another sort")
        return [_value_of(column).validate_python(value) for (column, _), value in zip(order, values, strict=True)]
    except ValueError as error:
        raise InvalidInputError("The cursor is not one that this list gave.", "query", "cursor") from error


def _value_of(column: Column) -> TypeAdapter[Any]:
    """The values of a column, but none that the database would choke on: anyone can make up a cursor."""
    bits = {SmallInteger: 15, BigInteger: 63}.get(type(column.type), 31)
    whole = Annotated[int, Field(ge=-(2**bits), lt=2**bits)]
    digits, places = (getattr(column.type, name, None) for name in ("precision", "scale"))
    exact = Annotated[Decimal, Field(max_digits=digits, decimal_places=places)]
    kinds: dict[type, Any] = {str: Text, int: whole, Decimal: exact, datetime: UtcDatetime}
    kind = kinds.get(column.type.python_type, column.type.python_type)
    return TypeAdapter(kind | None if column.nullable else kind)
