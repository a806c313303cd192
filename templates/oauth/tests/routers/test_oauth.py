import asyncio
import logging
import socket
from contextlib import AsyncExitStack
from http.cookies import Morsel, SimpleCookie
from itertools import product
from ssl import CERT_REQUIRED
from typing import Any, cast
from unittest.mock import AsyncMock
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient, Response
from pydantic import SecretStr, ValidationError
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.types import ASGIApp

from app.core import oauth, providers
from app.core.config import Settings
from app.core.database import Sessions
from app.core.errors import FOREIGN_ERRORS, UnavailableError
from app.core.logging import configure_logging
from app.core.mail import Mail
from app.core.oauth import Attempt, Identity
from app.main import create_app
from app.models import User
from app.services import oauth_accounts
from app.services.later import Later
from app.services.oauth import open_account
from tests import factories
from tests.conftest import serve
from tests.factories import Mailed
from tests.fake_provider import URL, FakeProvider, begin, come_back, sign_in

AUTH, ME = "/api/v1/auth", "/api/v1/users/me"
PROBLEM = "application/problem+json"
# The head {"alg": "HS256", "crit": 1}, which is not a list.
CRITICAL = "eyJhbGciOiJIUzI1NiIsImNyaXQiOjF9.e30.e30"

pytestmark = pytest.mark.usefixtures("quick_hashes")


@pytest.fixture
def app(settings: Settings, fake: FakeProvider, request: pytest.FixtureRequest) -> FastAPI:
    marker = request.node.get_closest_marker("settings")
    changes = marker.kwargs if marker else {}
    return create_app(Settings.model_validate(settings.model_dump() | fake.settings | changes))


async def get_me(client: AsyncClient, signed_in: Response) -> dict[str, Any]:
    assert signed_in.status_code == 200
    factories.keep(client, signed_in)
    me: dict[str, Any] = (await client.get(ME)).raise_for_status().json()
    return me


def kept(response: Response) -> Morsel[str]:
    return SimpleCookie(response.headers["set-cookie"])["oauth"]


async def test_one_person_has_one_account(
    anonymous: AsyncClient, fake: FakeProvider, sessions: Sessions, mailed: Mailed
) -> None:
    fake.email = "Ada@Example.com"
    first = await get_me(anonymous, await sign_in(anonymous, fake))
    assert first["email"] == "ada@example.com"
    # An account is that of its identity, whatever the address is now.
    fake.email, fake.verified = "new@example.com", False
    assert await get_me(anonymous, await sign_in(anonymous, fake)) == first
    assert fake.subject in await factories.dump(sessions)
    assert "Subject: " not in await mailed()


async def test_browser_keeps_the_attempt_until_it_is_over(anonymous: AsyncClient, fake: FakeProvider) -> None:
    started = await anonymous.get(f"{URL}/{fake.name}")
    cookie = kept(started)
    assert started.status_code == 302
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"], cookie["path"]) == (True, "lax", "600", URL)
    query = fake.agree(started.headers["location"])
    assert (await come_back(anonymous, fake, query | {"state": "wrong é"})).status_code == 400
    assert fake.asked == []
    # What a provider adds is ignored, whatever it is.
    ended = await come_back(anonymous, fake, query | {"iss": "x", "surprise": "\x00" * 3000})
    assert (ended.status_code, ended.headers["cache-control"]) == (200, "no-store")
    assert kept(ended)["max-age"] == "0"
    assert (await come_back(anonymous, fake, query)).status_code == 400
    # A browser that did not forget it still has a code that is used up.
    anonymous.cookies.set("oauth", cookie.value)
    assert (await come_back(anonymous, fake, query)).status_code == 400


