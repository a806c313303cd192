"""The database of the tests: a temporary file, or the one that TEST_DATABASE_URL names."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio
from sqlalchemy import URL, make_url

FOLDER = TemporaryDirectory()  # as long as the process lives
CONFIGURED_URL = os.environ.get("TEST_DATABASE_URL") or f"sqlite:///{FOLDER.name}/app_test.db"
UNREACHABLE_URL = "sqlite+aiosqlite:////nowhere/at/all.db"
# Looks at the file system when the pool is made.
ALLOWED_BLOCKING = {"sqlite/pysqlite.py": {"create_connect_args"}}


def database_url(configured: str, worker: str) -> str:
    """The database of one worker. Nothing but a test database is ever emptied."""
    url = make_url(configured)
    file = Path(url.database or "")
    if not file.stem.endswith("_test"):
        raise ValueError(f"the tests empty their database, so its name must end in _test: {file.name}")
    return str(url.set(database=str(file.with_stem(f"{file.stem}_{worker}"))))


async def create_database(url: URL) -> None:
    """Start from nothing; the file itself comes with the first connection."""
    for suffix in ("", "-wal", "-shm"):
        await anyio.Path(f"{url.database}{suffix}").unlink(missing_ok=True)
