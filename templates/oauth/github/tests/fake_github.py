from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from app.core.github import GitHub
from tests.fake_provider import FakeProvider


class FakeGitHub(FakeProvider):
    real = GitHub

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.emails: list[Any] | None = None
        self.answers |= {"/user": self.user, "/emails": self.user}

    def replace(self, monkeypatch: pytest.MonkeyPatch) -> None:
        super().replace(monkeypatch)
        monkeypatch.setattr(GitHub, "user_url", f"{self.url}/user")
        monkeypatch.setattr(GitHub, "emails_url", f"{self.url}/emails")

    def refuse_code(self) -> JSONResponse:
        # There a refusal is a success.
        return JSONResponse({"error": "bad_verification_code", "error_description": "Incorrect or expired."})

    def tokens(self, nonce: str) -> dict[str, Any]:
        return {"access_token": self.token, "scope": "user:email", "token_type": "bearer"}

    async def user(self, scope: Scope, receive: Receive, send: Send) -> None:
        if Request(scope).headers.get("authorization") != f"Bearer {self.token}":
            answer = JSONResponse({"message": "Bad credentials"}, status_code=401)
        elif scope["path"] == "/user":
            answer = JSONResponse({"id": int(self.subject), "login": "ada", "email": None})
        else:
            address = {"email": self.email, "primary": True, "verified": self.verified, "visibility": None}
            answer = JSONResponse([address] if self.emails is None else self.emails)
        await answer(scope, receive, send)
