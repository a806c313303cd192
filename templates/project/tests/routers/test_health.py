from asyncio import gather, sleep, wait_for
from functools import partial
from typing import Any
from unittest.mock import AsyncMock

import pytest
from httpx2 import AsyncClient
from pydantic import SecretStr

from app.core.database import ping
from tests.database import UNREACHABLE_URL


@pytest.mark.parametrize(("ask", "seconds", "status"), [(ping, 3, 200), (partial(sleep, 60), 0.05, 503)])
async def test_database_is_asked_once_in_a_second(
    anonymous: AsyncClient, monkeypatch: pytest.MonkeyPatch, ask: Any, seconds: float, status: int
) -> None:
    asking = AsyncMock(wraps=ask)
    monkeypatch.setattr("app.routers.health.ping", asking)
    monkeypatch.setattr("app.routers.health.PATIENCE_SECONDS", seconds)
    for now, asked in ((0.1, 1), (0.9, 1), (1.2, 2)):
        monkeypatch.setattr("time.time", lambda now=now: 1_000_000_000 + now)
        responses = await wait_for(gather(*(anonymous.get("/health/ready") for _ in range(20))), 5)
        assert {response.status_code for response in responses} == {status}
        assert asking.await_count == asked


@pytest.mark.settings(database_url=SecretStr(UNREACHABLE_URL))
async def test_not_ready_without_the_database(committed: AsyncClient) -> None:
    response = await committed.get("/health/ready")
    assert (response.status_code, response.headers["content-type"]) == (503, "application/problem+json")
    assert ("nowhere" in response.text, response.headers["retry-after"]) == (False, "5")
    assert (await committed.get("/health/live")).json() == {"status": "ok"}
