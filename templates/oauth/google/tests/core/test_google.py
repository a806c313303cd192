import base64
import hmac
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient
from starlette.responses import JSONResponse

from app.core import google
from app.core.config import Settings
from app.main import create_app
from tests.fake_google import FakeGoogle, make_key
from tests.fake_provider import ProviderServer, sign_in

pytestmark = pytest.mark.usefixtures("quick_hashes")


@pytest.fixture
def fake(provider_server: ProviderServer, monkeypatch: pytest.MonkeyPatch) -> FakeGoogle:
    return provider_server.use(FakeGoogle, monkeypatch)


@pytest.fixture
def app(settings: Settings, fake: FakeGoogle) -> FastAPI:
    return create_app(Settings.model_validate(settings.model_dump() | fake.settings))


async def test_good_token(anonymous: AsyncClient, fake: FakeGoogle) -> None:
    for fake.changes in ({"iss": "accounts.google.com"}, {"aud": ["the client", "of another"]}, {"azp": None}):
        assert (await sign_in(anonymous, fake)).status_code == 200


async def test_bad_token(anonymous: AsyncClient, fake: FakeGoogle) -> None:
    wrong: list[dict[str, Any]] = [
        *({name: None} for name in ("iss", "aud", "sub", "exp", "iat", "nonce")),
        *({name: "of another"} for name in ("iss", "aud", "azp", "nonce", "at_hash", "exp", "iat")),
        {"aud": ["of another"]},
        *({"sub": subject} for subject in ("", 7, "x" * 256)),
        {"email": "no address"},
    ]
    for fake.changes in wrong:
        response = await sign_in(anonymous, fake)
        assert (response.status_code, response.headers["content-type"]) == (502, "application/problem+json")


async def test_clock_of_the_provider(anonymous: AsyncClient, fake: FakeGoogle) -> None:
    for fake.clock, status in ((30, 200), (90, 502), (30 - 3600, 200), (-90 - 3600, 502)):
        assert (await sign_in(anonymous, fake)).status_code == status


def unsigned(token: str) -> str:
    return ".".join(["eyJhbGciOiJub25lIn0", token.split(".")[1], ""])


def signed_with_the_public_key(token: str) -> str:
    head = base64.urlsafe_b64encode(b'{"alg": "HS256", "kid": "first"}').decode().rstrip("=")
    signed = f"{head}.{token.split('.')[1]}"
    mac = hmac.digest(make_key("first").as_pem(private=False), signed.encode(), "sha256")
    return f"{signed}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


def changed(token: str) -> str:
    head, body, signature = token.split(".")
    return ".".join([head, body[::-1], signature])


async def test_signature(anonymous: AsyncClient, fake: FakeGoogle) -> None:
    for fake.forge in (unsigned, signed_with_the_public_key, changed, str.upper, lambda _token: ""):
        assert (await sign_in(anonymous, fake)).status_code == 502


async def test_keys_are_fetched_when_they_change(
    anonymous: AsyncClient, fake: FakeGoogle, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fetched() -> tuple[int, int]:
        fake.asked.clear()
        status = (await sign_in(anonymous, fake)).status_code
        return status, fake.asked.count("/keys")

    assert [await fetched(), await fetched()] == [(200, 1), (200, 0)]
    fake.key = make_key("second")
    assert await fetched() == (502, 1)
    fake.published.append(fake.key)
    assert [await fetched(), await fetched()] == [(200, 1), (200, 0)]
    # A key that is withdrawn is good for an hour at most, also when the server of the keys was out of order.
    fake.published = [make_key("third")]
    assert await fetched() == (200, 0)
    monkeypatch.setattr(google, "time", SimpleNamespace(monotonic=lambda: float("inf")))
    fake.answers["/keys"] = JSONResponse({})
    assert await fetched() == (502, 1)
    fake.answers["/keys"] = fake.keys
    assert await fetched() == (502, 2)
