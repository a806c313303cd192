import json
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI
from httpx2 import AsyncClient
from pydantic import Field
from sqlalchemy import MetaData, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlalchemy.orm import Mapped

from app.core.api import refuse_unknown_query
from app.core.database import Sessions
from app.core.pagination import OneOf, PageQuery, SearchText, paginate, sort_pattern
from app.dependencies import PageDep, SessionDep
from app.models.base import Record

SIZES = {"a": 2, "b": None, "c": 1, "d": 2, "e": None}
ID = "01890000-0000-7000-8000-000000000000"


class Pebble(Record):
    """Its table is that of these tests, and no migration knows it."""

    __tablename__ = "pebbles"
    metadata = MetaData()

    name: Mapped[str]
    size: Mapped[int | None]


class PebbleQuery(PageQuery):
    sort: Annotated[str, Field(pattern=sort_pattern("created_at", "name", "size"))] = "name"
    q: SearchText | None = None
    name__in: OneOf[str] | None = None
    size__isnull: bool | None = None


@pytest.fixture
async def session(connection: AsyncConnection, sessions: Sessions) -> AsyncIterator[AsyncSession]:
    await connection.run_sync(Pebble.metadata.create_all)
    async with sessions.write.begin() as session:
        session.add_all(Pebble(name=name, size=size) for name, size in SIZES.items())
        yield session


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"sort": "size,name"}, "cadbe"),
        ({"sort": "-size,name,-name"}, "adcbe"),
        ({"size__isnull": True}, "be"),
        ({"size__isnull": False}, "acd"),
        ({"q": "D"}, "d"),
        ({"name__in": ["a,b,c"]}, "abc"),
    ],
)
async def test_pages_hold_every_row_once_and_in_order(session: AsyncSession, query: dict[str, Any], names: str) -> None:
    found, cursor = "", None
    for _ in names:
        page = await paginate(session, select(Pebble), PebbleQuery(limit=1, cursor=cursor, **query), (Pebble.name,))
        found, cursor = found + "".join(row.name for row in page.items), page.next_cursor
    assert (found, cursor) == (names, None)


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize(
    ("sort", "cursor", "status"),
    [
        ("created_at", ["created_at", "2026-01-01T00:00:00Z", ID], 200),
        ("name", ["name", "a", "b"], 422),
        ("name", ["name", "a\0", ID], 422),
        ("name", ["size", "1", ID], 422),
        ("size", ["size", str(2**31), ID], 422),
        ("created_at", ["created_at", "1", ID], 422),
    ],
)
async def test_made_up_cursors(app: FastAPI, anonymous: AsyncClient, sort: str, cursor: object, status: int) -> None:
    @app.get("/pebbles", dependencies=[Depends(refuse_unknown_query)])
    async def list_pebbles(session: SessionDep, query: PageDep[PebbleQuery]) -> None:
        await paginate(session, select(Pebble), query)

    query = {"sort": sort, "cursor": urlsafe_b64encode(json.dumps(cursor).encode()).decode()}
    assert (await anonymous.get("/pebbles", params=query)).status_code == status
    assert (await anonymous.get("/pebbles", params=query | {"weight": "1"})).status_code == 422
