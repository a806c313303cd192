import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.database import create_engine
from app.core.errors import UnavailableError
from tests.database import UNREACHABLE_URL


async def test_connection_is_strict_and_migrations_ignore_foreign_keys(engine: AsyncEngine) -> None:
    migrating = create_engine(engine.url.render_as_string(hide_password=False), foreign_keys=False)
    for used, foreign_keys in ((engine, 1), (migrating, 0)):
        async with used.connect() as connection:
            pragmas = ("foreign_keys", "journal_mode", "busy_timeout")
            found = [await connection.scalar(text(f"PRAGMA {pragma}")) for pragma in pragmas]
            assert found == [foreign_keys, "wal", 5000]
            assert await connection.scalar(text("SELECT lower('É')")) == "é"
    await migrating.dispose()


@pytest.mark.usefixtures("engine")  # and its event loop: the thread of the driver may answer after the test
async def test_missing_file_is_no_programming_error() -> None:
    engine = create_engine(UNREACHABLE_URL)
    with pytest.raises(UnavailableError):
        async with engine.connect():
            pass
