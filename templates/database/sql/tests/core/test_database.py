"""The promise of `get_session`: committed before the response is sent, or not at all."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from anyio import fail_after, sleep_forever
from fastapi import FastAPI, Request
from httpx2 import AsyncClient
from pydantic import SecretStr
from sqlalchemy import event, exc, literal, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from starlette.types import Message, Receive, Scope, Send

from app.core.database import Sessions
from app.dependencies import SessionDep
from app.models.base import ExactDecimal, Record, UTCDateTime
from tests.conftest import serve
from tests.database import CONFIGURED_URL, UNREACHABLE_URL, database_url

FAILURES = {"fail": RuntimeError(), "time out": exc.TimeoutError("SELECT 1")}
NOT_THERE = pytest.param("find no database", marks=pytest.mark.settings(database_url=SecretStr(UNREACHABLE_URL)))


@pytest.fixture(autouse=True)
async def probe(app: FastAPI, engine: AsyncEngine) -> AsyncIterator[None]:
    """A table and a route of these tests alone, whatever else the project has."""

    @app.post("/probe/{number}", status_code=201, response_model=int)
    async def insert(request: Request, session: SessionDep, number: int, then: str = "") -> object:
        await session.execute(text("SELECT count(*) FROM probe"))
        await session.execute(text("INSERT INTO probe VALUES (:number)"), {"number": number})
        if then in FAILURES:
            raise FAILURES[then]
        if then == "fail to commit":
            event.listen(session.sync_session, "before_commit", lambda _session: 1 / 0)
        if then == "wait":
            request.app.state.pool = request.state["sessions"].write.kw["bind"].pool
            request.app.state.waiting.cancel()
            await sleep_forever()
        return "no number" if then == "answer wrongly" else number

    @app.get("/probe")
    async def read(session: SessionDep) -> Any:
        return await session.scalar(text("SELECT count(*) FROM probe"))

    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE probe (number INTEGER PRIMARY KEY)"))
    yield
    async with engine.begin() as connection:
        await connection.execute(text("DROP TABLE probe"))


async def count(engine: AsyncEngine) -> Any:
    async with engine.connect() as other:
        return await other.scalar(text("SELECT count(*) FROM probe"))


async def test_commit_comes_before_the_response(app: FastAPI, engine: AsyncEngine) -> None:
    seen: list[tuple[str, int]] = []

    async def spy(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_and_count(message: Message) -> None:
            seen.append((message["type"], await count(engine)))
            await send(message)

        await app(scope, receive, send_and_count)

    async with serve(app, inside=spy) as client:
        await client.post("/probe/1")
    assert seen[0] == ("http.response.start", 1)


@pytest.mark.parametrize("then", ["fail", "fail to commit", "answer wrongly", "time out", NOT_THERE])
async def test_failure_keeps_nothing(committed: AsyncClient, engine: AsyncEngine, then: str) -> None:
    response = await committed.post("/probe/1", params={"then": then})
    assert response.status_code == (503 if then in ("time out", "find no database") else 500)
    assert "SELECT" not in response.text
    assert await count(engine) == 0


async def test_writers_wait_and_of_equal_rows_one_is_made(committed: AsyncClient, engine: AsyncEngine) -> None:
    responses = await asyncio.gather(*(committed.post(f"/probe/{number}") for number in (0, 0, *range(40))))
    assert sorted(response.status_code for response in responses) == [201] * 40 + [409] * 2
    assert not any("INSERT" in response.text for response in responses)
    assert await count(engine) == 40


async def test_reading_does_not_wait_for_a_writer(committed: AsyncClient, committed_sessions: Sessions) -> None:
    async with committed_sessions.write.begin() as session:
        await session.execute(text("INSERT INTO probe VALUES (1)"))
        assert (await committed.get("/probe")).json() == 0


async def test_cancelled_request_empties_the_pool(app: FastAPI, committed: AsyncClient, engine: AsyncEngine) -> None:
    with fail_after(10) as app.state.waiting:
        await committed.post("/probe/1", params={"then": "wait"})
    assert app.state.pool.checkedout() == 0
    assert await count(engine) == 0


async def test_pool_is_bounded(engine: AsyncEngine) -> None:
    pool: Any = engine.pool
    assert (pool.size(), pool._max_overflow, pool.timeout()) == (15, 0, 5)
    assert engine.sync_engine.hide_parameters  # They hold hashes, and errors are logged.


async def test_values_are_kept_exactly(connection: AsyncConnection) -> None:
    east, naive = (literal(datetime.fromisoformat(f"2026-01-01T02:00{zone}"), UTCDateTime()) for zone in ("+02:00", ""))
    kept = (await connection.execute(select(east, literal(Decimal("1.999"), ExactDecimal(4, 2))))).one()
    assert kept == (datetime(2026, 1, 1, tzinfo=UTC), Decimal("2.00"))
    with pytest.raises(exc.StatementError, match="without an offset"):
        await connection.execute(select(naive))


async def test_constraints_have_names() -> None:
    assert all(constraint.name for table in Record.metadata.tables.values() for constraint in table.constraints)


async def test_each_worker_has_a_test_database_of_its_own() -> None:
    assert len({database_url(CONFIGURED_URL, worker) for worker in ("gw0", "gw1", "main")}) == 3
    with pytest.raises(ValueError, match="_test"):
        database_url(CONFIGURED_URL.replace("_test", ""), "gw0")
