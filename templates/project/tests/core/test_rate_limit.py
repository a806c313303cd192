import pytest
from fastapi import Depends, FastAPI, Request
from httpx2 import AsyncClient

from app.core.config import Settings
from app.core.errors import TooManyRequestsError
from app.core.rate_limit import Limiter, client_key, limit_requests


@pytest.fixture
def app_settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"rate_limit": "3/minute"})


async def test_requests_are_limited_whatever_address_they_claim(
    app: FastAPI, anonymous: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    @app.get("/limited", dependencies=[Depends(limit_requests)])
    async def limited() -> None: ...

    monkeypatch.setattr("time.time", lambda: 1_000_000_030.0)
    claims = [{"X-Forwarded-For": f"10.0.0.{number}", "Forwarded": f"for=10.0.0.{number}"} for number in range(4)]
    responses = [await anonymous.get("/limited", headers=claim) for claim in claims]
    assert [response.status_code for response in responses] == [200, 200, 200, 429]
    assert responses[-1].headers["content-type"] == "application/problem+json"
    assert responses[-1].headers["x-content-type-options"] == "nosniff"
    assert 0 < int(responses[-1].headers["retry-after"]) <= 60
    assert (await anonymous.get("/health/live")).status_code == 200


async def test_wait_is_what_is_left_of_the_window(monkeypatch: pytest.MonkeyPatch) -> None:
    # The window begins at a whole minute, which was 1,000,000,020.
    monkeypatch.setattr("time.time", lambda: 1_000_000_030.0)
    limiter = Limiter()
    await limiter.hit("1/minute", "key")
    for now, wait in ((1_000_000_030.0, "50"), (1_000_000_070.0, "10")):
        monkeypatch.setattr("time.time", lambda now=now: now)
        with pytest.raises(TooManyRequestsError) as refused:
            await limiter.hit("1/minute", "key")
        assert refused.value.headers == {"Retry-After": wait}


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::/64"),
        ("socket", "socket"),
        (None, "unknown"),
    ],
)
def test_who_is_counted(address: str | None, key: str) -> None:
    client = (address, 1234) if address else None
    assert client_key(Request({"type": "http", "client": client})) == key
