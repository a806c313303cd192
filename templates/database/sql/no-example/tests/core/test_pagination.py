from collections.abc import AsyncIterator
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import pytest
from fastapi import Depends, FastAPI, Query
from httpx2 import AsyncClient
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from app.core.database import Sessions
from app.core.errors import InvalidInputError
from app.core.openapi import refuse_unknown_query
from app.core.pagination import OneOf, PageQuery, SearchText, paginate, sort_pattern
from app.models.base import ExactDecimal, UTCDateTime, new_id, utc_now


class Own(DeclarativeBase):
    """Its tables are those of these tests, and no migration knows them."""


class Pebble(Own):
    __tablename__ = "pebbles"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utc_now)
    name: Mapped[str]
    size: Mapped[int | None]
    weight: Mapped[Decimal] = mapped_column(ExactDecimal(10, 2))


class PebbleQuery(PageQuery):
    sort: Annotated[str, Field(pattern=sort_pattern("created_at", "name", "size", "weight"))] = "-created_at"
    q: SearchText | None = None
    name__in: OneOf[str] | None = None
    size__isnull: bool | None = None
    weight__gte: Decimal | None = None


ROWS = [("grey", 1, "1.50"), ("grey", None, "1.00"), ("red", 2, "1.50"), ("50%", 2, "2.00"), ("blue", None, "2.00")]


@pytest.fixture
async def pebbles(connection: AsyncConnection, sessions: Sessions) -> AsyncIterator[AsyncSession]:
    await connection.run_sync(Own.metadata.create_all)
    async with sessions.write.begin() as session:
        session.add_all([Pebble(name=name, size=size, weight=Decimal(weight)) for name, size, weight in ROWS])
        await session.flush()
        yield session


async def walk(session: AsyncSession, **parameters: Any) -> list[Pebble]:
    query, rows = PebbleQuery(limit=2, **parameters), list[Pebble]()
    while not rows or query.cursor is not None:
        page = await paginate(session, select(Pebble), query, (Pebble.name,))
        rows += page.items
        query.cursor = page.next_cursor
    return rows


@pytest.mark.parametrize(
    ("sort", "values"),
    [
        ("name,-size", ["50%", "blue", "grey", "grey", "red"]),
        ("size", [1, 2, 2, None, None]),
        ("-size,created_at", [2, 2, 1, None, None]),
        ("-weight,weight", [Decimal("2.00"), Decimal("2.00"), Decimal("1.50"), Decimal("1.50"), Decimal("1.00")]),
    ],
)
async def test_pages_hold_every_row_once_and_in_order(pebbles: AsyncSession, sort: str, values: list[Any]) -> None:
    rows = await walk(pebbles, sort=sort)
    assert [getattr(row, sort.split(",")[0].removeprefix("-")) for row in rows] == values
    assert len({row.id for row in rows}) == len(ROWS)


@pytest.mark.parametrize(
    ("parameters", "names"),
    [
        ({"q": "0%"}, ["50%"]),
        ({"q": "RE"}, ["grey", "grey", "red"]),
        ({"name__in": ["red,blue"]}, ["blue", "red"]),
        ({"size__isnull": True}, ["blue", "grey"]),
        ({"size__isnull": False, "weight__gte": "1.50"}, ["50%", "grey", "red"]),
    ],
)
async def test_filters(pebbles: AsyncSession, parameters: dict[str, Any], names: list[str]) -> None:
    assert [row.name for row in await walk(pebbles, sort="name", **parameters)] == names


@pytest.mark.parametrize("cursor", ["nonsense", "e30=", "WyJuYW1lIiwgImEiLCAiYiJd", "WyItY3JlYXRlZF9hdCIsICIxIl0="])
async def test_made_up_cursors_are_refused(pebbles: AsyncSession, cursor: str) -> None:
    with pytest.raises(InvalidInputError):
        await walk(pebbles, cursor=cursor)


async def test_parameters_are_known_by_their_names(app: FastAPI, anonymous: AsyncClient) -> None:
    @app.get("/pebbles", dependencies=[Depends(refuse_unknown_query)])
    async def list_pebbles(query: Annotated[PebbleQuery, Query()]) -> None: ...

    for query, status in (("weight__gte=1", 200), ("sort=name", 200), ("sort=id", 422), ("size=1", 422)):
        assert (await anonymous.get(f"/pebbles?{query}")).status_code == status
