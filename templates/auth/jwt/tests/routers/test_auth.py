import re
import unicodedata
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest.mock import MagicMock

import pytest
from anyio import create_task_group
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
Sessions = async_sessionmaker[AsyncSession]
ReadToken = Callable[[], str]

pytestmark = pytest.mark.usefixtures("quick_hashes")


async def post(client: AsyncClient, path: str, **body: Any) -> Response:
    return await client.post(f"{URL}/{path}", json=body)


async def log_in(client: AsyncClient, email: str, password: str = factories.PASSWORD) -> Response:
    return await client.post(f"{URL}/token", data={"username": email, "password": password})


async def refresh(client: AsyncClient, token: str) -> Response:
    return await post(client, "refresh", refresh_token=token)


async def confirm(client: AsyncClient, token: str, password: Any = NEW) -> int:
    return (await post(client, "password-reset/confirm", token=token, password=password)).status_code


async def all_at_once(call: Callable[[], Any], times: int) -> list[int]:
    statuses: list[int] = []

    async def note() -> None:
        statuses.append((await call()).status_code)

    async with create_task_group() as group:
        for _ in range(times):
            group.start_soon(note)
    return sorted(statuses)


@pytest.fixture
def read_token(capsys: pytest.CaptureFixture[str]) -> ReadToken:
    """The reset token that was mailed since the last call: it stands alone on its line."""

    def read() -> str:
        [token] = re.findall(r"^[\w-]{43}$", capsys.readouterr().out, re.MULTILINE)
        return str(token)

    return read


def told(response: Response) -> tuple[int, Any, Any]:
    """What an answer tells, but for the id that each request has."""
    body = {name: value for name, value in response.json().items() if name != "request_id"}
    headers = {name: value for name, value in response.headers.items() if name != "x-request-id"}
    return response.status_code, body, headers


async def test_session_from_register_to_logout(anonymous: AsyncClient) -> None:
    assert (await post(anonymous, "register", email="New@Example.com", password=NEW)).status_code == 202
    first, other = [(await log_in(anonymous, "new@example.com", NEW)).json() for _ in range(2)]
    assert first.keys() == {"access_token", "token_type", "expires_in", "refresh_token"}
    assert (first["token_type"], first["expires_in"]) == ("bearer", 900)
    second = (await refresh(anonymous, first["refresh_token"])).json()
    for tokens in (first, second):
        headers = {"Authorization": f"Bearer {tokens['access_token']}"}
        assert (await anonymous.get(ME, headers=headers)).json()["email"] == "new@example.com"
    assert (await refresh(anonymous, first["refresh_token"])).status_code == 401
    for token in (second["refresh_token"], second["refresh_token"], "unknown"):
        assert (await post(anonymous, "logout", refresh_token=token)).status_code == 204
        assert (await refresh(anonymous, token)).status_code == 401
    assert (await refresh(anonymous, other["refresh_token"])).status_code == 200


async def test_register_tells_nothing(
    anonymous: AsyncClient, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def find_nobody(_session: AsyncSession, _email: str) -> None:
        return None

    first = await post(anonymous, "register", email=A, password=factories.PASSWORD)
    assert "Your account is ready" in capsys.readouterr().out
    second = await post(anonymous, "register", email=A.upper(), password=NEW)
    monkeypatch.setattr(users, "find_by_email", find_nobody)
    at_the_same_moment = await post(anonymous, "register", email=A, password=NEW)
    assert capsys.readouterr().out.count("already have an account") == 2
    assert told(first) == told(second) == told(at_the_same_moment)
    monkeypatch.undo()
    assert (await log_in(anonymous, A, NEW)).status_code == 401


@pytest.mark.parametrize("email", ["é@example.com", "É@EXAMPLE.com", "e\u0301@example.com"])
async def test_one_address_has_one_user(anonymous: AsyncClient, sessionmaker: Sessions, email: str) -> None:
    for spelling in ("é@example.com", email):
        assert (await post(anonymous, "register", email=spelling, password=NEW)).status_code == 202
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


@pytest.mark.parametrize("password", ["x" * 7, "e\u0301" * 7, "x" * 129, "x" * 1024, "pass\x00word", 12345678, None])
async def test_bad_password(anonymous: AsyncClient, password: Any) -> None:
    assert (await post(anonymous, "register", email=A, password=password)).status_code == 422
    assert await confirm(anonymous, "token", password) == 422


@pytest.mark.parametrize(
    "body",
    [
        *({"email": email} for email in ("", "a", "a@b", "a\x00@example.com", f"{'a' * 250}@example.com", None)),
        *({field: True} for field in ("is_admin", "is_active", "id", "owner_id", "name")),
    ],
)
async def test_bad_registration(anonymous: AsyncClient, body: dict[str, Any]) -> None:
    assert (await post(anonymous, "register", **{"email": A, "password": NEW} | body)).status_code == 422
    assert (await post(anonymous, "password-reset", **{"email": A} | body)).status_code == 422


async def test_login_failures_are_alike(
    anonymous: AsyncClient, user: User, sessionmaker: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    verify = MagicMock(wraps=security._hasher.verify_and_update)
    monkeypatch.setattr(security._hasher, "verify_and_update", verify)
    async with sessionmaker.begin() as session:
        disabled = await factories.make_user(session, is_active=False)
    answers = [await log_in(anonymous, user.email, password) for password in ("wrong", "x" * 1000)]
    answers += [await log_in(anonymous, email) for email in ("unknown@example.com", "no address", disabled.email)]
    assert all(told(answer) == told(answers[0]) for answer in answers)
    assert answers[0].status_code == 401
    assert answers[0].headers["www-authenticate"] == "Bearer"
    # Whoever is asked for, it costs one hash.
    assert verify.call_count == len(answers)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"grant_type": "password", "scope": "", "client_id": "string", "client_secret": "********"}, 200),
        ({"username": "a\x00@example.com"}, 422),
        ({"password": "a\x00b"}, 422),
        ({"password": "x" * 1025}, 422),
        ({"password": None}, 422),
        ({"grant_type": "refresh_token"}, 422),
        ({"admin": "true"}, 422),
    ],
)
async def test_form_of_a_login(anonymous: AsyncClient, user: User, changes: dict[str, Any], status: int) -> None:
    form = {"username": user.email, "password": factories.PASSWORD} | changes
    response = await anonymous.post(f"{URL}/token", data={name: value for name, value in form.items() if value})
    assert response.status_code == status


