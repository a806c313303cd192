"""The database of the tests, made anew for each worker: where TEST_DATABASE_URL says, or `compose.yaml`."""

import os

from sqlalchemy import URL, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

CONFIGURED_URL = os.environ.get("TEST_DATABASE_URL") or "postgresql://app@localhost:5432/app_test"
UNREACHABLE_URL = "postgresql+asyncpg://nowhere@127.0.0.1:1/app_test"
# asyncpg looks for files of its own at each connect.
ALLOWED_BLOCKING = {
    "asyncpg/connect_utils.py": {"_dot_postgresql_path", "_parse_connect_dsn_and_args", "_read_password_file"}
}


def database_url(configured: str, worker: str) -> str:
    """The database of one worker. Nothing but a test database is ever dropped."""
    url = make_url(configured)
    if not (url.database or "").endswith("_test"):
        raise ValueError(f"the tests drop their database, so its name must end in _test: {url.database}")
    return url.set(database=f"{url.database}_{worker}").render_as_string(hide_password=False)


async def create_database(url: URL) -> None:
    """Start from nothing."""
    server = create_async_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    async with server.connect() as connection:
        name = server.dialect.identifier_preparer.quote(str(url.database))
        await connection.execute(text(f"DROP DATABASE IF EXISTS {name}"))
        await connection.execute(text(f"CREATE DATABASE {name}"))
    await server.dispose()
