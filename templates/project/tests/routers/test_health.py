from asyncio import gather
from typing import Any
from unittest.mock import AsyncMock

import pytest
from anyio import sleep_forever
from httpx2 import AsyncClient

from app.core.config import Settings
from app.core.database import Sessions, ping
from app.main import create_app
from tests.conftest import serve
from tests.database import UNREACHABLE_URL


async def hang(_sessions: Sessions) -> None:
    await sleep_forever()


@pytest.mark.parametrize(("question", "seconds", "status"), [(ping, 3, 200), (hang, 0.05, 503)])
async def test_database_is_asked_once_in_a_second(
    anonymous: AsyncClient, monkeypatch: pytest.MonkeyPatch, question: Any, seconds: float, status: int
) -> None:
    asking = AsyncMock(wraps=question)
    monkeypatch.setattr("app.routers.health.ping", asking)
    monkeypatch.setattr("app.routers.health.PATIENCE_SECONDS", seconds)
    for now, asked in ((0.1, 1), (0.9, 1), (1.2, 2)):
        monkeypatch.setattr("time.time", lambda now=now: 1_000_000_000 + now)
        responses = await gather(*(anonymous.get("/health/ready") for _ in range(20)))
        assert {response.status_code for response in responses} == {status}
        assert asking.await_count == asked


@pytest.mark.usefixtures("anonymous")  # and its event loop, where a driver may answer after the test
async def test_not_ready_without_the_database(settings: Settings) -> None:
    values = settings.model_dump() | {"database_url": UNREACHABLE_URL}
    async with serve(create_app(Settings.model_validate(values))) as client:
        response = await client.get("/health/ready")
        assert response.status_code == 503
        assert response.headers["content-type"] == "application/problem+json"
        assert int(response.headers["retry-after"]) > 0
        assert "nowhere" not in response.text
        assert (await client.get("/health/live")).json() == {"status": "ok"}
