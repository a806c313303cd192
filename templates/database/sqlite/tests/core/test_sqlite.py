import pytest
from httpx2 import AsyncClient
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.database import create_engine, create_sessions
from app.core.errors import UnavailableError
from tests.database import UNREACHABLE_URL


@pytest.mark.parametrize(("pragma", "value"), [("foreign_keys", 1), ("journal_mode", "wal"), ("busy_timeout", 5000)])
async def test_connection_is_strict(engine: AsyncEngine, pragma: str, value: object) -> None:
    async with engine.connect() as connection:
        assert await connection.scalar(text(f"PRAGMA {pragma}")) == value


async def test_migrations_ignore_foreign_keys(engine: AsyncEngine) -> None:
    migrating = create_engine(engine.url.render_as_string(hide_password=False), foreign_keys=False)
    async with migrating.connect() as connection:
        assert await connection.scalar(text("PRAGMA foreign_keys")) == 0
    await migrating.dispose()


async def test_ddl_is_part_of_the_transaction(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        transaction = await connection.begin()
        await connection.execute(text("CREATE TABLE temporary_one (number INTEGER)"))
        async with connection.begin_nested() as savepoint:
            await connection.execute(text("INSERT INTO temporary_one VALUES (1)"))
            await savepoint.rollback()
        assert await connection.scalar(text("SELECT count(*) FROM temporary_one")) == 0
        await transaction.rollback()
        assert not await connection.run_sync(lambda sync: sync.dialect.has_table(sync, "temporary_one"))


async def test_reading_does_not_wait_for_a_writer(committed: AsyncClient, engine: AsyncEngine) -> None:
    async with create_sessions(engine).write.begin() as session:
        await session.execute(text("SELECT 1"))
        assert (await committed.get("/health/ready")).status_code == 200


@pytest.mark.usefixtures("engine")  # and its event loop: the thread of the driver may answer after the test
async def test_missing_file_is_no_programming_error() -> None:
    engine = create_engine(UNREACHABLE_URL.replace("sqlite:", "sqlite+aiosqlite:"))
    with pytest.raises(UnavailableError):
        async with engine.connect():
            pass


async def test_wrong_statement_is_a_programming_error(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        with pytest.raises(OperationalError, match="no such table"):
            await connection.execute(text("SELECT 1 FROM nowhere"))
