"""The promise of `get_session`: committed before the response is sent, or not at all."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from anyio import create_task_group, fail_after, sleep_forever
from fastapi import FastAPI, Request
from httpx2 import AsyncClient
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.types import Message, Receive, Scope, Send

from app.dependencies import SessionDep
from app.models.base import NAMING_CONVENTION, Base
from tests.conftest import serve

INSERT = text("INSERT INTO probe (number) VALUES (1)")


@pytest.fixture(autouse=True)
async def probe(engine: AsyncEngine) -> AsyncIterator[None]:
    """A table of these tests alone, whatever else the project has."""
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE probe (number INTEGER PRIMARY KEY)"))
    yield
    async with engine.begin() as connection:
        await connection.execute(text("DROP TABLE probe"))


async def count(engine: AsyncEngine) -> Any:
    async with engine.connect() as other:
        return await other.scalar(text("SELECT count(*) FROM probe"))


async def test_commit_comes_before_the_response(app: FastAPI, engine: AsyncEngine) -> None:
    @app.post("/probe")
    async def insert(session: SessionDep) -> None:
        await session.execute(INSERT)

    seen: list[int] = []

    async def spy(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_and_count(message: Message) -> None:
            if message["type"] == "http.response.start":
                seen.append(await count(engine))
            await send(message)

        await app(scope, receive, send_and_count)

    async with serve(app, inside=spy) as client:
        await client.post("/probe")
    assert seen == [1]


async def test_error_keeps_nothing(app: FastAPI, committed: AsyncClient, engine: AsyncEngine) -> None:
    @app.post("/probe")
    async def fail(session: SessionDep) -> None:
        await session.execute(INSERT)
        raise RuntimeError

    assert (await committed.post("/probe")).status_code == 500
    assert await count(engine) == 0


async def test_answer_that_cannot_be_serialised_keeps_nothing(
    app: FastAPI, committed: AsyncClient, engine: AsyncEngine
) -> None:
    @app.post("/probe", response_model=int)
    async def fail(session: SessionDep) -> str:
        await session.execute(INSERT)
        return "not a number"

    assert (await committed.post("/probe")).status_code == 500
    assert await count(engine) == 0


async def test_commit_that_fails_is_an_error(app: FastAPI, committed: AsyncClient, engine: AsyncEngine) -> None:
    @app.post("/probe")
    async def insert(session: SessionDep) -> None:
        def fail(*_arguments: object) -> None:
            raise RuntimeError("the database went away")

        event.listen(session.sync_session, "before_commit", fail)
        await session.execute(INSERT)

    assert (await committed.post("/probe")).status_code == 500
    assert await count(engine) == 0


async def test_of_two_equal_rows_one_is_made(app: FastAPI, committed: AsyncClient, engine: AsyncEngine) -> None:
    @app.post("/probe", status_code=201)
    async def insert(session: SessionDep) -> None:
        await session.execute(INSERT)

    statuses: list[int] = []

    async def post() -> None:
        statuses.append((await committed.post("/probe")).status_code)

    async with create_task_group() as group:
        for _ in range(4):
            group.start_soon(post)
    assert sorted(statuses) == [201, 409, 409, 409]
    assert await count(engine) == 1


async def test_transactions_that_read_and_then_write_wait_for_each_other(
    app: FastAPI, committed: AsyncClient, engine: AsyncEngine
) -> None:
    @app.post("/probe/{number}")
    async def insert(session: SessionDep, number: int) -> None:
        await session.execute(text("SELECT count(*) FROM probe"))
        await session.execute(text("INSERT INTO probe (number) VALUES (:number)"), {"number": number})

    statuses: list[int] = []

    async def post(number: int) -> None:
        statuses.append((await committed.post(f"/probe/{number}")).status_code)

    async with create_task_group() as group:
        for number in range(12):
            group.start_soon(post, number)
    assert statuses == [200] * 12
    assert await count(engine) == 12


async def test_cancelled_request_gives_its_connection_back(
    app: FastAPI, committed: AsyncClient, engine: AsyncEngine
) -> None:
    pools: list[Any] = []

    @app.post("/probe")
    async def wait(request: Request, session: SessionDep) -> None:
        await session.execute(INSERT)
        pools.append(request.state["sessions"].write.kw["bind"].pool)
        group.cancel_scope.cancel()
        await sleep_forever()

    with fail_after(10):
        async with create_task_group() as group:
            group.start_soon(committed.post, "/probe")
    assert pools[0].checkedout() == 0
    assert await count(engine) == 0


async def test_pool_is_bounded(engine: AsyncEngine) -> None:
    pool: Any = engine.pool
    assert (pool.size(), pool.timeout()) == (10, 5)
    # Parameters hold hashes, and errors are logged.
    assert engine.sync_engine.hide_parameters


async def test_constraints_have_names() -> None:
    assert Base.metadata.naming_convention == NAMING_CONVENTION
    assert all(constraint.name for table in Base.metadata.tables.values() for constraint in table.constraints)