async def test_nobody_else_can_come_back(
    anonymous: AsyncClient, fake: FakeProvider, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = await begin(anonymous, fake)
    attempt = Attempt(provider=fake.name, state=query["state"], nonce="n", verifier="v" * 43)
    key = settings.secret_key
    of_another_key = attempt.sign(SecretStr(key.get_secret_value()[::-1]))
    of_another_provider = attempt.model_copy(update={"provider": "other"}).sign(key)
    of_another_browser = kept(await anonymous.get(f"{URL}/{fake.name}")).value
    monkeypatch.setattr(oauth, "LIFETIME", 0)
    too_old = attempt.sign(key)
    for signed in ("", "a.b.c", CRITICAL, of_another_key, of_another_provider, of_another_browser, too_old):
        anonymous.cookies.clear()
        anonymous.cookies.set("oauth", signed)
        response = await come_back(anonymous, fake, query)
        assert (response.status_code, response.headers["content-type"]) == (400, PROBLEM)
    assert fake.asked == []


async def test_attempt_that_fails_is_over(anonymous: AsyncClient, fake: FakeProvider) -> None:
    query = await begin(anonymous, fake)
    refused = {"state": query["state"], "error": "access_denied", "error_description": "no"}
    response = await come_back(anonymous, fake, refused)
    assert response.status_code == 400
    assert kept(response)["max-age"] == "0"
    assert "access_denied" not in response.text
    assert (await come_back(anonymous, fake, query)).status_code == 400
    assert fake.asked == []


async def test_code_is_good_for_who_asked(anonymous: AsyncClient, fake: FakeProvider, settings: Settings) -> None:
    query = await begin(anonymous, fake)
    anonymous.cookies.clear()
    other = Attempt(provider=fake.name, state=query["state"], nonce="n", verifier="v" * 43)
    anonymous.cookies.set("oauth", other.sign(settings.secret_key))
    assert (await come_back(anonymous, fake, query)).status_code == 400
    assert fake.asked == ["/exchange"]
    fake.secret = "changed over there"
    anonymous.cookies.clear()
    assert (await sign_in(anonymous, fake)).status_code == 502


async def test_unverified_address_opens_nothing(
    anonymous: AsyncClient, fake: FakeProvider, user: User, sessions: Sessions
) -> None:
    fake.verified = False
    for fake.email in (user.email, "nobody@example.com"):
        response = await sign_in(anonymous, fake)
        assert (response.status_code, response.headers["content-type"]) == (403, PROBLEM)
    kept_rows = await factories.dump(sessions)
    assert "nobody@example.com" not in kept_rows
    assert fake.subject not in kept_rows


async def test_first_link_ends_what_a_stranger_may_have(
    client: AsyncClient, fake: FakeProvider, user: User, mailed: Mailed
) -> None:
    elsewhere = client.build_request("GET", ME)
    client.cookies.clear()
    token = await factories.mail_reset(client, user.email, mailed)
    fake.email = user.email.upper()
    me = await get_me(client, await sign_in(client, fake))
    assert me["id"] == str(user.id)
    assert (await client.send(elsewhere)).status_code == 401
    reset = {"token": token, "password": factories.PASSWORD}
    assert (await client.post(f"{AUTH}/password-reset/confirm", json=reset)).status_code == 422
    assert (await factories.log_in(client, user.email)).status_code == 401
    mail = await mailed()
    assert f"To: {user.email}" in mail
    assert f"sign in with {fake.real.title}." in mail
    assert "no longer good" in mail


async def test_account_of_a_proven_address_keeps_its_password(
    client: AsyncClient, fake: FakeProvider, user: User, sessions: Sessions, mailed: Mailed
) -> None:
    async with sessions.write.begin() as session:
        await factories.make_oauth_account(session, user, provider="other")
    elsewhere = client.build_request("GET", ME)
    client.cookies.clear()
    fake.email = user.email
    assert (await get_me(client, await sign_in(client, fake)))["id"] == str(user.id)
    assert (await client.send(elsewhere)).status_code == 200
    assert (await factories.log_in(client, user.email)).status_code == 200
    mail = await mailed()
    assert f"sign in with {fake.real.title}." in mail
    assert "no longer good" not in mail


async def test_link_waits_for_nothing_of_its_own(committed: AsyncClient, fake: FakeProvider) -> None:
    body = {"email": fake.email, "password": factories.PASSWORD}
    assert (await committed.post(f"{AUTH}/register", json=body)).status_code == 202
    assert (await get_me(committed, await sign_in(committed, fake)))["email"] == fake.email


async def test_notice_goes_with_the_link(sessions: Sessions, user: User) -> None:
    identity = Identity(provider="github", title="GitHub", subject="1", email=user.email)
    linked = []

    async def later(session: Any, _job: object, mail: Mail) -> None:
        found = await oauth_accounts.find_user(session, identity)
        linked.append((mail.to, found is not None and found.id))

    await open_account(sessions, cast("Later", later), identity)
    assert linked == [(user.email, user.id)]


@pytest.mark.parametrize("known", [True, False])
async def test_first_sign_ins_at_once_are_one_account(
    app: FastAPI, committed: AsyncClient, fake: FakeProvider, known: bool
) -> None:
    if known:
        body = {"email": fake.email, "password": factories.PASSWORD}
        assert (await committed.post(f"{AUTH}/register", json=body)).status_code == 202
    async with AsyncExitStack() as stack:
        browsers = [await stack.enter_async_context(serve(app)) for _ in range(4)]
        answers = await asyncio.gather(*(sign_in(browser, fake) for browser in browsers))
        assert [answer.status_code for answer in answers] == [200] * 4
        people = [await get_me(browser, await sign_in(browser, fake)) for browser in browsers]
    assert len({me["id"] for me in people}) == 1


async def test_attempt_is_over_however_it_ends(
    anonymous: AsyncClient, fake: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    errors = [UnavailableError(), *(kind.__new__(kind) for kind in FOREIGN_ERRORS)]
    for error, path in product(errors, ("oauth_accounts.find_user", "auth.start")):
        with monkeypatch.context() as patch:
            patch.setattr(f"app.services.{path}", AsyncMock(side_effect=error))
            response = await sign_in(anonymous, fake)
        assert response.status_code in {409, 503}
        assert kept(response)["max-age"] == "0"


async def test_address_that_has_another_owner_now(anonymous: AsyncClient, fake: FakeProvider) -> None:
    assert (await sign_in(anonymous, fake)).status_code == 200
    fake.subject = "99"
    response = await sign_in(anonymous, fake)
    assert (response.status_code, response.headers["content-type"]) == (409, PROBLEM)


@pytest.mark.parametrize("linked", [True, False])
async def test_disabled_user_is_refused_as_by_a_login(
    anonymous: AsyncClient, fake: FakeProvider, sessions: Sessions, linked: bool
) -> None:
    async with sessions.write.begin() as session:
        disabled = await factories.make_user(session, is_active=False)
        if linked:
            await factories.make_oauth_account(session, disabled, provider=fake.name, subject=fake.subject)
    fake.email = disabled.email
    refused, logged_in = await sign_in(anonymous, fake), await factories.log_in(anonymous, disabled.email)
    assert (fake.subject in await factories.dump(sessions)) is linked
    assert refused.status_code == logged_in.status_code == 401
    assert refused.headers.get("www-authenticate") == logged_in.headers.get("www-authenticate")


async def test_account_without_a_password(anonymous: AsyncClient, fake: FakeProvider, mailed: Mailed) -> None:
    body = {"email": fake.email, "password": factories.PASSWORD}
    me = await get_me(anonymous, await sign_in(anonymous, fake))
    change = {"current_password": "", "new_password": factories.PASSWORD}
    assert (await anonymous.post(f"{ME}/password", json=change)).status_code == 422
    assert (await anonymous.post(f"{AUTH}/register", json=body)).status_code == 202
    assert (await factories.log_in(anonymous, fake.email)).status_code == 401
    await mailed()
    token = await factories.mail_reset(anonymous, fake.email, mailed)
    reset = {"token": token, "password": factories.PASSWORD}
    assert (await anonymous.post(f"{AUTH}/password-reset/confirm", json=reset)).status_code == 204
    assert (await factories.log_in(anonymous, fake.email)).status_code == 200
    assert await get_me(anonymous, await sign_in(anonymous, fake)) | {"updated_at": ""} == me | {"updated_at": ""}


ANSWERS: list[tuple[ASGIApp, int]] = [
    (PlainTextResponse("", status_code=500), 503),
    (PlainTextResponse("", status_code=404), 503),
    (PlainTextResponse("<html>"), 502),
    (JSONResponse("text"), 502),
    (JSONResponse({}), 502),
    (JSONResponse({"keys": []}), 502),
    (JSONResponse({"error": ["what"]}), 502),
    (JSONResponse({"access_token": 1, "token_type": 2, "id_token": 3, "expires_in": "soon"}), 502),
]


async def test_provider_out_of_order(anonymous: AsyncClient, fake: FakeProvider) -> None:
    for path, usual in list(fake.answers.items()):
        for answer, status in ANSWERS:
            fake.answers[path] = answer
            response = await sign_in(anonymous, fake)
            assert (response.status_code, response.headers["content-type"]) == (status, PROBLEM)
            assert ("retry-after" in response.headers) is (status == 503)
            assert "<html>" not in response.text
        fake.answers[path] = usual


async def test_provider_that_is_slow(
    anonymous: AsyncClient, fake: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def wait(*_asgi: object) -> None:
        await asyncio.sleep(0.5)

    monkeypatch.setattr(oauth, "TIMEOUT", 0.1)
    fake.answers["/exchange"] = wait
    assert (await sign_in(anonymous, fake)).status_code == 503


async def test_provider_that_is_not_there(
    anonymous: AsyncClient, fake: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        monkeypatch.setattr(fake.real, "exchange_url", f"http://127.0.0.1:{nobody.getsockname()[1]}/exchange")
        assert (await sign_in(anonymous, fake)).status_code == 503


async def test_connections_are_shared(anonymous: AsyncClient, fake: FakeProvider) -> None:
    for _ in range(3):
        assert (await sign_in(anonymous, fake)).status_code == 200
    assert len(fake.connections) == 1
    assert providers._tls.verify_mode is CERT_REQUIRED


async def test_log_holds_no_secret(
    anonymous: AsyncClient,
    fake: FakeProvider,
    settings: Settings,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    configure_logging(settings)  # The log goes where stderr is now.
    caplog.set_level(logging.DEBUG)
    started = await anonymous.get(f"{URL}/{fake.name}")
    query, signed = fake.agree(started.headers["location"]), kept(started).value
    assert (await come_back(anonymous, fake, query)).status_code == 200
    attempt = Attempt.check(signed, settings.secret_key, fake.name, query["state"])
    # The client of the tests tells what it asks for; that is not a line of the application.
    written = "".join(line for line in capsys.readouterr().err.splitlines() if "http://test" not in line)
    assert "/exchange" in written
    for secret in (query["code"], signed, *attempt.model_dump(exclude={"provider"}).values(), fake.secret, fake.token):
        assert secret not in written


@pytest.mark.parametrize("path", ["unknown", "unknown/callback?state=x"])
async def test_unknown_provider(anonymous: AsyncClient, path: str) -> None:
    response = await anonymous.get(f"{URL}/{path}")
    assert (response.status_code, response.headers["content-type"]) == (404, PROBLEM)


class TestWithoutCredentials:
    @pytest.fixture
    def app(self, settings: Settings) -> FastAPI:
        return create_app(settings)

    @pytest.mark.parametrize("path", ["", "/callback?state=x"])
    async def test_provider_is_not_there(self, anonymous: AsyncClient, fake: FakeProvider, path: str) -> None:
        assert (await anonymous.get(f"{URL}/{fake.name}{path}")).status_code == 404

    def test_half_of_them_stops_the_program(self, settings: Settings, fake: FakeProvider) -> None:
        for name, value in fake.settings.items():
            with pytest.raises(ValidationError, match=f"{fake.name}_client_secret") as refused:
                Settings.model_validate(settings.model_dump() | {name: value})
            assert fake.secret not in str(refused.value)

    def test_production_needs_https(self, settings: Settings, fake: FakeProvider) -> None:
        given = settings.model_dump() | {"environment": "production", "mail_url": "smtp://mail?from=shop@example.com"}
        assert Settings.model_validate(given)
        with pytest.raises(ValidationError, match=f"{fake.name}_client_secret"):
            Settings.model_validate(given | fake.settings)


def test_wrong_callback_url(settings: Settings) -> None:
    hosts = ("", "shop.example/{provider}", "https://{provider}", "https://a@shop.example/{provider}")
    paths = ("callback", "{provider}?next=x", "{provider}#x", "{other}/{provider}")
    for url in (*hosts, *(f"https://shop.example/{path}" for path in paths)):
        with pytest.raises(ValidationError, match="oauth_callback_url"):
            Settings.model_validate(settings.model_dump() | {"oauth_callback_url": url})


@pytest.mark.settings(environment="staging", oauth_callback_url="https://shop.example/{provider}")
async def test_cookie_is_for_https_and_the_way_back_is_the_one_set(anonymous: AsyncClient, fake: FakeProvider) -> None:
    started = await anonymous.get(f"{URL}/{fake.name}")
    assert kept(started)["secure"]
    query = parse_qs(urlsplit(started.headers["location"]).query)
    assert query["redirect_uri"] == [f"https://shop.example/{fake.name}"]


@pytest.mark.settings(login_rate_limit="2/minute")
async def test_callbacks_are_limited_as_logins_are(
    anonymous: AsyncClient, fake: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.time", lambda: 1_000_000_030.0)
    responses = [await come_back(anonymous, fake, {"state": "x"}) for _ in range(3)]
    assert [response.status_code for response in responses] == [400, 400, 429]
