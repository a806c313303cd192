import asyncio
import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any
from unittest.mock import AsyncMock, MagicMock

import pytest
from httpx2 import AsyncClient, Response
from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from app.core import security
from app.core.config import Settings
from app.models import PasswordReset, RefreshToken, User
from app.models.base import utc_now
from app.services import auth, users
from tests import factories

URL, ME = "/api/v1/auth", "/api/v1/users/me"
A, NEW = "a@example.com", "another good one"
BODIES = {
    "register": {"email": A, "password": NEW},
    "password-reset": {"email": A},
    "password-reset/confirm": {"token": "token", "password": NEW},
}
BAD_EMAILS = ("", "a", "a@b", "a\x00@example.com", f"{'a' * 250}@example.com", None)
BAD_PASSWORDS = ("x" * 7, "e\u0301" * 7, "x" * 129, "x" * 1024, "pass\x00word", 12345678, None)
Sessions = async_sessionmaker[AsyncSession]
ReadToken = Callable[[], str]

pytestmark = pytest.mark.usefixtures("quick_hashes")


async def post(client: AsyncClient, path: str, **body: Any) -> Response:
    return await client.post(f"{URL}/{path}", json=body)


async def log_in(client: AsyncClient, email: str, password: str = factories.PASSWORD, **more: str) -> Response:
    return await client.post(f"{URL}/token", data={"username": email, "password": password} | more)


async def refresh(client: AsyncClient, token: str) -> Response:
    return await post(client, "refresh", refresh_token=token)


async def confirm(client: AsyncClient, token: str, password: str = NEW) -> int:
    return (await post(client, "password-reset/confirm", token=token, password=password)).status_code


def told(response: Response) -> tuple[int, Any, Any]:
    """What an answer tells, but for the id that each request has."""
    body = {name: value for name, value in response.json().items() if name != "request_id"}
    headers = {name: value for name, value in response.headers.items() if name != "x-request-id"}
    return response.status_code, body, headers


@pytest.fixture
def read_token(capsys: pytest.CaptureFixture[str]) -> ReadToken:
    """The reset token that was mailed since the last call: it stands alone on its line."""

    def read() -> str:
        [token] = re.findall(r"^[\w-]{43}$", capsys.readouterr().out, re.MULTILINE)
        return str(token)

    return read


async def test_session_from_register_to_logout(anonymous: AsyncClient) -> None:
    assert (await post(anonymous, "register", email="New@Example.com", password=NEW)).status_code == 202
    first = (await log_in(anonymous, "new@example.com", NEW)).json()
    assert first.keys() == {"access_token", "token_type", "expires_in", "refresh_token"}
    assert (first["token_type"], first["expires_in"]) == ("bearer", 900)
    second = (await refresh(anonymous, first["refresh_token"])).json()
    for tokens in (first, second):
        headers = {"Authorization": f"Bearer {tokens['access_token']}"}
        assert (await anonymous.get(ME, headers=headers)).json()["email"] == "new@example.com"
    # A double tap is refused and ends nothing.
    assert (await refresh(anonymous, first["refresh_token"])).status_code == 401
    third = (await refresh(anonymous, second["refresh_token"])).json()["refresh_token"]
    for token in (third, third, "unknown"):
        assert (await post(anonymous, "logout", refresh_token=token)).status_code == 204
        assert (await refresh(anonymous, token)).status_code == 401


