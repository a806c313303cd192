import time
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import Key, KeySet, RSAKey
from starlette.responses import JSONResponse

from app.core.google import Google
from tests.fake_provider import FakeProvider


@cache
def make_key(kid: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig", "alg": "RS256"})


class FakeGoogle(FakeProvider):
    real = Google

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.key = make_key("first")
        self.published: list[Key] = [self.key]
        self.clock = 0
        self.changes: dict[str, Any] = {}
        self.forge: Callable[[str], str] = str
        self.answers["/keys"] = self.keys

    def replace(self, monkeypatch: pytest.MonkeyPatch) -> None:
        super().replace(monkeypatch)
        monkeypatch.setattr(Google, "keys_url", f"{self.url}/keys")

    def refuse_code(self) -> JSONResponse:
        return JSONResponse({"error": "invalid_grant", "error_description": "Bad Request"}, status_code=400)

    def tokens(self, nonce: str) -> dict[str, Any]:
        id_token = self.sign(nonce)
        return {"access_token": self.token, "token_type": "Bearer", "expires_in": 3599, "id_token": id_token}

    def sign(self, nonce: str) -> str:
        now = int(time.time()) + self.clock
        claims: dict[str, Any] = {"iat": now, "exp": now + 3600, "nonce": nonce}
        claims |= {"iss": "https://accounts.google.com", "aud": "the client", "azp": "the client"}
        claims |= {"sub": self.subject, "email": self.email, "email_verified": self.verified}
        given = {name: value for name, value in (claims | self.changes).items() if value is not None}
        return self.forge(jwt.encode({"alg": "RS256", "kid": self.key.kid}, given, self.key))

    async def keys(self, *asgi: Any) -> None:
        await JSONResponse(KeySet(self.published).as_dict(private=False))(*asgi)
