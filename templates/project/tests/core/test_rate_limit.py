import pytest
from fastapi import Depends, FastAPI, Request

from app.core.rate_limit import Limiter, client_key, limit_requests
from tests.conftest import serve


@pytest.mark.settings(rate_limit="3/minute")
async def test_requests_are_limited_whatever_address_they_claim(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    @app.get("/limited", dependencies=[Depends(limit_requests)])
    async def limited() -> None: ...

    monkeypatch.setattr("time.time", lambda: 1_000_000_030.5)  # The minute began at 1,000,000,020.
    claims = [{"X-Forwarded-For": f"10.0.0.{number}", "Forwarded": f"for=10.0.0.{number}"} for number in range(4)]
    async with serve(app, limiter=Limiter()) as client:
        responses = [await client.get("/limited", headers=claim) for claim in claims]
        assert (await client.get("/health/live")).status_code == 200
    assert [response.status_code for response in responses] == [200, 200, 200, 429]
    expected = {"content-type": "application/problem+json", "x-content-type-options": "nosniff", "retry-after": "50"}
    assert expected.items() <= dict(responses[-1].headers).items()


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
