import re
import unicodedata
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from anyio import create_task_group
from httpx2 import AsyncClient, Response
from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from app.core import security
from app.core.config import Settings
from app.models import PasswordReset, RefreshToken, User
from app.models.base import utc_now
from app.services import auth
from tests import factories

URL = "/api/v1/auth"
NEW = "another good one"
Sessions = async_sessionmaker[AsyncSession]
ReadMail = Callable[[], str]

pytestmark = pytest.mark.usefixtures("quick_hashes")


async def log_in(client: AsyncClient, email: str, password: str = factories.PASSWORD) -> Response:
    return await client.post(f"{URL}/token", data={"username": email, "password": password})


async def refresh(client: AsyncClient, token: str) -> Response:
    return await client.post(f"{URL}/refresh", json={"refresh_token": token})


async def register(client: AsyncClient, email: str, password: str = factories.PASSWORD) -> Response:
    return await client.post(f"{URL}/register", json={"email": email, "password": password})


async def confirm(client: AsyncClient, token: str, password: str = NEW) -> int:
    body = {"token": token, "password": password}
    return (await client.post(f"{URL}/password-reset/confirm", json=body)).status_code


@pytest.fixture
def read_token(capsys: pytest.CaptureFixture[str]) -> ReadMail:
    """The reset token of the last mail: it stands alone on its line."""

    def read() -> str:
        found = re.search(r"^[\w-]{43}$", capsys.readouterr().out, re.MULTILINE)
        assert found
        return found[0]

    return read


def told(response: Response) -> tuple[int, Any, Any]:
    """What an answer tells, but for the id that each request has."""
    body = {name: value for name, value in response.json().items() if name != "request_id"}
    headers = {name: value for name, value in response.headers.items() if name != "x-request-id"}
    return response.status_code, body, headers


async def test_register_and_log_in(anonymous: AsyncClient) -> None:
    assert (await register(anonymous, "New@Example.com")).status_code == 202
    tokens = (await log_in(anonymous, "new@example.com")).json()
    assert tokens.keys() == {"access_token", "token_type", "expires_in", "refresh_token"}
    assert (tokens["token_type"], tokens["expires_in"]) == ("bearer", 900)
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert (await anonymous.get("/api/v1/users/me", headers=headers)).json()["email"] == "new@example.com"


async def test_register_tells_nothing(anonymous: AsyncClient, capsys: pytest.CaptureFixture[str]) -> None:
    first = await register(anonymous, "a@example.com")
    assert "Your account is ready" in capsys.readouterr().out
    second = await register(anonymous, "A@example.com", NEW)
    assert "already have an account" in capsys.readouterr().out
    assert told(first) == told(second)
    assert (await log_in(anonymous, "a@example.com", NEW)).status_code == 401


@pytest.mark.parametrize("email", ["é@example.com", "É@EXAMPLE.com", " e\u0301@example.com "])
async def test_one_address_has_one_user(anonymous: AsyncClient, sessionmaker: Sessions, email: str) -> None:
    for spelling in ("é@example.com", email.strip()):
        assert (await register(anonymous, spelling)).status_code == 202
    assert (await log_in(anonymous, email)).status_code == 200
    async with sessionmaker() as session:
        assert (await session.scalars(select(User.email))).all() == ["é@example.com"]


@pytest.mark.parametrize(
    ("password", "status"),
    [
        ("x" * 7, 422),
        ("x" * 8, 202),
        ("x" * 73, 202),
        ("é" * 128, 202),
        ("e\u0301" * 128, 202),
        ("x" * 129, 422),
        ("e\u0301" * 7, 422),
        ("x" * 1024, 422),
        ("pass\x00word", 422),
        ("пароль и 🔑", 202),
        (12345678, 422),
        (None, 422),
    ],
)
async def test_passwords_that_can_be_chosen(
    anonymous: AsyncClient, user: User, read_token: ReadMail, password: Any, status: int
) -> None:
    await anonymous.post(f"{URL}/password-reset", json={"email": user.email})
    assert await confirm(anonymous, read_token(), password) == {202: 204}.get(status, status)
    assert (await register(anonymous, "a@example.com", password)).status_code == status
    if status == 202:
        other_form = unicodedata.normalize("NFD", password)
        assert (await log_in(anonymous, "a@example.com", other_form)).status_code == 200


