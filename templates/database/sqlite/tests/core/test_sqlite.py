import pytest
from httpx2 import AsyncClient
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.database import create_engine, create_sessions
from app.core.errors import UnavailableError
from tests.database import UNREACHABLE_URL


async def read(engine: AsyncEngine, *pragmas: str) -> list[object]:
    async with engine.connect() as connection:
        return [await connection.scalar(text(f"PRAGMA {pragma}")) for pragma in pragmas]


async def test_connection_is_strict_and_migrations_ignore_foreign_keys(engine: AsyncEngine) -> None:
    assert await read(engine, "foreign_keys", "journal_mode", "busy_timeout") == [1, "wal", 5000]
    migrating = create_engine(engine.url.render_as_string(hide_password=False), foreign_keys=False)
    assert await read(migrating, "foreign_keys") == [0]
    await migrating.dispose()


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
