"""The engine, the sessions and the one dependency that opens a transaction."""

import time
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

from asyncpg import InvalidCachedStatementError, PostgresError  # type: ignore[import-untyped]
from sqlalchemy import Dialect, event, text
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError, InternalError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry
from starlette.requests import Request

from app.core.errors import UnavailableError

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# Connection lost, undone for another transaction, out of resources, lock not had in time, stopped by the operator.
UNAVAILABLE = ("08", "40", "53", "55P03", "57")
# NOT NULL and CHECK: the code does not fit the tables. That is no conflict, which a client could settle.
MISFITS = ("23502", "23514")
IDLE_SECONDS = 5
# How long to wait for a server that should have ended the statement.
GRACE_SECONDS = 2


class Sessions(NamedTuple):
    """Where sessions come from: those that only read, and those that may write."""

    read: async_sessionmaker[AsyncSession]
    write: async_sessionmaker[AsyncSession]


def create_engine(url: str, *, statement_timeout: int = 10_000) -> AsyncEngine:
    """Open a pool on the database. Nothing connects before the first statement.

    The timeout is in milliseconds; a migration of a large table needs 0, which is none.
    """
    engine = create_async_engine(
        url,
        pool_size=15,
        # One above the size would be opened and closed for each request.
        max_overflow=0,
        pool_timeout=5,
        connect_args={
            "timeout": 5,
            "command_timeout": statement_timeout / 1000 + GRACE_SECONDS if statement_timeout else None,
            # PgBouncer refuses the timeouts unless it is told to ignore it: see the README.
            "server_settings": {
                "statement_timeout": str(statement_timeout),
                # Whoever waits for a lock on a table keeps all who come later waiting: a migration too gives up.
                "lock_timeout": "5000",
                "timezone": "UTC",
            },
        },
        hide_parameters=True,
    )
    event.listen(engine.sync_engine, "do_connect", _connect)
    event.listen(engine.sync_engine, "checkin", _note_time)
    event.listen(engine.sync_engine, "checkout", _ping_idle)
    event.listen(engine.sync_engine, "handle_error", _translate_error, retval=True)
    return engine


def create_sessions(engine: AsyncEngine) -> Sessions:
    return Sessions(
        # At READ COMMITTED each statement has a snapshot of its own anyway: BEGIN and COMMIT would only cost time.
        read=async_sessionmaker(engine.execution_options(isolation_level="AUTOCOMMIT"), expire_on_commit=False),
        write=async_sessionmaker(engine, expire_on_commit=False),
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


def _connect(dialect: Dialect, _entry: ConnectionPoolEntry, arguments: Any, options: Any) -> DBAPIConnection:
    """Connect as usual, but for errors: while connecting, asyncpg's own come through."""
    try:
        return dialect.connect(*arguments, **options)
    except (OSError, PostgresError) as error:
        raise UnavailableError from error


def _note_time(_connection: DBAPIConnection | None, entry: ConnectionPoolEntry) -> None:
    entry.info["used_at"] = time.monotonic()


def _ping_idle(connection: Any, entry: ConnectionPoolEntry, _proxy: object) -> None:
    """Ask a connection that lay idle whether it still lives. The pool replaces one that does not."""
    now = time.monotonic()
    if now - entry.info.get("used_at", now) < IDLE_SECONDS:
        return
    try:
        connection.ping()
    except Exception as error:
        raise DisconnectionError from error


def _translate_error(context: ExceptionContext) -> Exception | None:
    """Tell a database that cannot be used now from a statement that is wrong."""
    error = context.original_exception
    if isinstance(error, TimeoutError):
        # What a silent server says later is no answer to the next statement.
        context.is_disconnect = True
    if isinstance(error.__cause__, PostgresError):
        # It holds the row, and errors are logged.
        error.__cause__.detail = None
    # A plan that a migration has made invalid is made again with the next statement.
    replanned = isinstance(error.__cause__, InvalidCachedStatementError)
    state = getattr(error, "sqlstate", None) or ""
    if state in MISFITS:
        return InternalError(context.statement, None, error)
    return UnavailableError() if context.is_disconnect or replanned or state.startswith(UNAVAILABLE) else None