@pytest.mark.parametrize("email", ["", "a", "a@b", "a\x00@example.com", f"{'a' * 250}@example.com", None])
async def test_addresses_that_are_none(anonymous: AsyncClient, email: Any) -> None:
    assert (await register(anonymous, email)).status_code == 422
    assert (await anonymous.post(f"{URL}/password-reset", json={"email": email})).status_code == 422


@pytest.mark.parametrize("field", ["is_admin", "is_active", "id", "owner_id", "name"])
async def test_nobody_makes_himself_more(anonymous: AsyncClient, field: str) -> None:
    body = {"email": "a@example.com", "password": NEW, field: True}
    assert (await anonymous.post(f"{URL}/register", json=body)).status_code == 422


async def test_login_failures_are_alike(anonymous: AsyncClient, user: User, sessionmaker: Sessions) -> None:
    async with sessionmaker.begin() as session:
        disabled = await factories.make_user(session, is_active=False)
    answers = [
        await log_in(anonymous, user.email, "wrong"),
        await log_in(anonymous, user.email, "x" * 1000),
        await log_in(anonymous, "unknown@example.com"),
        await log_in(anonymous, "no address"),
        await log_in(anonymous, disabled.email),
    ]
    assert all(told(answer) == told(answers[0]) for answer in answers)
    assert answers[0].status_code == 401
    assert answers[0].headers["www-authenticate"] == "Bearer"


async def test_unknown_user_costs_one_verification(
    anonymous: AsyncClient, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified = []
    verify = security._hasher.verify_and_update

    def count(password: str, password_hash: str) -> tuple[bool, str | None]:
        verified.append(password_hash)
        return verify(password, password_hash)

    monkeypatch.setattr(security._hasher, "verify_and_update", count)
    await log_in(anonymous, "unknown@example.com")
    await log_in(anonymous, user.email, "wrong")
    assert len(verified) == 2
    assert verified[0].startswith("$argon2id$")


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"username": "a@example.com"},
        {"username": "a\x00@example.com", "password": NEW},
        {"username": "a@example.com", "password": "a\x00b"},
        {"username": "a@example.com", "password": "x" * 1025},
        {"username": "a@example.com", "password": NEW, "grant_type": "refresh_token"},
    ],
)
async def test_forms_that_are_no_login(anonymous: AsyncClient, form: dict[str, str]) -> None:
    assert (await anonymous.post(f"{URL}/token", data=form)).status_code == 422


async def test_form_of_an_oauth_client(anonymous: AsyncClient, user: User) -> None:
    form = {"grant_type": "password", "username": user.email, "password": factories.PASSWORD}
    extra = {"scope": "", "client_id": "string", "client_secret": "********"}
    assert (await anonymous.post(f"{URL}/token", data=form | extra)).status_code == 200


async def test_refresh_rotates(anonymous: AsyncClient, user: User) -> None:
    first = (await log_in(anonymous, user.email)).json()["refresh_token"]
    second = (await refresh(anonymous, first)).json()["refresh_token"]
    assert (await refresh(anonymous, first)).status_code == 401
    third = await refresh(anonymous, second)
    assert third.status_code == 200
    headers = {"Authorization": f"Bearer {third.json()['access_token']}"}
    assert (await anonymous.get("/api/v1/users/me", headers=headers)).status_code == 200


