from unittest.mock import AsyncMock

import pytest
from httpx2 import AsyncClient

from app.core.config import Settings
from app.core.database import ping
from app.main import create_app
from tests.conftest import serve
from tests.database import UNREACHABLE_URL


async def test_ready_is_remembered_for_a_second(anonymous: AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    asking = AsyncMock(wraps=ping)
    monkeypatch.setattr("app.routers.health.ping", asking)
    for now, asked in ((0.1, 1), (0.9, 1), (1.2, 2)):
        monkeypatch.setattr("time.time", lambda now=now: 1_000_000_000 + now)
        assert (await anonymous.get("/health/ready")).json() == {"status": "ok"}
        assert asking.await_count == asked


@pytest.mark.usefixtures("anonymous")  # and its event loop, where the thread of a driver may answer after the test
async def test_not_ready_without_the_database(settings: Settings) -> None:
    values = settings.model_dump() | {"database_url": UNREACHABLE_URL}
    async with serve(create_app(Settings.model_validate(values))) as client:
        response = await client.get("/health/ready")
        assert response.status_code == 503
        assert response.headers["content-type"] == "application/problem+json"
        assert int(response.headers["retry-after"]) > 0
        assert "nowhere" not in response.text
        assert (await client.get("/health/live")).json() == {"status": "ok"}
