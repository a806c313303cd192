"""The engine, the sessions and the one dependency that opens a transaction."""

from collections.abc import AsyncIterator
from functools import partial
from sqlite3 import SQLITE_BUSY, SQLITE_CANTOPEN, SQLITE_FULL, SQLITE_IOERR, SQLITE_LOCKED
from typing import NamedTuple

from sqlalchemy import Connection, event, text
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from starlette.requests import Request

from app.core.errors import UnavailableError

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
UNAVAILABLE = {SQLITE_BUSY, SQLITE_CANTOPEN, SQLITE_FULL, SQLITE_IOERR, SQLITE_LOCKED}


class Sessions(NamedTuple):
    """Where sessions come from: those that only read, and those that may write."""

    read: async_sessionmaker[AsyncSession]
    write: async_sessionmaker[AsyncSession]


def create_engine(url: str, *, foreign_keys: bool = True) -> AsyncEngine:
    """Open a pool on the database. Nothing connects before the first statement."""
    # Without foreign keys a migration can replace a table, and the rows that refer to it stay.
    engine = create_async_engine(url, pool_size=15, max_overflow=0, pool_timeout=5, hide_parameters=True)
    event.listen(engine.sync_engine, "connect", partial(_prepare, foreign_keys))
    event.listen(engine.sync_engine, "begin", _begin)
    event.listen(engine.sync_engine, "handle_error", _translate_error, retval=True)
    return engine


def create_sessions(engine: AsyncEngine) -> Sessions:
    return Sessions(
        read=async_sessionmaker(engine, expire_on_commit=False),
        # A transaction that reads first and writes later cannot wait for the lock, so writers take it at once.
        write=async_sessionmaker(engine, expire_on_commit=False, execution_options={"sqlite_begin": "BEGIN IMMEDIATE"}),
    )


async def get_session(request: Request) -> AsyncIterator[AsyncSession]:
    """One transaction for one request: committed before the response is sent, rolled back by an error."""
    sessions: Sessions = request.state["sessions"]
    sessionmaker = sessions.read if request.method in SAFE_METHODS else sessions.write
    async with sessionmaker.begin() as session:
        yield session


async def ping(sessions: Sessions) -> None:
    """Ask the database for a sign of life."""
    async with sessions.read() as session:
        await session.execute(text("SELECT 1"))


def _prepare(foreign_keys: bool, connection: DBAPIConnection, _entry: object) -> None:
    # None hands BEGIN to us, so that savepoints and DDL are part of the transaction.
    connection.isolation_level = None
    # SQLite's own knows no letters but those of ASCII.
    connection.create_function("lower", 1, lambda value: value and str(value).lower(), deterministic=True)
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys=ON" if foreign_keys else "PRAGMA foreign_keys=OFF")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("sqlite_begin", "BEGIN"))


def _translate_error(context: ExceptionContext) -> UnavailableError | None:
    """Tell a database that cannot be used now from a statement that is wrong."""
    code = getattr(context.original_exception, "sqlite_errorcode", 0)
    return UnavailableError() if code & 0xFF in UNAVAILABLE else None