async def test_reuse_is_seen_by_everybody(committed: AsyncClient, engine: AsyncEngine) -> None:
    await register(committed, "a@example.com")
    first = (await log_in(committed, "a@example.com")).json()["refresh_token"]
    second = (await refresh(committed, first)).json()["refresh_token"]
    async with engine.begin() as connection:
        used = RefreshToken.used_at.is_not(None)
        await connection.execute(update(RefreshToken).where(used).values(used_at=utc_now() - timedelta(minutes=1)))
    assert (await refresh(committed, first)).status_code == 401
    async with engine.connect() as connection:
        assert await connection.scalar(select(func.count()).select_from(RefreshToken)) == 0
    assert (await refresh(committed, second)).status_code == 401


async def test_of_two_refreshes_at_once_one_wins(committed: AsyncClient, engine: AsyncEngine) -> None:
    await register(committed, "a@example.com")
    token = (await log_in(committed, "a@example.com")).json()["refresh_token"]
    statuses: list[int] = []

    async def use() -> None:
        statuses.append((await refresh(committed, token)).status_code)

    async with create_task_group() as group:
        for _ in range(4):
            group.start_soon(use)
    assert sorted(statuses) == [200, 401, 401, 401]
    async with engine.connect() as connection:
        unused = select(func.count()).where(RefreshToken.used_at.is_(None))
        assert await connection.scalar(unused) == 1


async def test_registrations_at_once_make_one_user(committed: AsyncClient, engine: AsyncEngine) -> None:
    statuses: list[int] = []

    async def post() -> None:
        statuses.append((await register(committed, "same@example.com")).status_code)

    async with create_task_group() as group:
        for _ in range(4):
            group.start_soon(post)
    assert statuses == [202] * 4
    async with engine.connect() as connection:
        assert await connection.scalar(select(func.count()).select_from(User)) == 1


async def test_one_kind_of_token_is_not_another(client: AsyncClient, user: User, read_token: ReadMail) -> None:
    tokens = (await log_in(client, user.email)).json()
    await client.post(f"{URL}/password-reset", json={"email": user.email})
    reset = read_token()
    for token in (tokens["access_token"], reset):
        assert (await refresh(client, token)).status_code in {401, 422}
    for token in (tokens["refresh_token"], reset):
        headers = {"Authorization": f"Bearer {token}"}
        assert (await client.get("/api/v1/users/me", headers=headers)).status_code == 401
    for token in (tokens["access_token"], tokens["refresh_token"]):
        assert await confirm(client, token) == 422


async def test_logout_ends_the_family(anonymous: AsyncClient, user: User) -> None:
    token, other = [(await log_in(anonymous, user.email)).json()["refresh_token"] for _ in range(2)]
    for given in (token, token, "unknown"):
        assert (await anonymous.post(f"{URL}/logout", json={"refresh_token": given})).status_code == 204
    assert (await refresh(anonymous, token)).status_code == 401
    assert (await refresh(anonymous, "unknown")).status_code == 401
    assert (await refresh(anonymous, other)).status_code == 200


async def test_forgotten_password(
    client: AsyncClient, user: User, sessionmaker: Sessions, read_token: ReadMail
) -> None:
    tokens = (await log_in(client, user.email)).json()
    await client.post(f"{URL}/password-reset", json={"email": user.email.upper()})
    old = read_token()
    await client.post(f"{URL}/password-reset", json={"email": user.email})
    token = read_token()
    async with sessionmaker() as session:
        reset = (await session.scalars(select(PasswordReset))).one()
    assert token not in str(vars(reset))
    assert reset.expires_at - utc_now() <= timedelta(hours=1)
    assert await confirm(client, old) == 422
    assert await confirm(client, token) == 204
    assert await confirm(client, token) == 422
    assert (await client.get("/api/v1/users/me")).status_code == 401
    assert (await refresh(client, tokens["refresh_token"])).status_code == 401
    assert (await log_in(client, user.email)).status_code == 401
    assert (await log_in(client, user.email, NEW)).status_code == 200


