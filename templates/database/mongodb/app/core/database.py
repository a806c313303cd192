"""The client, the sessions and the one dependency that opens a session.

A write changes one document, wholly or not at all, and stays when the request fails after it: the end of a session that
was stolen is such a write. Where several documents must change together, the server has to be a replica set, and the
use case that needs it opens a transaction around its own writes, never `begin` around those of all:

    async with await session.start_transaction():
        ...
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from bson import Decimal128
from bson.codec_options import TypeCodec, TypeEncoder, TypeRegistry
from pymongo import AsyncMongoClient
from pymongo.asynchronous.client_session import AsyncClientSession
from starlette.requests import Request

Client = AsyncMongoClient[dict[str, Any]]
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class DecimalCodec(TypeCodec):
    """A decimal as BSON's own, which is as exact."""

    python_type = Decimal
    bson_type = Decimal128

    def transform_python(self, value: Decimal) -> Decimal128:
        return Decimal128(value)

    def transform_bson(self, value: Decimal128) -> Decimal:
        return value.to_decimal()


class DateEncoder(TypeEncoder):
    """A day as its midnight in UTC: BSON has no days. The model turns it back."""

    python_type = date

    def transform_python(self, value: date) -> datetime:
        return datetime(value.year, value.month, value.day, tzinfo=UTC)


class TimeEncoder(TypeEncoder):
    """A time of day as text of one length, so that it sorts. The model turns it back."""

    python_type = time

    def transform_python(self, value: time) -> str:
        return value.isoformat("microseconds")


OPTIONS: dict[str, Any] = {
    "tz_aware": True,
    "uuidRepresentation": "standard",
    "type_registry": TypeRegistry([DecimalCodec(), DateEncoder(), TimeEncoder()]),
    "maxPoolSize": 15,
    "connectTimeoutMS": 5_000,
    # For a whole operation, waits and retries included. One that needs longer runs below `with pymongo.timeout(60):`.
    "timeoutMS": 5_000,
}


class SessionMaker:
    """Opens sessions of one client. What a session wrote it reads, from whichever member of a replica set."""

    def __init__(self, client: Client) -> None:
        self._client = client

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[AsyncClientSession]:
        async with self._client.start_session(causal_consistency=True) as session:
            yield session

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncClientSession]:
        async with self() as session:
            yield session


class Sessions(NamedTuple):
    """Where sessions come from: those that only read, and those that may write."""

    read: SessionMaker
    write: SessionMaker


def create_client(url: str, **options: Any) -> Client:
    """Open a pool on the server of the URL. The options of the caller come first, then those of the URL, then ours.

    Nothing connects before it must.
    """
    given = {name.lower() for name, _ in parse_qsl(urlsplit(url).query)}
    ours = {name: value for name, value in OPTIONS.items() if name.lower() not in given}
    return AsyncMongoClient(url, **(ours | options))


def create_sessions(client: Client) -> Sessions:
    return Sessions(read=SessionMaker(client), write=SessionMaker(client))


async def get_session(request: Request) -> AsyncIterator[AsyncClientSession]:
    """One session for one request. What it wrote is acknowledged before the response is sent."""
    sessions: Sessions = request.state["sessions"]
    opened = sessions.read() if request.method in SAFE_METHODS else sessions.write.begin()
    async with opened as session:
        yield session


async def ping(sessions: Sessions) -> None:
    """Ask the database for a sign of life."""
    async with sessions.read() as session:
        await session.client.admin.command("ping", session=session)
