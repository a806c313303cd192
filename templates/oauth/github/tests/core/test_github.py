from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient

from app.core.config import Settings
from app.main import create_app
from tests.fake_github import FakeGitHub
from tests.fake_provider import ProviderServer, sign_in

pytestmark = pytest.mark.usefixtures("quick_hashes")
ADDRESS = {"email": "ada@example.com", "primary": True, "verified": True}


@pytest.fixture
def fake(provider_server: ProviderServer, monkeypatch: pytest.MonkeyPatch) -> FakeGitHub:
    return provider_server.use(FakeGitHub, monkeypatch)


@pytest.fixture
def app(settings: Settings, fake: FakeGitHub) -> FastAPI:
    return create_app(Settings.model_validate(settings.model_dump() | fake.settings))


async def test_only_the_verified_primary_address_counts(anonymous: AsyncClient, fake: FakeGitHub) -> None:
    given: list[tuple[list[Any], int]] = [
        ([ADDRESS | {"primary": False}], 403),
        ([ADDRESS | {"verified": False}, ADDRESS | {"primary": False}], 403),
        ([], 403),
        ([{"email": "ada@example.com"}], 502),
        ([ADDRESS | {"email": "no address"}], 502),
        ([ADDRESS | {"email": "b@example.com", "primary": False, "verified": False}, ADDRESS], 200),
    ]
    for fake.emails, status in given:
        assert (await sign_in(anonymous, fake)).status_code == status
