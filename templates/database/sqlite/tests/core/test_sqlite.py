from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.database import create_engine


async def test_connection_is_strict_and_migrations_ignore_foreign_keys(engine: AsyncEngine) -> None:
    migrating = create_engine(engine.url.render_as_string(hide_password=False), foreign_keys=False)
    for used, foreign_keys in ((engine, 1), (migrating, 0)):
        async with used.connect() as connection:
            for pragma, value in (("foreign_keys", foreign_keys), ("journal_mode", "wal"), ("busy_timeout", 5000)):
                assert await connection.scalar(text(f"PRAGMA {pragma}")) == value
            assert await connection.scalar(text("SELECT lower('É')")) == "é"
    await migrating.dispose()
