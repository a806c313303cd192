from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI
from httpx2 import AsyncClient
from pydantic import Field
from pymongo.asynchronous.client_session import AsyncClientSession

from app.core.api import refuse_unknown_query
from app.core.errors import InvalidInputError
from app.core.pagination import OneOf, PageQuery, SearchText, paginate, sort_pattern
from app.dependencies import PageDep
from app.models.base import ExactDecimal, Record, insert_one
from migrations.history import Database


class Pebble(Record):
    """A document of these tests, which no migration knows."""

    COLLECTION = "pebbles"

    name: str
    size: int | None
    weight: Annotated[Decimal, ExactDecimal(10, 2)]


class PebbleQuery(PageQuery):
    sort: Annotated[str, Field(pattern=sort_pattern("created_at", "name", "size", "weight"))] = "-created_at"
    q: SearchText | None = None
    name__in: OneOf[str] | None = None
    size__isnull: bool | None = None
    weight__gte: Decimal | None = None


ROWS = [("grey", 1, "1.50"), ("grey", None, "1.00"), ("red", 2, "1.50"), ("5.*%", 2, "2.00"), ("blue", None, "2.00")]


@pytest.fixture
async def pebbles(session: AsyncClientSession, database: Database) -> AsyncIterator[AsyncClientSession]:
    for name, size, weight in ROWS:
        await insert_one(session, Pebble(name=name, size=size, weight=Decimal(weight)))
    yield session
    await database.drop_collection("pebbles")


async def walk(session: AsyncClientSession, **parameters: Any) -> list[Pebble]:
    query, rows = PebbleQuery(limit=2, **parameters), list[Pebble]()
    for _ in ROWS:
        page = await paginate(session, Pebble, {}, query, ("name",))
        rows += page.items
        query.cursor = page.next_cursor
        if query.cursor is None:
            break
    return rows


@pytest.mark.parametrize(
    ("sort", "values"),
    [
        ("name,-size", ["5.*%", "blue", "grey", "grey", "red"]),
        ("size", [1, 2, 2, None, None]),
        ("-size,created_at", [2, 2, 1, None, None]),
        ("-weight,weight", [Decimal("2.00"), Decimal("2.00"), Decimal("1.50"), Decimal("1.50"), Decimal("1.00")]),
    ],
)
async def test_pages_hold_every_row_once_and_in_order(
    pebbles: AsyncClientSession, sort: str, values: list[Any]
) -> None:
    rows = await walk(pebbles, sort=sort)
    assert [getattr(row, sort.split(",")[0].removeprefix("-")) for row in rows] == values
    assert len({row.id for row in rows}) == len(ROWS)


@pytest.mark.parametrize(
    ("parameters", "names"),
    [
        ({"q": ".*%"}, ["5.*%"]),
        ({"q": "RE"}, ["grey", "grey", "red"]),
        ({"name__in": ["red,blue"]}, ["blue", "red"]),
        ({"size__isnull": True}, ["blue", "grey"]),
        ({"size__isnull": False, "weight__gte": "1.50"}, ["5.*%", "grey", "red"]),
    ],
)
async def test_filters(pebbles: AsyncClientSession, parameters: dict[str, Any], names: list[str]) -> None:
    assert [row.name for row in await walk(pebbles, sort="name", **parameters)] == names


@pytest.mark.parametrize(
    ("sort", "cursor"),
    [
        *(("-created_at", cursor) for cursor in ("nonsense", "e30=", "WyJuYW1lIiwgImEiLCAiYiJd")),
        # One of the sort -size.
        ("size", "WyItc2l6ZSIsIjEiLCIwMTg5MDAwMC0wMDAwLTcwMDAtODAwMC0wMDAwMDAwMDAwMDAiXQ=="),
        # ["-created_at","1"], and ["size","9999999999999999999","…"] with a number that BSON cannot hold.
        ("-created_at", "WyItY3JlYXRlZF9hdCIsICIxIl0="),
        ("size", "WyJzaXplIiwiOTk5OTk5OTk5OTk5OTk5OTk5OSIsIjAxODkwMDAwLTAwMDAtNzAwMC04MDAwLTAwMDAwMDAwMDAwMCJd"),
    ],
)
async def test_made_up_cursors_are_refused(pebbles: AsyncClientSession, sort: str, cursor: str) -> None:
    with pytest.raises(InvalidInputError):
        await walk(pebbles, sort=sort, cursor=cursor)


async def test_parameters_are_known_by_their_names(app: FastAPI, anonymous: AsyncClient) -> None:
    @app.get("/pebbles", dependencies=[Depends(refuse_unknown_query)])
    async def list_pebbles(query: PageDep[PebbleQuery]) -> None: ...

    for query, status in (("weight__gte=1", 200), ("sort=name", 200), ("sort=id", 422), ("size=1", 422)):
        assert (await anonymous.get(f"/pebbles?{query}")).status_code == status
