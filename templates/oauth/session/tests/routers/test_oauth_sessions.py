import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient

from app.core.config import Settings
from app.core.database import Sessions
from app.core.security import hash_token
from app.main import create_app
from tests import factories
from tests.fake_provider import FakeProvider, sign_in

pytestmark = pytest.mark.usefixtures("quick_hashes")


@pytest.fixture
def app(settings: Settings, fake: FakeProvider) -> FastAPI:
    return create_app(Settings.model_validate(settings.model_dump() | fake.settings))


async def test_sign_in_begins_a_new_session_and_ends_the_old_one(
    anonymous: AsyncClient, fake: FakeProvider, sessions: Sessions
) -> None:
    tokens = []
    for _ in range(2):
        assert (await sign_in(anonymous, fake)).status_code == 200
        tokens.append(anonymous.cookies["session"])
    stored = await factories.dump(sessions)
    assert [hash_token(token) in stored for token in tokens] == [False, True]
