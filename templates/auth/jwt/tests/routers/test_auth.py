import asyncio
from datetime import timedelta
from hashlib import sha256

import pytest
from httpx2 import AsyncClient, Response

from app.core.config import Settings
from app.core.database import Sessions
from app.models import User
from app.models.base import utc_now
from app.services import auth, users
from tests import factories

URL, ME, PASSWORDS = "/api/v1/auth", "/api/v1/users/me", ("current_password", "new_password")
A = {"email": "a@example.com", "password": factories.PASSWORD}

pytestmark = [pytest.mark.usefixtures("quick_hashes"), pytest.mark.settings(refresh_token_days=20)]


async def log_in(client: AsyncClient, email: str) -> str:
    return str((await factories.log_in(client, email)).json()["refresh_token"])


async def refresh(client: AsyncClient, token: str) -> Response:
    return await client.post(f"{URL}/refresh", json={"refresh_token": token})


@pytest.mark.settings(access_token_minutes=20)
async def test_session_from_login_to_logout(anonymous: AsyncClient, user: User, sessions: Sessions) -> None:
    first = (await factories.log_in(anonymous, user.email)).json()
    assert first.keys() == {"access_token", "token_type", "expires_in", "refresh_token"}
    assert (first["token_type"], first["expires_in"], auth.GRACE) == ("bearer", 1200, timedelta(seconds=10))
    second = (await refresh(anonymous, first["refresh_token"])).json()
    for tokens in (first, second):
        headers = {"Authorization": f"Bearer {tokens['access_token']}"}
        assert (await anonymous.get(ME, headers=headers)).json()["email"] == user.email
    stored = await factories.dump(sessions)
    assert not any(tokens["refresh_token"] in stored for tokens in (first, second))
    # A double tap is refused and ends nothing.
    assert (await refresh(anonymous, first["refresh_token"])).status_code == 401
    third = (await refresh(anonymous, second["refresh_token"])).json()["refresh_token"]
    for token, statuses in ((third, (204, 401)), (third, (204, 401)), ("unknown", (204, 401)), ("a\x00b", (422, 422))):
        ended = await anonymous.post(f"{URL}/logout", json={"refresh_token": token})
        assert (ended.status_code, (await refresh(anonymous, token)).status_code) == statuses


async def test_form_of_a_login(anonymous: AsyncClient, user: User) -> None:
    form = {"username": user.email, "password": factories.PASSWORD}
    ignored = {"grant_type": "password", "scope": "", "client_id": "string", "client_secret": "********"}
    assert (await anonymous.post(factories.LOGIN, data=form | ignored)).status_code == 200
    nul = [(field, "a\x00b") for field in ("username", "password", "scope", "client_id", "client_secret")]
    for field, value in [*nul, ("password", "x" * 1025), ("admin", "true"), ("grant_type", "refresh_token")]:
        response = await anonymous.post(factories.LOGIN, data=form | {field: value})
        assert (response.status_code, response.json()["errors"][0]["location"]) == (422, ["body", field])


async def test_one_kind_of_token_is_not_another(anonymous: AsyncClient, user: User, sessions: Sessions) -> None:
    given = (await factories.log_in(anonymous, user.email)).json()
    async with sessions.write.begin() as session:
        given["reset_token"] = await users.request_reset(session, user.email)
    for kind in ("access_token", "reset_token"):
        assert (await refresh(anonymous, given[kind])).status_code == 401
    for wrong in ("", "Basic YTpi", f"Bearer {given['refresh_token']}", f"Bearer {given['reset_token']}"):
        refused = await anonymous.get(ME, headers={"Authorization": wrong})
        assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
    for kind in ("access_token", "refresh_token"):
        body = {"token": given[kind], "password": factories.PASSWORD}
        assert (await anonymous.post(f"{URL}/password-reset/confirm", json=body)).status_code == 422


async def test_reuse_ends_the_family_and_no_other(committed: AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    await committed.post(f"{URL}/register", json=A)
    first, other = [await log_in(committed, A["email"]) for _ in range(2)]
    second = (await refresh(committed, first)).json()["refresh_token"]
    monkeypatch.setattr(auth, "utc_now", lambda: utc_now() + timedelta(days=19))
    assert [(await refresh(committed, token)).status_code for token in (first, second)] == [401, 401]
    # The other family goes on, and of those who refresh it at once one wins.
    answers = await asyncio.gather(*(refresh(committed, other) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401]
    assert (await committed.post(f"{ME}/password", json=dict.fromkeys(PASSWORDS, A["password"]))).status_code == 204


async def test_refresh_token_dies_of_age_and_with_the_password(
    anonymous: AsyncClient, settings: Settings, user: User, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = await log_in(anonymous, user.email)
    async with sessions.write.begin() as session:
        disabled = await factories.make_user(session, is_active=False)
        of_disabled = await auth.start(session, settings, disabled)
    anonymous.headers["Authorization"] = f"Bearer {of_disabled.access_token}"
    assert (await anonymous.get(ME)).status_code == 401
    assert (await refresh(anonymous, of_disabled.refresh_token)).status_code == 401
    monkeypatch.setattr(auth, "utc_now", lambda: utc_now() + timedelta(days=20))
    assert (await refresh(anonymous, old)).status_code == 401
    given, swept = [old, await log_in(anonymous, user.email), of_disabled.refresh_token], []
    for _ in range(2):
        # A login sweeps out what is over, but nothing of anybody else.
        stored = await factories.dump(sessions)
        swept.append([sha256(token.encode()).hexdigest() not in stored for token in given])
        async with sessions.write.begin() as session:
            await users.set_password(session, user, user.password_hash)
        assert (await refresh(anonymous, given[1])).status_code == 401
        await log_in(anonymous, user.email)
    assert swept == [[True, False, False], [True, True, False]]