async def test_register_tells_nothing(
    anonymous: AsyncClient, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await post(anonymous, "register", email=A, password=factories.PASSWORD)
    assert "Your account is ready" in capsys.readouterr().out
    second = await post(anonymous, "register", email=A.upper(), password=NEW)
    monkeypatch.setattr(users, "find_by_email", AsyncMock(return_value=None))
    at_the_same_moment = await post(anonymous, "register", email=A, password=NEW)
    assert capsys.readouterr().out.count("already have an account") == 2
    assert told(first) == told(second) == told(at_the_same_moment)


@pytest.mark.parametrize("email", ["é@example.com", "É@EXAMPLE.com", "e\u0301@example.com"])
async def test_one_address_has_one_user(anonymous: AsyncClient, sessionmaker: Sessions, email: str) -> None:
    for spelling, password in (("é@example.com", NEW), (email, "of somebody else")):
        assert (await post(anonymous, "register", email=spelling, password=password)).status_code == 202
    assert (await log_in(anonymous, f" {email}", NEW)).status_code == 200
    async with sessionmaker() as session:
        assert (await session.scalars(select(User.email))).all() == ["é@example.com"]


@pytest.mark.parametrize("password", ["x" * 8, "x" * 73, "é" * 128, "e\u0301" * 128, "пароль и 🔑"])
async def test_good_password(anonymous: AsyncClient, user: User, read_token: ReadToken, password: str) -> None:
    assert (await post(anonymous, "register", email=A, password=password)).status_code == 202
    await post(anonymous, "password-reset", email=user.email)
    assert await confirm(anonymous, read_token(), password) == 204
    for email in (A, user.email):
        assert (await log_in(anonymous, email, unicodedata.normalize("NFD", password))).status_code == 200


@pytest.mark.parametrize(
    ("path", "field", "values"),
    [
        *((path, "email", BAD_EMAILS) for path in ("register", "password-reset")),
        *((path, "password", BAD_PASSWORDS) for path in ("register", "password-reset/confirm")),
        *(("register", field, [True]) for field in ("is_admin", "is_active", "id", "owner_id", "name")),
    ],
)
async def test_wrong_body(anonymous: AsyncClient, path: str, field: str, values: Iterable[object]) -> None:
    for value in values:
        response = await post(anonymous, path, **BODIES[path] | {field: value})
        assert response.status_code == 422
        assert response.json()["errors"][0]["location"] == ["body", field]


async def test_form_of_a_login(anonymous: AsyncClient, user: User) -> None:
    ignored = {"grant_type": "password", "scope": "", "client_id": "string", "client_secret": "********"}
    assert (await log_in(anonymous, user.email, **ignored)).status_code == 200
    wrong = [("username", "a\x00@example.com"), ("password", "a\x00b"), ("password", "x" * 1025), ("admin", "true")]
    for field, value in [*wrong, ("grant_type", "refresh_token")]:
        response = await anonymous.post(f"{URL}/token", data={"username": A, "password": NEW} | {field: value})
        assert response.status_code == 422
        assert response.json()["errors"][0]["location"] == ["body", field]


async def test_login_and_reset_tell_nothing(
    anonymous: AsyncClient,
    user: User,
    sessionmaker: Sessions,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    async with sessionmaker.begin() as session:
        disabled = await factories.make_user(session, is_active=False)
    verify = MagicMock(wraps=security._hasher.verify_and_update)
    monkeypatch.setattr(security._hasher, "verify_and_update", verify)
    failures = [await log_in(anonymous, user.email, password) for password in ("wrong", "x" * 1000)]
    failures += [await log_in(anonymous, email) for email in ("unknown@example.com", "no address", disabled.email)]
    assert all(told(failure) == told(failures[0]) for failure in failures)
    assert (failures[0].status_code, failures[0].headers["www-authenticate"]) == (401, "Bearer")
    # Whoever is asked for, it costs one hash.
    assert verify.call_count == len(failures)
    emails = (user.email, "unknown@example.com", disabled.email)
    answers = [await post(anonymous, "password-reset", email=email) for email in emails]
    assert answers[0].status_code == 202
    assert all(told(answer) == told(answers[0]) for answer in answers)
    assert capsys.readouterr().out.count("Subject: ") == 1


async def test_reuse_ends_the_family_and_no_other(committed: AsyncClient, engine: AsyncEngine) -> None:
    await post(committed, "register", email=A, password=NEW)
    first, other = [(await log_in(committed, A, NEW)).json()["refresh_token"] for _ in range(2)]
    second = (await refresh(committed, first)).json()["refresh_token"]
    async with engine.begin() as connection:
        used = update(RefreshToken).where(RefreshToken.used_at.is_not(None))
        await connection.execute(used.values(used_at=utc_now() - timedelta(seconds=11)))
    assert (await refresh(committed, first)).status_code == 401
    async with engine.connect() as connection:
        assert await connection.scalar(select(func.count()).select_from(RefreshToken)) == 1
    assert (await refresh(committed, second)).status_code == 401
    assert (await refresh(committed, other)).status_code == 200


async def test_of_two_at_once_one_wins(committed: AsyncClient, engine: AsyncEngine) -> None:
    answers = await asyncio.gather(*(post(committed, "register", email=A, password=NEW) for _ in range(4)))
    assert [answer.status_code for answer in answers] == [202] * 4
    token = (await log_in(committed, A, NEW)).json()["refresh_token"]
    answers = await asyncio.gather(*(refresh(committed, token) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401]
    async with engine.connect() as connection:
        assert await connection.scalar(select(func.count()).select_from(User)) == 1
        assert await connection.scalar(select(func.count()).where(RefreshToken.used_at.is_(None))) == 1


async def test_one_kind_of_token_is_not_another(client: AsyncClient, user: User, read_token: ReadToken) -> None:
    tokens = (await log_in(client, user.email)).json()
    await post(client, "password-reset", email=user.email)
    given = {"access": tokens["access_token"], "refresh": tokens["refresh_token"], "reset": read_token()}
    for kind in ("access", "reset"):
        assert (await refresh(client, given[kind])).status_code in {401, 422}
    for kind in ("refresh", "reset"):
        assert (await client.get(ME, headers={"Authorization": f"Bearer {given[kind]}"})).status_code == 401
    for kind in ("access", "refresh"):
        assert await confirm(client, given[kind]) == 422


async def test_forgotten_password(
    client: AsyncClient, user: User, sessionmaker: Sessions, read_token: ReadToken
) -> None:
    refresh_token = (await log_in(client, user.email)).json()["refresh_token"]
    given = []
    for email in (user.email, user.email.upper()):
        await post(client, "password-reset", email=email)
        given.append(read_token())
    async with sessionmaker() as session:
        reset = (await session.scalars(select(PasswordReset))).one()
    assert given[1] not in str(vars(reset))
    assert reset.expires_at - utc_now() <= timedelta(hours=1)
    assert [await confirm(client, token) for token in (*given, given[1])] == [422, 204, 422]
    assert (await client.get(ME)).status_code == 401
    assert (await refresh(client, refresh_token)).status_code == 401
    assert [(await log_in(client, user.email, word)).status_code for word in (factories.PASSWORD, NEW)] == [401, 200]


async def test_reset_dies_of_age(
    anonymous: AsyncClient, user: User, sessionmaker: Sessions, read_token: ReadToken
) -> None:
    await post(anonymous, "password-reset", email=user.email)
    async with sessionmaker.begin() as session:
        await session.execute(update(PasswordReset).values(expires_at=utc_now()))
    assert await confirm(anonymous, read_token()) == 422


async def test_password_changed_while_it_was_hashed(
    anonymous: AsyncClient, user: User, sessionmaker: Sessions, read_token: ReadToken, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def change(*_arguments: str) -> tuple[bool, None]:
        async with sessionmaker.begin() as session:
            await session.execute(update(User).values(token_version=User.token_version + 1))
            await session.execute(delete(PasswordReset))
        return True, None

    monkeypatch.setattr(auth, "verify_password", change)
    monkeypatch.setattr(auth, "hash_password", change)
    assert (await log_in(anonymous, user.email)).status_code == 401
    await post(anonymous, "password-reset", email=user.email)
    assert await confirm(anonymous, read_token()) == 422


class TestLimits:
    @pytest.fixture
    def app_settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"rate_limit": "5/minute", "login_rate_limit": "2/minute"})

    @pytest.fixture(autouse=True)
    def within_one_minute(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("time.time", lambda: 1_000_000_030.0)

    async def test_every_route_is_limited(self, anonymous: AsyncClient) -> None:
        assert [(await anonymous.get(ME)).status_code for _ in range(6)] == [401] * 5 + [429]

    @pytest.mark.parametrize("url", [f"{ME}/password", *(f"{URL}/{path}" for path in ("token", *BODIES))])
    async def test_tries_are_limited_by_address(self, client: AsyncClient, url: str) -> None:
        responses = [await client.post(url) for _ in range(3)]
        assert [response.status_code for response in responses] == [422, 422, 429]
        assert responses[-1].headers["retry-after"] == "50"

    async def test_refresh_does_not_count_as_a_login(self, anonymous: AsyncClient, user: User) -> None:
        token = (await log_in(anonymous, user.email)).json()["refresh_token"]
        for _ in range(3):
            token = (await refresh(anonymous, token)).json()["refresh_token"]
        assert (await log_in(anonymous, user.email)).status_code == 200

    async def test_logins_are_limited_by_account(self, anonymous: AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
        addresses = iter(range(10))
        monkeypatch.setattr(security, "client_key", lambda _request: str(next(addresses)))
        emails = [A, f" {A.upper()}", f"{A} ", "b@example.com"]
        assert [(await log_in(anonymous, email)).status_code for email in emails] == [401, 401, 429, 401]
