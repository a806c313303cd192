from datetime import timedelta
from hashlib import sha256
from itertools import pairwise
from typing import Any
from unittest.mock import MagicMock

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient
from structlog.testing import capture_logs

from app.core.config import Settings
from app.core.database import Sessions
from app.core.security import hash_token
from app.models import User
from app.models.base import utc_now
from app.services import auth, users
from tests import factories
from tests.conftest import serve

URL, ME = "/api/v1/auth", "/api/v1/users/me"
CSRF = "X-CSRF-Token"
ORIGIN = "https://shop.example"
A = {"email": "a@example.com", "password": factories.PASSWORD}

CHANGES: dict[str, Any] = {"cors_origins": [ORIGIN], "session_days": 2, "session_idle_hours": 5}

pytestmark = [pytest.mark.usefixtures("quick_hashes"), pytest.mark.settings(**CHANGES)]


def later(monkeypatch: pytest.MonkeyPatch, **by: int) -> None:
    """Let time pass for the sessions."""
    monkeypatch.setattr(auth, "utc_now", lambda: utc_now() + timedelta(**by))


async def test_session_from_login_to_logout(anonymous: AsyncClient, user: User, sessions: Sessions) -> None:
    login = await factories.log_in(anonymous, user.email)
    assert login.json().keys() == {"csrf_token"}
    assert (await anonymous.get(f"{URL}/session")).json() == login.json()
    assert (await anonymous.get(ME)).json()["email"] == user.email
    token = anonymous.cookies["session"]
    stored = await factories.dump(sessions)
    assert [secret in stored for secret in (token, sha256(token.encode()).hexdigest())] == [False, True]
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


async def test_disabled_users_are_refused(anonymous: AsyncClient, settings: Settings, sessions: Sessions) -> None:
    async with sessions.write.begin() as session:
        disabled = await factories.make_user(session, is_active=False)
    await factories.sign_in(anonymous, settings, sessions, disabled)
    for method, body in (("GET", None), ("PATCH", {})):
        assert (await anonymous.request(method, ME, json=body)).status_code == 401


async def test_unsafe_methods_need_the_csrf_token_of_the_session(
    client: AsyncClient, settings: Settings, sessions: Sessions, user: User
) -> None:
    await factories.sign_in(client, settings, sessions, user)
    other = client.headers.pop(CSRF)
    await factories.sign_in(client, settings, sessions, user)
    right = client.headers.pop(CSRF)
    for method, path in (("PATCH", ME), ("POST", f"{ME}/password"), ("POST", f"{URL}/logout")):
        for wrong in ({}, {CSRF: ""}, {CSRF: other}, {CSRF: right[:-1] + "x"}):
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
    assert hash_token(planted) not in await factories.dump(sessions)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://test"}, 200),
        ({"Origin": ORIGIN}, 200),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "http://eviltest"}, 403),
        ({"Origin": "http://test.evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://["}, 403),
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
    for hours in range(4, 2 * 24, 4):
        later(monkeypatch, hours=hours)
        assert (await committed.request("PATCH" if hours % 8 else "GET", ME, json={})).status_code == 200
    later(monkeypatch, days=2)
    assert (await committed.get(ME)).status_code == 401


async def test_password_is_changed_outside_of_the_transaction_that_knows_the_user(committed: AsyncClient) -> None:
    await committed.post(f"{URL}/register", json=A)
    await factories.log_in(committed, A["email"])
    body = {"current_password": A["password"], "new_password": A["password"]}
    assert (await committed.post(f"{ME}/password", json=body)).status_code == 204


async def test_session_that_is_not_used_is_over(client: AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    later(monkeypatch, hours=5)
    assert (await client.get(ME)).status_code == 401


async def test_login_sweeps_out_what_is_over_and_nothing_of_anybody_else(
    settings: Settings, user: User, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings.model_copy(update=CHANGES)
    async with sessions.write.begin() as session:
        other = await factories.make_user(session)
        begun = [await auth.start(session, settings, each, None) for each in (other, user, user)]

    async def begin_another_after(**passed: int) -> list[bool]:
        """Which are still there, beside the new one."""
        later(monkeypatch, **passed)
        async with sessions.write.begin() as session:
            found = await users.find_by_email(session, user.email)
            assert found is not None
            token = await auth.start(session, settings, found, None)
        stored = await factories.dump(sessions)
        assert hash_token(token) in stored
        return [hash_token(token) in stored for token in begun]

    later(monkeypatch, hours=4)
    await auth.note_use(sessions, begun[2])
    assert await begin_another_after(hours=5) == [True, False, True]
    later(monkeypatch, hours=47)
    await auth.note_use(sessions, begun[2])
    assert await begin_another_after(hours=48) == [True, False, False]
    async with sessions.write.begin() as session:
        begun.append(await auth.start(session, settings, user, None))
        await users.set_password(session, user, user.password_hash)
    assert await begin_another_after(hours=48) == [True, False, False, False]


async def test_use_is_noted_now_and_then(
    client: AsyncClient, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = []
    for minutes in (0, 4, 6):
        later(monkeypatch, minutes=minutes)
        await client.get(ME)
        stored.append(await factories.dump(sessions))
    assert [before == after for before, after in pairwise(stored)] == [True, False]


async def test_use_that_cannot_be_noted_harms_nothing(
    app: FastAPI, settings: Settings, user: User, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken: Any = MagicMock(begin=MagicMock(side_effect=ConnectionError))
    async with serve(app, sessions=sessions._replace(write=broken)) as client:
        await factories.sign_in(client, settings, sessions, user)
        later(monkeypatch, minutes=6)
        with capture_logs() as logs:
            assert (await client.get(ME)).status_code == 200
    assert "use_not_noted" in [line["event"] for line in logs]
