"""Jobs on their way through the relay and a broker in this process, with writes that are there for all."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from unittest.mock import AsyncMock
from uuid import UUID

import pytest
from anyio import fail_after
from httpx2 import AsyncClient
from pydantic import BaseModel
from structlog.contextvars import bound_contextvars, merge_contextvars
from structlog.testing import capture_logs
from taskiq import InMemoryBroker

from app import relay
from app.core.config import Settings
from app.core.errors import UnavailableError
from app.core.jobs import JobState
from app.core.lifespan import State, open_state
from app.jobs import JOBS, Ping
from app.models.base import utc_now
from app.services import outbox


class Note(BaseModel):
    text: str


class Jobs:
    """A job for the tests, and what it was asked to do; it does what `then` does."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.ids: list[UUID] = []
        self.then = AsyncMock()

    async def run(self, state: JobState, data: Note) -> None:
        self.ids.append(state["job_id"])
        await self.then()
        self.done.append(data.text)


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> Jobs:
    jobs = Jobs()
    monkeypatch.setitem(JOBS, "run", jobs.run)
    return jobs


@pytest.fixture
async def state(committed: AsyncClient, settings: Settings) -> AsyncIterator[State]:
    """The state of a process of its own; `committed` empties the outbox after the test."""
    async with open_state(settings) as state:
        yield state


@pytest.fixture
def broker(state: State, jobs: Jobs) -> InMemoryBroker:
    broker = InMemoryBroker(await_inplace=True)
    relay.register_jobs(broker, state)
    return broker


@pytest.fixture
def logs() -> Any:
    with capture_logs([merge_contextvars]) as logs:
        yield logs


async def add(state: State, jobs: Jobs, text: str = "a") -> UUID:
    async with state["sessions"].write.begin() as session:
        return await outbox.add(session, jobs.run, Note(text=text))


async def let_time_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    now = utc_now() + timedelta(hours=2)
    monkeypatch.setattr(outbox, "utc_now", lambda: now)


async def hand_out(state: State, broker: InMemoryBroker) -> int:
    """Hand out what is due, and wait for it to end; returns how many there were."""
    lanes = await relay.hand_out(state, broker, count=10)
    await asyncio.gather(*lanes)
    return len(lanes)