async def test_reset_tells_nothing(
    anonymous: AsyncClient, user: User, sessionmaker: Sessions, capsys: pytest.CaptureFixture[str]
) -> None:
    async with sessionmaker.begin() as session:
        disabled = await factories.make_user(session, is_active=False)
    answers = [
        await anonymous.post(f"{URL}/password-reset", json={"email": email})
        for email in (user.email, "unknown@example.com", disabled.email)
    ]
    assert {told(answer)[0] for answer in answers} == {202}
    assert all(told(answer) == told(answers[0]) for answer in answers)
    assert capsys.readouterr().out.count("Subject: ") == 1


async def test_reset_too_old(anonymous: AsyncClient, user: User, sessionmaker: Sessions, read_token: ReadMail) -> None:
    await anonymous.post(f"{URL}/password-reset", json={"email": user.email})
    async with sessionmaker.begin() as session:
        await session.execute(update(PasswordReset).values(expires_at=utc_now()))
    assert await confirm(anonymous, read_token()) == 422


async def test_reset_dies_with_a_change_of_the_password(client: AsyncClient, user: User, read_token: ReadMail) -> None:
    await client.post(f"{URL}/password-reset", json={"email": user.email})
    body = {"current_password": factories.PASSWORD, "new_password": NEW}
    assert (await client.post("/api/v1/users/me/password", json=body)).status_code == 204
    assert await confirm(client, read_token()) == 422


class TestChangedMeanwhile:
    """While a hash is computed no transaction is open, so the world may change."""

    @pytest.fixture
    def meanwhile(self, monkeypatch: pytest.MonkeyPatch, user: User, sessionmaker: Sessions) -> None:
        async def hash_password(password: str) -> str:
            async with sessionmaker.begin() as session:
                await session.execute(update(User).values(token_version=User.token_version + 1))
                await session.execute(delete(PasswordReset))
            return password

        async def verify_password(password: str, _hash: str) -> tuple[bool, None]:
            await hash_password(password)
            return True, None

        monkeypatch.setattr(auth, "hash_password", hash_password)
        monkeypatch.setattr(auth, "verify_password", verify_password)

    @pytest.mark.usefixtures("meanwhile")
    async def test_login_with_the_password_of_before(self, anonymous: AsyncClient, user: User) -> None:
        assert (await log_in(anonymous, user.email)).status_code == 401

    @pytest.mark.usefixtures("meanwhile")
    async def test_reset_token_used_by_another(self, anonymous: AsyncClient, user: User, read_token: ReadMail) -> None:
        await anonymous.post(f"{URL}/password-reset", json={"email": user.email})
        assert await confirm(anonymous, read_token()) == 422


class TestLimits:
    @pytest.fixture
    def app_settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"rate_limit": "30/minute", "login_rate_limit": "2/minute"})

    async def test_every_route_is_limited(self, anonymous: AsyncClient) -> None:
        statuses = [(await anonymous.get("/api/v1/users/me")).status_code for _ in range(31)]
        assert statuses == [401] * 30 + [429]

    @pytest.mark.parametrize("path", ["token", "register", "password-reset", "password-reset/confirm"])
    async def test_tries_are_limited_by_address(self, anonymous: AsyncClient, path: str) -> None:
        responses = [await anonymous.post(f"{URL}/{path}", json={}) for _ in range(3)]
        assert [response.status_code for response in responses] == [422, 422, 429]
        assert 1 <= int(responses[-1].headers["retry-after"]) <= 60

    async def test_refresh_does_not_count_as_a_login(self, anonymous: AsyncClient, user: User) -> None:
        token = (await log_in(anonymous, user.email)).json()["refresh_token"]
        for _ in range(5):
            response = await refresh(anonymous, token)
            assert response.status_code == 200
            token = response.json()["refresh_token"]
        assert (await log_in(anonymous, user.email)).status_code == 200

    async def test_logins_are_limited_by_account(self, anonymous: AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
        addresses = iter(range(10))
        monkeypatch.setattr("app.core.security.client_key", lambda _request: str(next(addresses)))
        spellings = ["a@example.com", " A@example.com", "a@EXAMPLE.com ", "b@example.com"]
        statuses = [(await log_in(anonymous, email)).status_code for email in spellings]
        assert statuses == [401, 401, 429, 401]