async def test_reuse_is_seen_by_everybody(committed: AsyncClient, engine: AsyncEngine) -> None:
    await post(committed, "register", email=A, password=NEW)
    first = (await log_in(committed, A, NEW)).json()["refresh_token"]
    second = (await refresh(committed, first)).json()["refresh_token"]
    async with engine.begin() as connection:
        used = update(RefreshToken).where(RefreshToken.used_at.is_not(None))
        await connection.execute(used.values(used_at=utc_now() - timedelta(minutes=1)))
    assert (await refresh(committed, first)).status_code == 401
    async with engine.connect() as connection:
        assert await connection.scalar(select(func.count()).select_from(RefreshToken)) == 0
    assert (await refresh(committed, second)).status_code == 401


async def test_of_two_at_once_one_wins(committed: AsyncClient, engine: AsyncEngine) -> None:
    statuses = await all_at_once(lambda: post(committed, "register", email=A, password=NEW), 4)
    assert statuses == [202] * 4
    token = (await log_in(committed, A, NEW)).json()["refresh_token"]
    assert await all_at_once(lambda: refresh(committed, token), 4) == [200, 401, 401, 401]
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
        headers = {"Authorization": f"Bearer {given[kind]}"}
        assert (await client.get(ME, headers=headers)).status_code == 401
    for kind in ("access", "refresh"):
        assert await confirm(client, given[kind]) == 422


async def test_forgotten_password(
    client: AsyncClient, user: User, sessionmaker: Sessions, read_token: ReadToken
) -> None:
    tokens = (await log_in(client, user.email)).json()
    await post(client, "password-reset", email=user.email.upper())
    old = read_token()
    await post(client, "password-reset", email=user.email)
    token = read_token()
    async with sessionmaker() as session:
        reset = (await session.scalars(select(PasswordReset))).one()
    assert token not in str(vars(reset))
    assert reset.expires_at - utc_now() <= timedelta(hours=1)
    assert [await confirm(client, given) for given in (old, token, token)] == [422, 204, 422]
    assert (await client.get(ME)).status_code == 401
    assert (await refresh(client, tokens["refresh_token"])).status_code == 401
    assert (await log_in(client, user.email)).status_code == 401
    assert (await log_in(client, user.email, NEW)).status_code == 200


async def test_reset_tells_nothing(
    anonymous: AsyncClient, user: User, sessionmaker: Sessions, capsys: pytest.CaptureFixture[str]
) -> None:
    async with sessionmaker.begin() as session:
        disabled = await factories.make_user(session, is_active=False)
    emails = (user.email, "unknown@example.com", disabled.email)
    answers = [await post(anonymous, "password-reset", email=email) for email in emails]
    assert answers[0].status_code == 202
    assert all(told(answer) == told(answers[0]) for answer in answers)
    assert capsys.readouterr().out.count("Subject: ") == 1


async def test_reset_dies_of_age_and_of_a_change(
    client: AsyncClient, user: User, sessionmaker: Sessions, read_token: ReadToken
) -> None:
    await post(client, "password-reset", email=user.email)
    async with sessionmaker.begin() as session:
        await session.execute(update(PasswordReset).values(expires_at=utc_now()))
    assert await confirm(client, read_token()) == 422
    await post(client, "password-reset", email=user.email)
    body = {"current_password": factories.PASSWORD, "new_password": NEW}
    assert (await client.post(f"{ME}/password", json=body)).status_code == 204
    assert await confirm(client, read_token()) == 422


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
        return settings.model_copy(update={"rate_limit": "20/minute", "login_rate_limit": "2/minute"})

    async def test_every_route_is_limited(self, anonymous: AsyncClient) -> None:
        assert [(await anonymous.get(ME)).status_code for _ in range(21)] == [401] * 20 + [429]

    @pytest.mark.parametrize("path", ["token", "register", "password-reset", "password-reset/confirm"])
    async def test_tries_are_limited_by_address(self, anonymous: AsyncClient, path: str) -> None:
        responses = [await post(anonymous, path) for _ in range(3)]
        assert [response.status_code for response in responses] == [422, 422, 429]
        assert 1 <= int(responses[-1].headers["retry-after"]) <= 60

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
