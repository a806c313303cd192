from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient
from pydantic import ValidationError
from sqlalchemy import literal, select, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.contextvars import merge_contextvars
from structlog.processors import format_exc_info
from structlog.testing import capture_logs

from app.core import database
from app.core.config import Settings
from app.core.database import create_engine, create_sessions
from app.core.errors import UnavailableError
from app.dependencies import SessionDep
from app.models.base import ExactDecimal


@pytest.fixture
async def pool(engine: AsyncEngine) -> AsyncIterator[AsyncEngine]:
    """A pool of its own, with connections that may die."""
    pool = create_engine(engine.url.render_as_string(hide_password=False))
    yield pool
    await pool.dispose()


async def backend(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        return int(await connection.scalar(text("SELECT pg_backend_pid()")) or 0)


async def end(engine: AsyncEngine, pid: int) -> None:
    async with engine.connect() as connection:
        await connection.execute(text("SELECT pg_terminate_backend(:pid, 1000)"), {"pid": pid})


def test_parameters_of_libpq_are_translated(settings: Settings) -> None:
    url = "postgres://app@db.example/app?sslmode=require&channel_binding=prefer"
    made = Settings.model_validate(settings.model_dump() | {"database_url": url})
    assert made.database_url.get_secret_value() == "postgresql+asyncpg://app@db.example/app?ssl=require"


@pytest.mark.parametrize("query", ["application_name=shop", "sslmode=verify-full&sslrootcert=ca.pem"])
def test_parameters_that_asyncpg_does_not_know(settings: Settings, query: str) -> None:
    with pytest.raises(ValidationError, match=r"asyncpg does not know (application_name|sslrootcert)"):
        Settings.model_validate(settings.model_dump() | {"database_url": f"postgres://app@db.example/app?{query}"})


@pytest.mark.parametrize(
    ("setting", "value"), [("statement_timeout", "10s"), ("lock_timeout", "5s"), ("TimeZone", "UTC")]
)
async def test_connection_is_bounded(engine: AsyncEngine, setting: str, value: str) -> None:
    async with engine.connect() as connection:
        assert await connection.scalar(text(f"SHOW {setting}")) == value


async def test_reading_opens_no_transaction(engine: AsyncEngine) -> None:
    async with create_sessions(engine).read.begin() as session:
        started = [await session.scalar(text("SELECT now()")) for _ in range(2)]
        assert started[0] != started[1]
    async with create_sessions(engine).write.begin() as session:
        started = [await session.scalar(text("SELECT now()")) for _ in range(2)]
        assert started[0] == started[1]


async def test_idle_connection_that_died_is_replaced(
    engine: AsyncEngine, pool: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "IDLE_SECONDS", 0)
    first = await backend(pool)
    assert await backend(pool) == first
    await end(engine, first)
    assert await backend(pool) != first


async def test_busy_connection_that_died_is_replaced_after_one_error(engine: AsyncEngine, pool: AsyncEngine) -> None:
    first = await backend(pool)
    await end(engine, first)
    with pytest.raises(UnavailableError):
        await backend(pool)
    assert await backend(pool) != first


async def test_statement_that_takes_too_long(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        await connection.execute(text("SET statement_timeout = 1"))
        with pytest.raises(UnavailableError):
            await connection.execute(text("SELECT pg_sleep(1)"))
        await connection.invalidate()


async def test_log_says_why_a_request_was_503(app: FastAPI, committed: AsyncClient) -> None:
    @app.get("/slow")
    async def slow(session: SessionDep) -> None:
        await session.execute(text("SET statement_timeout = 1"))
        await session.execute(text("SELECT pg_sleep(1)"))

    with capture_logs([merge_contextvars]) as lines:
        response = await committed.get("/slow")
    assert response.status_code == 503
    assert "statement timeout" not in response.text
    [line] = [line for line in lines if line["event"] == "request"]
    assert "canceling statement due to statement timeout" in line["error"]


async def test_code_that_does_not_fit_the_table_is_no_conflict(app: FastAPI, committed: AsyncClient) -> None:
    @app.post("/misfit/{condition}")
    async def misfit(session: SessionDep, condition: str) -> None:
        await session.execute(text(f"CREATE TEMPORARY TABLE misfit (number integer {condition}) ON COMMIT DROP"))
        rows = text("INSERT INTO misfit VALUES (NULL), (CAST(:number AS integer)), (CAST(:number AS integer))")
        await session.execute(rows, {"number": 1_122_334_455})

    with capture_logs([format_exc_info]) as lines:
        for condition, status in (("NOT NULL", 500), ("CHECK (number < 9)", 500), ("UNIQUE", 409)):
            assert (await committed.post(f"/misfit/{condition}")).status_code == status
    assert "violates not-null constraint" in str(lines)
    assert "1122334455" not in str(lines)  # The rows are not for the log.


async def test_plan_that_a_migration_made_invalid(engine: AsyncEngine, pool: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE changing (name varchar(10))"))
    try:
        async with pool.connect() as connection:
            await connection.execute(text("SELECT name FROM changing"))
        async with engine.begin() as migration:
            await migration.execute(text("ALTER TABLE changing ALTER name TYPE varchar(20)"))
        async with pool.connect() as connection:
            with pytest.raises(UnavailableError):
                await connection.execute(text("SELECT name FROM changing"))
            await connection.rollback()
            await connection.execute(text("SELECT name FROM changing"))
    finally:
        async with engine.begin() as connection:
            await connection.execute(text("DROP TABLE changing"))


async def test_silent_server(engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "GRACE_SECONDS", 0)
    impatient = create_engine(engine.url.render_as_string(hide_password=False), statement_timeout=500)
    async with impatient.connect() as connection:
        await connection.execute(text("SET statement_timeout = 0"))
        with pytest.raises(UnavailableError):
            await connection.execute(text("SELECT pg_sleep(5)"))
        assert connection.invalidated
    await impatient.dispose()


async def test_zero_has_any_exponent(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        assert await connection.scalar(select(literal(Decimal("0e99999999"), ExactDecimal(4, 2)))) == 0


async def test_wrong_statement_is_a_programming_error(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        with pytest.raises(ProgrammingError, match="nowhere"):
            await connection.execute(text("SELECT 1 FROM nowhere"))
