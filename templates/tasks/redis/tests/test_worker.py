"""The worker with a broker in this process; the one with Redis behaves like it."""

import asyncio
import os
import signal
import threading
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import anyio
import pytest
from anyio import fail_after
from httpx2 import AsyncClient
from redis.asyncio import Redis
from structlog.testing import capture_logs
from taskiq import AsyncBroker, BrokerMessage

from app import relay, worker
from app.core import redis
from app.core.config import Settings
from app.core.jobs import JobState
from app.core.lifespan import open_state
from app.jobs import JOBS, Ping
from app.services import outbox
from tests.redis import REDIS_URL


class QueueBroker(AsyncBroker):
    """Hands out what it was sent, but fails after each."""

    def __init__(self) -> None:
        super().__init__()
        self.queue = asyncio.Queue[bytes]()
        self.closed = False

    async def shutdown(self) -> None:
        self.closed = True

    async def kick(self, message: BrokerMessage) -> None:
        self.queue.put_nowait(message.message)

    async def listen(self) -> AsyncGenerator[bytes, None]:
        yield await self.queue.get()
        raise ConnectionError


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> QueueBroker:
    broker = QueueBroker()
    monkeypatch.setattr(worker, "create_broker", lambda _settings: broker)
    monkeypatch.setattr(worker, "RETRY_SECONDS", 0.01)
    monkeypatch.setattr(relay, "PULSE", anyio.Path(tmp_path, "pulse"))
    return broker


async def test_jobs_run_until_the_worker_is_told_to_stop(
    committed: AsyncClient, settings: Settings, broker: QueueBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, may_end, stop = asyncio.Event(), asyncio.Event(), asyncio.Event()
    done: list[str] = []

    async def run(state: JobState, data: Ping) -> None:
        began.set()
        await may_end.wait()
        done.append(data.text)

    monkeypatch.setitem(JOBS, "run", run)
    async with open_state(settings) as state, state["sessions"].write.begin() as session:
        await outbox.add(session, run, Ping(text="a"))
    with capture_logs() as logs, fail_after(10):
        working = asyncio.create_task(worker.work(settings, stop))
        await began.wait()
        stop.set()
        await asyncio.sleep(0.05)
        # What has begun may end.
        assert not working.done()
        may_end.set()
        await working
    assert done == ["a"]
    assert [line["event"] for line in logs] == ["broker_failed", "job_done"]
    assert broker.closed
    assert await relay.PULSE.exists()


async def test_signal_ends_the_worker(
    committed: AsyncClient, settings: Settings, broker: QueueBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "get_settings", lambda: settings)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGTERM)).start()
    try:
        with fail_after(10):
            await worker.work_until_told()
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


async def test_job_goes_through_redis(
    committed: AsyncClient, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stop = asyncio.Event()

    async def run(state: JobState, data: Ping) -> None:
        # When the worker waits for more: Python 3.11 may lose a cancellation while redis-py sends.
        asyncio.get_running_loop().call_later(0.3, stop.set)

    monkeypatch.setitem(JOBS, "run", run)
    monkeypatch.setattr(relay, "PULSE", anyio.Path(tmp_path, "pulse"))
    async with open_state(settings) as state, state["sessions"].write.begin() as session:
        await outbox.add(session, run, Ping(text="a"))
    with capture_logs() as logs, fail_after(10):
        await worker.work(settings, stop)
    assert [line["event"] for line in logs] == ["job_done"]
    async with Redis.from_url(REDIS_URL) as client:
        assert await client.delete(f"{redis.KEY_PREFIX}:jobs") == 1


def test_broker_is_the_redis_of_the_settings(settings: Settings) -> None:
    values = settings.model_dump() | {"redis_url": "redis://somewhere:1234/5"}
    broker: Any = worker.create_broker(Settings.model_validate(values))
    arguments = broker.connection_pool.connection_kwargs
    assert (arguments["host"], arguments["port"], arguments["db"]) == ("somewhere", 1234, 5)
    # Without a limit the stream would grow for ever: a message stays when its job is done.
    assert broker.maxlen == 10_000
