from datetime import timedelta
from itertools import pairwise

import pytest
from httpx2 import AsyncClient

from app.core.config import Settings
from app.core.database import Sessions
from app.core.security import hash_token
from app.models import User
from app.models.base import utc_now
from app.services import auth
from tests import factories

URL, ME = "/api/v1/auth", "/api/v1/users/me"
CSRF = "X-CSRF-Token"
ORIGIN = "https://shop.example"
A = {"email": "a@example.com", "password": factories.PASSWORD}

pytestmark = pytest.mark.usefixtures("quick_hashes")


@pytest.fixture
def app_settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"cors_origins": [ORIGIN]})


def later(monkeypatch: pytest.MonkeyPatch, **by: int) -> None:
    """Let time pass for the sessions."""
    monkeypatch.setattr(auth, "utc_now", lambda: utc_now() + timedelta(**by))


async def test_session_from_login_to_logout(anonymous: AsyncClient, user: User, sessions: Sessions) -> None:
    login = await factories.log_in(anonymous, user.email)
    assert login.json().keys() == {"csrf_token"}
    assert (await anonymous.get(f"{URL}/session")).json() == login.json()
    assert (await anonymous.get(ME)).json()["email"] == user.email
    token = anonymous.cookies["session"]
    async with sessions.read() as session:
        assert [secret in await factories.dump(session) for secret in (token, hash_token(token))] == [False, True]
    assert (await anonymous.post(f"{URL}/logout")).status_code == 204
    assert "session" not in anonymous.cookies
    anonymous.cookies["session"] = token
    for path in (ME, f"{URL}/session"):
        assert (await anonymous.get(path)).status_code == 401
    # Once more is no error.
    assert (await anonymous.post(f"{URL}/logout")).status_code == 204


@pytest.mark.parametrize("token", [None, "", "nonsense", "ünknown"])
async def test_strangers_are_refused(anonymous: AsyncClient, token: str | None) -> None:
    if token is not None:
        anonymous.headers["Cookie"] = f"session={token}"
    response = await anonymous.get(ME)
    assert (response.status_code, "www-authenticate" in response.headers) == (401, False)


async def test_unsafe_methods_need_the_csrf_token_of_the_session(
    client: AsyncClient, settings: Settings, sessions: Sessions, user: User
) -> None:
    await factories.sign_in(client, settings, sessions, user)
    other = client.headers.pop(CSRF)
    await factories.sign_in(client, settings, sessions, user)
    right = client.headers.pop(CSRF)
    for method, path in (("PATCH", ME), ("POST", f"{ME}/password"), ("POST", f"{URL}/logout")):
        for wrong in ({}, {CSRF: ""}, {CSRF: other}, {CSRF: right.upper()}):
            response = await client.request(method, path, headers=wrong, json={})
            assert (response.status_code, response.json()["title"]) == (403, "Forbidden")
    assert (await client.patch(ME, headers={CSRF: right}, json={})).status_code == 200


async def test_login_begins_a_new_session_and_ends_the_old_one(
    anonymous: AsyncClient, user: User, settings: Settings, sessions: Sessions
) -> None:
    async with sessions.write.begin() as session:
        other = await factories.make_user(session)
    await factories.sign_in(anonymous, settings, sessions, other)
    planted = anonymous.cookies["session"]
    assert (await factories.log_in(anonymous, user.email)).status_code == 200
    assert anonymous.cookies["session"] != planted
    assert (await anonymous.get(ME)).json()["email"] == user.email
    async with sessions.read() as session:
        assert hash_token(planted) not in await factories.dump(session)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://test"}, 200),
        ({"Origin": ORIGIN}, 200),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "http://test.evil.example"}, 403),
        ({"Origin": "null"}, 403),
        # What a form of another page can send.
        ({"Content-Type": "text/plain"}, 422),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 422),
    ],
)
async def test_no_other_page_signs_its_visitor_in(
    anonymous: AsyncClient, user: User, headers: dict[str, str], status: int
) -> None:
    body = f'{{"email": "{user.email}", "password": "{factories.PASSWORD}"}}'
    headers = {"Content-Type": "application/json"} | headers
    assert (await anonymous.post(factories.LOGIN, headers=headers, content=body)).status_code == status
    assert ("session" in anonymous.cookies) is (status == 200)


@pytest.mark.parametrize("field", ["email", "password"])
async def test_body_of_a_login(anonymous: AsyncClient, field: str) -> None:
    for value in ("a\x00b", "x" * 1025, None, 3):
        response = await anonymous.post(factories.LOGIN, json=A | {field: value})
        assert response.status_code == 422
        assert response.json()["errors"][0]["location"] == ["body", field]


async def test_session_that_is_used_is_over_in_the_end(committed: AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    await committed.post(f"{URL}/register", json=A)
    await factories.log_in(committed, A["email"])
    for hours in range(23, 14 * 24, 23):
        later(monkeypatch, hours=hours)
        assert (await committed.request("PATCH" if hours % 2 else "GET", ME, json={})).status_code == 200
    later(monkeypatch, days=14)
    assert (await committed.get(ME)).status_code == 401


async def test_session_that_is_not_used_is_over_and_swept_out(
    client: AsyncClient, user: User, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = client.cookies["session"]
    later(monkeypatch, hours=24)
    assert (await client.get(ME)).status_code == 401
    client.cookies.clear()
    await factories.log_in(client, user.email)
    async with sessions.read() as session:
        assert hash_token(old) not in await factories.dump(session)


async def test_use_is_noted_now_and_then(
    client: AsyncClient, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = []
    for minutes in (0, 4, 6):
        later(monkeypatch, minutes=minutes)
        await client.get(ME)
        async with sessions.read() as session:
            stored.append(await factories.dump(session))
    assert [before == after for before, after in pairwise(stored)] == [True, False]
