"""Lists: filters, search, and pages that start after the last row of the one before, so that none comes twice."""

import base64
import re
from collections.abc import Callable, Sequence
from types import NoneType
from typing import Annotated, Any, Generic, TypeVar, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter
from pymongo.asynchronous.client_session import AsyncClientSession

from app.core.errors import InvalidInputError
from app.models.base import Fields, Record, collection
from app.schemas.base import Text

T = TypeVar("T")
R = TypeVar("R", bound=Record)
Order = list[tuple[str, bool]]
"""The fields to sort by, each with whether it descends."""
# Each value stands below an operator of ours, so that none is taken for one.
_CONDITIONS: dict[str, Callable[[Any], Fields]] = {
    "": lambda value: {"$eq": value},
    "in": lambda values: {"$in": values},
    "gte": lambda value: {"$gte": value},
    "lte": lambda value: {"$lte": value},
    # A substring in any case, in which `.` and `*` mean themselves.
    "contains": lambda text: {"$regex": re.escape(text), "$options": "i"},
    "isnull": lambda null: {"$eq" if null else "$ne": None},
}
_cursor = TypeAdapter(list[str | None])


def _split(values: list[str]) -> list[str]:
    return [part for value in values for part in value.split(",")]


OneOf = Annotated[list[T], BeforeValidator(_split), Field(min_length=1, max_length=100)]
"""The values of a filter that takes several: `name__in=a,b`."""
SearchText = Annotated[Text, Field(min_length=1, max_length=100)]


class Page(BaseModel, Generic[T]):
    """What a list answers. `T` is the document, and in the reply its schema."""

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
    session: AsyncClientSession, model: type[R], where: Fields, query: PageQuery, search: Sequence[str] = ()
) -> Page[R]:
    """Find the documents of one page.

    `where` is what they fit in any case; `search` are the fields that `q` looks at.
    """
    order = _read_sort(query.sort)
    conditions = [where, *_filters(query, search)]
    if query.cursor is not None:
        conditions.append(_after(model, order, _read_cursor(model, query, order)))
    pipeline = [{"$match": {"$and": conditions}}, *_sorted(model, order), {"$limit": query.limit + 1}]
    found = await collection(session, model).aggregate(pipeline, session=session)
    rows = [model.model_validate(document) async for document in found]
    page, more = rows[: query.limit], len(rows) > query.limit
    return Page(items=page, next_cursor=_write_cursor(query, order, page[-1]) if more else None)


def _filters(query: PageQuery, search: Sequence[str]) -> list[Fields]:
    """What the query asks for beyond `PageQuery`: `price=1`, `price__gte=1`, `q=lamp`."""
    conditions: list[Fields] = []
    for name, value in query.model_dump(exclude=set(PageQuery.model_fields), exclude_none=True).items():
        field, _, operator = name.partition("__")
        if field == "q":
            conditions.append({"$or": [{key: _CONDITIONS["contains"](value)} for key in search]})
        else:
            conditions.append({field: _CONDITIONS[operator](value)})
    return conditions


def _read_sort(sort: str) -> Order:
    """Each field once; last the id, in the direction of the first."""
    names: dict[str, bool] = {}
    for name in [*sort.split(","), "-id" if sort.startswith("-") else "id"]:
        names.setdefault(name.removeprefix("-"), name.startswith("-"))
    return list(names.items())


def _key(name: str) -> str:
    return "_id" if name == "id" else name


def _nullable(model: type[Record], name: str) -> bool:
    return NoneType in get_args(model.model_fields[name].annotation)


def _sorted(model: type[Record], order: Order) -> list[Fields]:
    """The stages that sort. Nulls come last in both directions; to MongoDB they are the least values."""
    keys: dict[str, int] = {}
    nulls: Fields = {}
    for name, descending in order:
        if _nullable(model, name) and not descending:
            nulls[f"{name}__null"] = {"$lte": [f"${name}", None]}
            keys[f"{name}__null"] = 1
        keys[_key(name)] = -1 if descending else 1
    # Without nulls the sort is left to its index.
    return [{"$addFields": nulls}, {"$sort": keys}] if nulls else [{"$sort": keys}]


def _after(model: type[Record], order: Order, values: list[Any]) -> Fields:
    """(a, b) > (x, y), spelled a > x or (a = x and b > y) so that directions can differ."""
    alternatives, equal = [], list[Fields]()
    for (name, descending), value in zip(order, values, strict=True):
        # Nothing comes after null.
        if value is not None:
            beyond: list[Fields] = [{_key(name): {"$lt" if descending else "$gt": value}}]
            if _nullable(model, name):
                beyond.append({name: None})
            alternatives.append({"$and": [*equal, {"$or": beyond}]})
        equal.append({_key(name): value})
    return {"$or": alternatives}


def _write_cursor(query: PageQuery, order: Order, row: Record) -> str:
    values = [getattr(row, name) for name, _ in order]
    text = [None if value is None else str(value) for value in values]
    return base64.urlsafe_b64encode(_cursor.dump_json([query.sort, *text])).decode()


def _read_cursor(model: type[Record], query: PageQuery, order: Order) -> list[Any]:
    """The values of the row that the page comes after, but none that BSON cannot hold: anyone can make up a cursor."""
    row = model.model_construct()
    try:
        sort, *values = _cursor.validate_json(base64.urlsafe_b64decode(query.cursor or ""))
        if sort != query.sort:
            raise ValueError("made for another sort")
        for (name, _), value in zip(order, values, strict=True):
            setattr(row, name, value)
            if isinstance(kept := getattr(row, name), int) and not -(2**63) <= kept < 2**63:
                raise ValueError("too large")
    except ValueError as error:
        raise InvalidInputError("The cursor is not one that this list gave.", "query", "cursor") from error
    return [getattr(row, name) for name, _ in order]