async def test_job_runs_once_with_the_id_and_the_request_that_asked_for_it(
    state: State, broker: InMemoryBroker, jobs: Jobs, logs: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    with bound_contextvars(request_id="the-request"):
        job_id = await add(state, jobs)
    assert await hand_out(state, broker) == 1
    assert (jobs.done, jobs.ids) == (["a"], [job_id])
    [line] = logs
    assert (line["event"], line["request_id"], line["job"], line["attempt"]) == ("job_done", "the-request", "run", 1)
    await let_time_pass(monkeypatch)
    assert await hand_out(state, broker) == 0


async def test_failure_is_logged_with_its_request_and_tried_again(
    state: State, broker: InMemoryBroker, jobs: Jobs, logs: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    with bound_contextvars(request_id="the-request"):
        job_id = await add(state, jobs)
    await add(state, jobs, "another")

    async def fail_once() -> None:
        # Which of the two is the first to run is chance.
        if jobs.ids[-1] == job_id and jobs.ids.count(job_id) == 1:
            raise RuntimeError("the cause")

    jobs.then.side_effect = fail_once
    assert await hand_out(state, broker) == 2
    failed = next(line for line in logs if line["event"] == "job_failed")
    assert (failed["request_id"], failed["job_id"], failed["log_level"]) == ("the-request", str(job_id), "error")
    assert jobs.done == ["another"]
    await let_time_pass(monkeypatch)
    assert await hand_out(state, broker) == 1
    assert jobs.done == ["another", "a"]
    assert jobs.ids.count(job_id) == 2


async def test_message_that_comes_twice_runs_once(state: State, jobs: Jobs) -> None:
    job_id = await add(state, jobs)
    await asyncio.gather(*(relay.run_job(state, job_id, 0) for _ in range(3)))
    await relay.run_job(state, job_id, 0)
    assert jobs.done == ["a"]


async def test_job_whose_worker_was_killed_runs_again_under_its_id(
    state: State, broker: InMemoryBroker, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = await add(state, jobs)
    # What a worker leaves that is killed after its work and before the row is gone.
    async with state["sessions"].write.begin() as session:
        [job] = await outbox.take(session, 1, timedelta(seconds=10))
        await outbox.begin(session, job.id, job.attempts, timedelta(seconds=10))
    assert await hand_out(state, broker) == 0
    await let_time_pass(monkeypatch)
    assert await hand_out(state, broker) == 1
    assert (jobs.done, jobs.ids) == (["a"], [job_id])


async def test_broker_that_is_away_loses_nothing(
    state: State, broker: InMemoryBroker, jobs: Jobs, logs: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "STOP_SECONDS", 0.01)
    for _ in range(relay.LANES + 1):
        await add(state, jobs)
    with monkeypatch.context() as patched:
        patched.setattr(broker, "kick", AsyncMock(side_effect=ConnectionError))
        async with relay.relaying(state, broker):
            # The last one is not tried in vain.
            await asyncio.sleep(0.5)
    assert [(line["event"], "exc_info" in line) for line in logs] == [("job_not_sent", False)] * relay.LANES
    assert await hand_out(state, broker) == 1
    await let_time_pass(monkeypatch)
    assert await hand_out(state, broker) == relay.LANES
    assert jobs.done == ["a"] * (relay.LANES + 1)


async def test_data_of_another_version_of_the_job_is_a_failure(
    state: State, broker: InMemoryBroker, jobs: Jobs, logs: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    class OldNote(BaseModel):
        words: int

    async with state["sessions"].write.begin() as session:
        await outbox.add(session, jobs.run, OldNote(words=1))  # type: ignore[arg-type]
    await hand_out(state, broker)
    assert ([line["event"] for line in logs], jobs.ids) == (["job_failed"], [])


async def test_job_that_nobody_here_knows_is_left_to_others(
    state: State, broker: InMemoryBroker, logs: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unknown(state: JobState, data: Ping) -> None: ...

    async with state["sessions"].write.begin() as session:
        await outbox.add(session, unknown, Ping(text="a"))
    assert await hand_out(state, broker) == 1
    assert [(line["event"], line["job"]) for line in logs] == [("job_unknown", "unknown")]
    await let_time_pass(monkeypatch)
    assert await hand_out(state, broker) == 1


async def test_job_that_takes_too_long_is_stopped(
    state: State, broker: InMemoryBroker, jobs: Jobs, logs: list[dict[str, Any]]
) -> None:
    await add(state, jobs)
    jobs.then.side_effect = asyncio.Event().wait
    state["settings"] = state["settings"].model_copy(update={"job_seconds": 0.01})
    with fail_after(5):
        await hand_out(state, broker)
    assert [line["event"] for line in logs] == ["job_failed"]


async def test_job_is_given_to_nobody_else_as_long_as_it_may_take(
    state: State, broker: InMemoryBroker, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[int] = []

    async def let_it_take_its_time() -> None:
        now = utc_now() + timedelta(seconds=state["settings"].job_seconds)
        monkeypatch.setattr(outbox, "utc_now", lambda: now)
        taken.append(await hand_out(state, broker))

    await add(state, jobs)
    jobs.then.side_effect = let_it_take_its_time
    await hand_out(state, broker)
    assert (taken, jobs.done) == ([0], ["a"])


async def test_relay_goes_on_after_an_error_and_sweeps(
    state: State, broker: InMemoryBroker, jobs: Jobs, logs: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    all_ran, sweep = asyncio.Event(), AsyncMock()
    monkeypatch.setattr(relay, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(outbox, "sweep", sweep)
    due = [ConnectionError, UnavailableError, False, True, True, *[False] * 1000]
    monkeypatch.setattr(outbox, "is_due", AsyncMock(side_effect=due))

    async def note() -> None:
        if len(jobs.ids) == relay.LANES + 1:
            all_ran.set()
        elif len(jobs.ids) == 1:
            # One that is slow holds up no other.
            await all_ran.wait()

    jobs.then.side_effect = note
    for _ in range(relay.LANES + 1):
        await add(state, jobs)
    async with relay.relaying(state, broker):
        with fail_after(5):
            await all_ran.wait()
    assert [line["event"] for line in logs] == ["relay_failed", "relay_waits", *["job_done"] * len(jobs.done)]
    assert len(jobs.done) == relay.LANES + 1
    sweep.assert_awaited_once()


async def test_end_of_the_process_gives_a_running_job_back(
    state: State, broker: InMemoryBroker, jobs: Jobs, logs: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    began = asyncio.Event()
    monkeypatch.setattr(relay, "STOP_SECONDS", 0.01)

    async def wait() -> None:
        began.set()
        await asyncio.Event().wait()

    jobs.then.side_effect = wait
    await add(state, jobs)
    async with relay.relaying(state, broker):
        with fail_after(5):
            await began.wait()
    assert [line["event"] for line in logs] == ["job_failed"]
    jobs.then.side_effect = None
    await let_time_pass(monkeypatch)
    assert await hand_out(state, broker) == 1
    assert jobs.done == ["a"]
