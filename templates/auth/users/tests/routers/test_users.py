import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import DEFAULT, AsyncMock, MagicMock

import pytest
from httpx2 import AsyncClient, Response

from app.core import security
from app.core.database import Sessions
from app.models import User
from app.services import users
from tests import factories
from tests.factories import Mailed

URL, ME = "/api/v1/auth", "/api/v1/users/me"
A, NEW, ID = "a@example.com", "another good one", "01890000-0000-7000-8000-000000000000"
BODIES = {
    f"{URL}/register": {"email": A, "password": NEW},
    f"{URL}/password-reset": {"email": A},
    f"{URL}/password-reset/confirm": {"token": "token", "password": NEW},
    f"{ME}/password": {"current_password": factories.PASSWORD, "new_password": NEW},
}
BAD_EMAILS = ("", "a", "a@b", "a\x00@example.com", f"{'a' * 250}@example.com", None)
BAD_PASSWORDS = ("x" * 7, "e\u0301" * 7, "x" * 129, "x" * 1024, "pass\x00word", 12345678, None)

pytestmark = pytest.mark.usefixtures("quick_hashes")


async def post(client: AsyncClient, path: str, **body: Any) -> Response:
    return await client.post(f"{URL}/{path}", json=body)


async def confirm(client: AsyncClient, token: str, password: str = NEW) -> int:
    return (await post(client, "password-reset/confirm", token=token, password=password)).status_code


def told(response: Response) -> str:
    """What an answer tells, but for the id that each request has."""
    return f"{response} {response.headers} {response.text}".replace(response.headers["x-request-id"], "")


async def passwords_that_fit(client: AsyncClient, email: str) -> list[str]:
    """Which of the old password and the new one logs in."""
    words = (factories.PASSWORD, NEW)
    return [word for word in words if (await factories.log_in(client, email, word)).status_code == 200]


async def test_me(client: AsyncClient, user: User) -> None:
    read = await client.get(ME)
    assert read.headers["cache-control"] == "private, no-cache"
    me = read.json()
    assert me.keys() == {"id", "email", "name", "created_at", "updated_at"}
    assert (me["id"], me["email"], me["created_at"][-1]) == (str(user.id), user.email, "Z")
    changed = (await client.patch(ME, json={"name": " Ada "})).json()
    assert changed["name"] == "Ada"
    assert datetime.fromisoformat(changed["updated_at"]) > datetime.fromisoformat(me["updated_at"])
    assert (await client.patch(ME, json={})).json() == (await client.get(ME)).json() == changed
    assert (await client.patch(ME, json={"name": None})).json()["name"] is None


async def test_register_tells_nothing(anonymous: AsyncClient, mailed: Mailed) -> None:
    first = await post(anonymous, "register", email=A, password=factories.PASSWORD)
    assert "Your account is ready" in await mailed()
    second = await post(anonymous, "register", email=A.upper(), password=NEW)
    assert "already have an account" in await mailed()
    assert told(first) == told(second)
    assert await passwords_that_fit(anonymous, A) == [factories.PASSWORD]


@pytest.mark.parametrize(
    "email", ["É@BÜCHER.example", "e\u0301@xn--bcher-kva.example", "é@\uff42ücher.example", "Ada <é@bücher.example>"]
)
async def test_one_address_has_one_user(anonymous: AsyncClient, email: str) -> None:
    for spelling, password in (("é@bücher.example", NEW), (email, "of somebody else")):
        assert (await post(anonymous, "register", email=spelling, password=password)).status_code == 202
    assert (await factories.log_in(anonymous, f" {email}", "of somebody else")).status_code == 401
    assert (await factories.log_in(anonymous, f" {email}", NEW)).status_code == 200
    assert (await anonymous.get(ME)).json()["email"] == "é@bücher.example"


@pytest.mark.parametrize("password", ["x" * 8, "x" * 73, "é" * 128, "e\u0301" * 128, "пароль и 🔑"])
async def test_good_password(anonymous: AsyncClient, user: User, mailed: Mailed, password: str) -> None:
    assert (await post(anonymous, "register", email=A, password=password)).status_code == 202
    assert await confirm(anonymous, await factories.mail_reset(anonymous, user.email, mailed), password) == 204
    for email in (A, user.email):
        assert (await factories.log_in(anonymous, email, unicodedata.normalize("NFD", password))).status_code == 200


@pytest.mark.parametrize(
    ("url", "field", "values"),
    [
        *((f"{URL}/{path}", "email", BAD_EMAILS) for path in ("register", "password-reset")),
        *((f"{URL}/{path}", "password", BAD_PASSWORDS) for path in ("register", "password-reset/confirm")),
        (f"{URL}/password-reset/confirm", "token", ["", "a\x00b", "x" * 1025]),
        (f"{ME}/password", "new_password", BAD_PASSWORDS),
        (ME, "name", ["", " ", "x" * 81, "a\x00b", 3]),
        *((ME, field, [1, A, ID]) for field in ("id", "email", "is_active", "is_admin", "owner_id", "session_version")),
        *((f"{URL}/register", field, [1, ID]) for field in ("is_admin", "is_active", "id", "owner_id", "name")),
    ],
)
async def test_wrong_body(client: AsyncClient, url: str, field: str, values: Iterable[object]) -> None:
    for value in values:
        method, body = ("POST", BODIES[url]) if url in BODIES else ("PATCH", {})
        response = await client.request(method, url, json=body | {field: value})
        assert (response.status_code, response.json()["errors"][0]["location"]) == (422, ["body", field])


