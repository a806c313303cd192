"""The outbox, written as it is by processes of their own."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from httpx2 import AsyncClient
from structlog.testing import capture_logs

from app.core.config import Settings
from app.core.database import Sessions
from app.core.jobs import MAX_ATTEMPTS
from app.core.lifespan import open_state
from app.jobs import Ping, ping
from app.models.base import utc_now
from app.services import outbox

LEASE = timedelta(minutes=2)
Later = Callable[[timedelta], None]


@pytest.fixture
async def sessions(committed: AsyncClient, settings: Settings) -> AsyncIterator[Sessions]:
    """Sessions of a process of its own; `committed` empties the outbox after the test."""
    async with open_state(settings) as state:
        yield state["sessions"]


@pytest.fixture
def wait(monkeypatch: pytest.MonkeyPatch) -> Later:
    """Let time pass for the outbox."""
    passed = timedelta()

    def now() -> datetime:
        return utc_now() + passed

    def wait(time: timedelta) -> None:
        nonlocal passed
        passed += time

    monkeypatch.setattr(outbox, "utc_now", now)
    return wait


async def add(sessions: Sessions) -> UUID:
    async with sessions.write.begin() as session:
        return await outbox.add(session, ping, Ping(text="hello"))


async def take(sessions: Sessions, count: int = 10) -> list[UUID]:
    async with sessions.write.begin() as session:
        return [job.id for job in await outbox.take(session, count, LEASE)]


async def begin_and_fail(sessions: Sessions, job_id: UUID, attempts: int) -> bool:
    async with sessions.write.begin() as session:
        job = await outbox.begin(session, job_id, attempts, LEASE)
        assert job is not None
        return await outbox.fail(session, job, RuntimeError("the cause\x00"))


async def test_each_job_is_taken_once(sessions: Sessions) -> None:
    added = {await add(sessions) for _ in range(10)}
    batches = await asyncio.gather(*(take(sessions, 3) for _ in range(4)))
    taken = [job_id for batch in batches for job_id in batch]
    assert len(taken) == 10
    assert set(taken) == added


async def test_what_was_taken_and_not_done_comes_back(sessions: Sessions, wait: Later) -> None:
    job_id = await add(sessions)
    assert await take(sessions) == [job_id]
    wait(LEASE - timedelta(seconds=1))
    assert await take(sessions) == []
    wait(timedelta(seconds=2))
    assert await take(sessions) == [job_id]


async def test_job_begins_once_for_each_time_it_is_handed_out(sessions: Sessions) -> None:
    job_id = await add(sessions)

    async def begin() -> bool:
        async with sessions.write.begin() as session:
            return await outbox.begin(session, job_id, 0, LEASE) is not None

    assert sorted(await asyncio.gather(*(begin() for _ in range(4)))) == [False, False, False, True]
    async with sessions.write.begin() as session:
        await outbox.finish(session, job_id)
    assert not await begin()


async def test_failures_are_tried_again_until_the_job_is_given_up(sessions: Sessions, wait: Later) -> None:
    job_id = await add(sessions)
    for attempt in range(1, MAX_ATTEMPTS):
        assert await take(sessions) == [job_id]
        assert not await begin_and_fail(sessions, job_id, attempt - 1)
        assert await take(sessions) == []
        wait(timedelta(hours=2))
    assert await take(sessions) == [job_id]
    assert await begin_and_fail(sessions, job_id, MAX_ATTEMPTS - 1)
    wait(timedelta(days=29))
    assert await take(sessions) == []
    async with sessions.read() as session:
        [dead] = await outbox.list_dead(session)
    assert (dead.id, dead.attempts) == (job_id, MAX_ATTEMPTS)
    assert str(dead.error).startswith("RuntimeError: the cause")
    async with sessions.write.begin() as session:
        assert await outbox.revive_dead(session) == 1
    assert not await begin_and_fail(sessions, job_id, 0)


async def test_late_failure_does_not_touch_the_next_attempt(sessions: Sessions) -> None:
    job_id = await add(sessions)
    async with sessions.write.begin() as session:
        slow = await outbox.begin(session, job_id, 0, LEASE)
        assert slow is not None
    async with sessions.write.begin() as session:
        assert await outbox.begin(session, job_id, 1, LEASE)
    async with sessions.write.begin() as session:
        await outbox.fail(session, slow, RuntimeError())
    async with sessions.write.begin() as session:
        running = await outbox.begin(session, job_id, 2, LEASE)
    assert running is not None
    assert running.error is None


async def test_job_that_takes_its_worker_down_is_given_up(sessions: Sessions, wait: Later) -> None:
    job_id = await add(sessions)
    for attempts in range(MAX_ATTEMPTS):
        async with sessions.write.begin() as session:
            assert await outbox.begin(session, job_id, attempts, LEASE)
    wait(LEASE)
    with capture_logs() as logs:
        assert await take(sessions) == []
    assert [(line["event"], line["job"], line["log_level"]) for line in logs] == [("job_dead", "ping", "error")]
    async with sessions.write.begin() as session:
        assert await outbox.begin(session, job_id, MAX_ATTEMPTS, LEASE) is None


async def test_dead_jobs_are_kept_for_a_month(sessions: Sessions, wait: Later) -> None:
    job_id, waiting = await add(sessions), await add(sessions)
    await begin_and_fail(sessions, waiting, 0)
    for attempts in range(MAX_ATTEMPTS):
        await begin_and_fail(sessions, job_id, attempts)
    left = []
    for days in (29, 2):
        wait(timedelta(days=days))
        async with sessions.write.begin() as session:
            await outbox.sweep(session)
            left.append(len(await outbox.list_dead(session)))
    assert left == [1, 0]
    assert await take(sessions) == [waiting]
