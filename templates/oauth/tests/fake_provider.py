"""Providers that run beside the tests and are asked over real HTTP, as strict as the real ones."""

import base64
import hashlib
import secrets
import socket
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any, ClassVar, TypeVar
from urllib.parse import parse_qsl, urlsplit

import pytest
import uvicorn
from httpx2 import AsyncClient, Response
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from app.core.oauth import Provider

URL = "/api/v1/auth/oauth"


class FakeProvider(ABC):
    """Signs in one person, without a question. A test changes who it is, or what a path answers."""

    real: ClassVar[type[Provider]]
    secret = "secret of the client"
    token = "token for the API"
    subject = "1234567890"
    email = "ada@example.com"
    verified = True

    def __init__(self, url: str) -> None:
        self.url = url
        self.name = self.real.name
        self.settings = {f"{self.name}_client_id": "the client", f"{self.name}_client_secret": self.secret}
        self.granted: dict[str, dict[str, str]] = {}
        self.asked: list[str] = []
        self.connections: set[Any] = set()
        self.answers: dict[str, ASGIApp] = {"/exchange": self.exchange}

    def replace(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Stand where the real one is."""
        monkeypatch.setattr(self.real, "exchange_url", f"{self.url}/exchange")

    def agree(self, url: str) -> dict[str, str]:
        """What happens in the browser: a person signs in and is sent back, with this query."""
        query = dict(parse_qsl(urlsplit(url).query))
        assert url.startswith(f"{self.real.authorize_url}?")
        assert (query["response_type"], query["client_id"]) == ("code", "the client")
        assert query["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe()
        self.granted[code] = query
        return {"code": code, "state": query["state"]}

    async def exchange(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A code is good once, for the client and address that it was given to, and with what was hashed for it."""
        form = dict(parse_qsl((await Request(scope, receive).body()).decode()))
        query = self.granted.pop(form["code"], {})
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).decode()
        if (form["client_id"], form["client_secret"]) != ("the client", self.secret):
            answer = JSONResponse({"error": "invalid_client"}, status_code=401)
        elif (form["redirect_uri"], challenge.rstrip("=")) != (query.get("redirect_uri"), query.get("code_challenge")):
            answer = self.refuse_code()
        else:
            answer = JSONResponse(self.tokens(query["nonce"]))
        await answer(scope, receive, send)

    @abstractmethod
    def refuse_code(self) -> JSONResponse: ...

    @abstractmethod
    def tokens(self, nonce: str) -> dict[str, Any]: ...

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked.append(scope["path"])
        self.connections.add(tuple(scope["client"]))
        await self.answers[scope["path"]](scope, receive, send)


Fake = TypeVar("Fake", bound=FakeProvider)


class ProviderServer:
    """One server for all tests, with the provider of the one that runs."""

    provider: FakeProvider

    def __init__(self, url: str) -> None:
        self.url = url

    def use(self, kind: type[Fake], monkeypatch: pytest.MonkeyPatch) -> Fake:
        fake = kind(self.url)
        fake.replace(monkeypatch)
        self.provider = fake
        return fake

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.provider(scope, receive, send)


@contextmanager
def serve_providers() -> Iterator[ProviderServer]:
    """In a thread, so that it is another loop than that of the application."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        served = ProviderServer(f"http://127.0.0.1:{listening.getsockname()[1]}")
        quiet: dict[str, Any] = {"lifespan": "off", "ws": "none", "log_config": None}
        server = uvicorn.Server(uvicorn.Config(served, **quiet, timeout_keep_alive=60, timeout_graceful_shutdown=1))
        thread = Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            yield served
        finally:
            server.should_exit = True
            thread.join()


async def begin(client: AsyncClient, fake: FakeProvider) -> dict[str, str]:
    """Start a sign-in, and return the query that the browser comes back with."""
    return fake.agree((await client.get(f"{URL}/{fake.name}")).headers["location"])


async def come_back(client: AsyncClient, fake: FakeProvider, query: dict[str, str]) -> Response:
    return await client.get(f"{URL}/{fake.name}/callback", params=query)


async def sign_in(client: AsyncClient, fake: FakeProvider) -> Response:
    return await come_back(client, fake, await begin(client, fake))
