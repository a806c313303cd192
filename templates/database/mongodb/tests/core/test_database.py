"""What a session promises, and what a document keeps of types that BSON does not have."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Annotated, Any

import pytest
from anyio import move_on_after
from fastapi import FastAPI
from httpx2 import AsyncClient
from pydantic import ValidationError
from pymongo import IndexModel, errors
from pymongo.asynchronous.client_session import AsyncClientSession
from starlette.types import Message, Receive, Scope, Send
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from app.core.config import Settings
from app.core.database import create_client, create_sessions
from app.core.errors import NotFoundError
from app.dependencies import SessionDep
from app.models import DOCUMENTS
from app.models.base import ExactDecimal, Record, UTCDateTime, delete_one, find_one, insert_one, update_one
from migrations.history import Database
from tests.conftest import serve
from tests.database import CONFIGURED_URL, UNREACHABLE_URL, database_url


class Probe(Record):
    """A document of these tests alone, whatever else the project has."""

    COLLECTION = "probes"
    INDEXES = (IndexModel("number", name="uq_probes_number", unique=True),)

    number: int
    price: Annotated[Decimal, ExactDecimal(10, 2)] = Decimal(0)
    day: date | None = None
    hour: time | None = None
    at: UTCDateTime | None = None
    data: dict[str, Any] | None = None


@pytest.fixture(autouse=True)
async def probes(app: FastAPI, database: Database) -> AsyncIterator[None]:
    @app.post("/probe/{number}", status_code=201)
    async def insert(session: SessionDep, number: int) -> None:
        await insert_one(session, Probe(number=number))

    @app.get("/probe/forever")
    async def read_forever(session: SessionDep) -> None:
        while True:
            await find_one(session, Probe, {})

    await database["probes"].create_indexes(list(Probe.INDEXES))
    yield
    await database.drop_collection("probes")


async def test_write_comes_before_the_response(app: FastAPI, database: Database) -> None:
    seen: list[int] = []

    async def spy(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_and_count(message: Message) -> None:
            if message["type"] == "http.response.start":
                seen.append(await database["probes"].count_documents({}))
            await send(message)

        await app(scope, receive, send_and_count)

    async with serve(app, inside=spy) as client:
        await client.post("/probe/1")
    assert seen == [1]


async def test_of_equal_documents_one_is_made(committed: AsyncClient, database: Database) -> None:
    responses = await asyncio.gather(*(committed.post(f"/probe/{number}") for number in (1, 1, 1, 2, 3)))
    assert sorted(response.status_code for response in responses) == [201, 201, 201, 409, 409]
    assert await database["probes"].count_documents({}) == 3


async def test_cancelled_request_empties_the_pool(app: FastAPI, settings: Settings) -> None:
    client = create_client(settings.database_url.get_secret_value(), maxPoolSize=1)
    async with client, serve(app, sessions=create_sessions(client)) as http:
        for number in range(4):
            assert (await http.post(f"/probe/{number}")).status_code == 201
            with move_on_after(0.02):
                await http.get("/probe/forever")


async def test_server_that_is_not_there(app: FastAPI) -> None:
    async with create_client(UNREACHABLE_URL) as client, serve(app, sessions=create_sessions(client)) as http:
        with capture_logs([merge_contextvars]) as lines:
            response = await http.post("/probe/1")
    assert (response.status_code, response.headers["retry-after"]) == (503, "5")
    assert "nowhere" not in response.text
    # The log has the cause.
    [line] = [line for line in lines if line["event"] == "request"]
    assert "ServerSelectionTimeoutError" in line["error"]


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (errors.DuplicateKeyError, 409),
        (errors.AutoReconnect, 503),
        (errors.ExecutionTimeout, 503),
        (errors.WaitQueueTimeoutError, 503),
        (errors.WTimeoutError, 503),
        (errors.OperationFailure, 500),
    ],
)
async def test_errors_of_the_database_are_problems(
    app: FastAPI, anonymous: AsyncClient, kind: type[Exception], status: int
) -> None:
    @app.get("/fail")
    async def fail() -> None:
        raise kind("E11000 dup key: { email: 1 }")

    response = await anonymous.get("/fail")
    assert (response.status_code, "E11000" in response.text) == (status, False)


async def test_pool_and_waits_are_bounded_unless_the_url_says_otherwise() -> None:
    async with create_client("mongodb://localhost/app") as client:
        assert (client.options.pool_options.max_pool_size, client.options.timeout) == (15, 5)
        assert client.options.pool_options.connect_timeout == 5
    async with create_client("mongodb://localhost/app?MaxPoolSize=3&timeoutMS=60000") as client:
        assert (client.options.pool_options.max_pool_size, client.options.timeout) == (3, 60)
    async with create_client("mongodb://localhost/app?timeoutMS=2000", timeoutMS=None, maxPoolSize=1) as client:
        assert (client.options.pool_options.max_pool_size, client.options.timeout) == (1, None)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("mongodb://localhost", "must name a database"),
        ("mongodb+srv://cluster.example", "must name a database"),
        ("mongodb://app:pass@word@localhost/app", "is not a URL"),
        ("mongodb://localhost:0/app", "is not a URL"),
        ("postgresql://localhost/app", "is not a URL"),
        ("mongodb+srv://cluster.example:27017/app", "is not a URL"),
        ("mongodb://localhost/app?w=0", "must not have w=0"),
    ],
)
async def test_wrong_url_is_refused(settings: Settings, url: str, message: str) -> None:
    # A name that has to be looked up is taken as it is.
    looked_up = "mongodb+srv://a:b@cluster.example/app?srvMaxHosts=2&srvServiceName=other"
    assert Settings.model_validate(settings.model_dump() | {"database_url": looked_up})
    with pytest.raises(ValidationError, match=message) as refused:
        Settings.model_validate(settings.model_dump() | {"database_url": url})
    assert "pass" not in str(refused.value)


async def test_each_worker_has_a_test_database_of_its_own() -> None:
    assert len({database_url(CONFIGURED_URL, worker) for worker in ("gw0", "gw1", "main")}) == 3
    with pytest.raises(ValueError, match="_test"):
        database_url(CONFIGURED_URL.replace("_test", ""), "gw0")


async def test_indexes_have_names_of_one_kind() -> None:
    kinds: list[type[Record]] = [*DOCUMENTS, Probe]
    for kind in kinds:
        for index in kind.INDEXES:
            prefix = "uq" if index.document.get("unique") else "ttl" if "expireAfterSeconds" in index.document else "ix"
            fields = "_".join(index.document["key"]).replace("__id", "_id").replace(".", "_")
            assert index.document["name"] == f"{prefix}_{kind.COLLECTION}_{fields}"


async def test_document_comes_back_as_it_was(session: AsyncClientSession) -> None:
    at = datetime(2026, 1, 1, 2, 0, 0, 123_999, tzinfo=timezone(timedelta(hours=2)))
    probe = Probe(number=1, price=Decimal("1.5"), day=date(2024, 2, 29), hour=time(9, 30, 0, 1), at=at)
    await insert_one(session, probe)
    same = {"day": date(2024, 2, 29), "hour": time(9, 30, 0, 1), "price": Decimal("1.5")}
    found = await find_one(session, Probe, same)
    assert found == probe
    assert (str(found.price), found.at) == ("1.50", datetime(2026, 1, 1, 0, 0, 0, 123_000, tzinfo=UTC))
    assert str(Probe(number=1, price=Decimal("-0")).price) == "0.00"


@pytest.mark.parametrize(
    "wrong", [{"at": datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)}, {"price": "0.001"}, {"price": "123456789"}]
)
async def test_document_is_bounded(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Probe.model_validate({"number": 1} | wrong)


async def test_update_changes_what_differs(session: AsyncClientSession) -> None:
    probe = Probe(number=1)
    await insert_one(session, probe)
    assert await update_one(session, probe, {"number": 1, "price": 0}) is probe
    await asyncio.sleep(0.002)
    changed = await update_one(session, probe, {"number": 2, "price": "3"})
    assert changed.model_dump() == probe.model_dump() | {
        "number": 2,
        "price": Decimal("3.00"),
        "updated_at": changed.updated_at,
    }
    assert changed.updated_at > probe.updated_at
    for value in (1, True, 1.0):
        changed = await update_one(session, changed, {"data": {"a": value}})
        assert repr(changed.data) == repr({"a": value})
    assert await find_one(session, Probe, {"_id": probe.id}) == changed
    assert [await delete_one(session, Probe, {"number": number}) for number in (1, 2, 2)] == [False, True, False]
    with pytest.raises(NotFoundError):
        await update_one(session, probe, {"number": 3})
