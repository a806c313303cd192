import asyncio

import pytest
from anyio import fail_after
from httpx2 import AsyncClient

from app import relay
from app.core.config import Settings
from app.core.jobs import JobState
from app.jobs import JOBS, Ping
from app.services import outbox
from app.worker import open_state_and_run_jobs


@pytest.mark.parametrize("run_jobs", [True, False])
async def test_jobs_run_here_unless_that_is_turned_off(
    committed: AsyncClient, settings: Settings, monkeypatch: pytest.MonkeyPatch, run_jobs: bool
) -> None:
    ran = asyncio.Event()

    async def run(state: JobState, data: Ping) -> None:
        ran.set()

    monkeypatch.setattr(relay, "POLL_SECONDS", 0.05)
    monkeypatch.setitem(JOBS, "run", run)
    async with open_state_and_run_jobs(settings.model_copy(update={"run_jobs": run_jobs})) as state:
        async with state["sessions"].write.begin() as session:
            await outbox.add(session, run, Ping(text="a"))
        if run_jobs:
            with fail_after(5):
                await ran.wait()
    async with open_state_and_run_jobs(settings) as state, state["sessions"].read() as session:
        assert await outbox.is_due(session) is not run_jobs
