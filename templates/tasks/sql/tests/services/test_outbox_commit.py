from datetime import timedelta

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.database import create_sessions
from app.dependencies import SessionDep
from app.jobs import Ping, ping
from app.services import outbox


@pytest.mark.parametrize(("then", "status", "jobs"), [("", 200, 1), ("fail", 500, 0)])
async def test_job_exists_only_if_the_request_commits(
    app: FastAPI, committed: AsyncClient, engine: AsyncEngine, then: str, status: int, jobs: int
) -> None:
    sessions = create_sessions(engine)

    @app.post("/probe")
    async def probe(session: SessionDep, then: str = "") -> None:
        await outbox.add(session, ping, Ping(text="hello"))
        # Nobody sees it yet.
        async with sessions.read() as other:
            assert not await outbox.is_due(other)
        if then == "fail":
            raise RuntimeError

    headers = {"X-Request-ID": "the-request"}
    assert (await committed.post("/probe", params={"then": then}, headers=headers)).status_code == status
    async with sessions.write.begin() as session:
        taken = [(job.name, job.data, job.request_id) for job in await outbox.take(session, 10, timedelta(minutes=1))]
    assert taken == [("ping", {"text": "hello"}, "the-request")] * jobs