async def test_login_and_reset_tell_nothing(
    anonymous: AsyncClient, user: User, sessions: Sessions, monkeypatch: pytest.MonkeyPatch, mailed: Mailed
) -> None:
    async with sessions.write.begin() as session:
        disabled = await factories.make_user(session, is_active=False)
    verify = MagicMock(wraps=security._hasher.verify_and_update)
    monkeypatch.setattr(security._hasher, "verify_and_update", verify)
    emails = (disabled.email, "unknown@example.com")
    tries = [(user.email, "x" * 1000), ("nobody", "wrong"), *((email, factories.PASSWORD) for email in emails)]
    failures = [await factories.log_in(anonymous, *credentials) for credentials in tries]
    answers = [await post(anonymous, "password-reset", email=email) for email in (user.email, *emails)]
    for alike, status in ((failures, 401), (answers, 202)):
        assert all(told(answer) == told(alike[0]) for answer in alike)
        assert alike[0].status_code == status
    assert verify.call_count == len(failures)  # Whoever is asked for, it costs one hash.
    assert (await mailed()).count("Subject: ") == 1


async def test_forgotten_password(client: AsyncClient, user: User, sessions: Sessions, mailed: Mailed) -> None:
    given = [await factories.mail_reset(client, email, mailed) for email in (user.email, user.email.upper())]
    assert given[1] not in await factories.dump(sessions)
    assert [await confirm(client, token) for token in (*given, given[1])] == [422, 204, 422]
    assert (await client.get(ME)).status_code == 401
    assert await passwords_that_fit(client, user.email) == [NEW]


async def test_reset_expires(client: AsyncClient, user: User, mailed: Mailed, monkeypatch: pytest.MonkeyPatch) -> None:
    assert timedelta(hours=1) == users.RESET_LIFETIME
    monkeypatch.setattr(users, "RESET_LIFETIME", timedelta(0))
    assert await confirm(client, await factories.mail_reset(client, user.email, mailed)) == 422


async def test_new_password_ends_every_session(client: AsyncClient, user: User, mailed: Mailed) -> None:
    await post(client, "register", email=A, password=factories.PASSWORD)
    given = [await factories.mail_reset(client, email, mailed) for email in (A, user.email)]
    for change, status in (({"current_password": "wrong"}, 422), ({"new_password": "short"}, 422), ({}, 204)):
        assert (await client.get(ME)).status_code == 200
        assert (await client.post(f"{ME}/password", json=BODIES[f"{ME}/password"] | change)).status_code == status
    assert (await client.get(ME)).status_code == 401
    assert [await passwords_that_fit(client, email) for email in (user.email, A)] == [[NEW], [factories.PASSWORD]]
    assert [await confirm(client, token) for token in given] == [204, 422]


async def test_password_changed_while_it_was_hashed(
    client: AsyncClient, user: User, sessions: Sessions, mailed: Mailed, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def change(*_arguments: str) -> object:
        async with sessions.write.begin() as session:
            found: Any = await users.find_by_email(session, user.email)
            assert await users.set_password(session, found, f"set meanwhile, after {found.session_version}")
        return DEFAULT

    monkeypatch.setattr(users, "hash_password", AsyncMock(side_effect=change, return_value="too late"))
    assert (await client.post(f"{ME}/password", json=BODIES[f"{ME}/password"])).status_code == 401
    assert await confirm(client, await factories.mail_reset(client, user.email, mailed)) == 422
    monkeypatch.setattr(users, "verify_password", AsyncMock(side_effect=change, return_value=(True, "too late")))
    await factories.log_in(client, user.email)
    assert (await client.get(ME)).status_code == 401
    assert "too late" not in await factories.dump(sessions)


@pytest.mark.settings(login_rate_limit="3/day")
class TestLimits:
    @pytest.mark.parametrize("url", [factories.LOGIN, *BODIES])
    async def test_tries_are_limited_by_address(self, client: AsyncClient, url: str) -> None:
        responses = [await client.post(url) for _ in range(3)]  # after a login
        assert [response.status_code for response in responses] == [422, 422, 429]
        assert int(responses[-1].headers["retry-after"]) > 0

    async def test_logins_are_limited_by_account(self, anonymous: AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
        addresses = iter(range(10))
        monkeypatch.setattr(security, "client_key", lambda _request: str(next(addresses)))
        emails = [A, A, f" {A.upper()}", f"{A} ", "b@example.com"]
        logins = [await factories.log_in(anonymous, email) for email in emails]
        assert [login.status_code for login in logins] == [401, 401, 401, 429, 401]
