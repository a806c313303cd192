import time
from typing import Any

from authlib.integrations.httpx_client import AsyncOAuth2Client  # type: ignore[import-untyped]
from authlib.oidc.core import CodeIDToken  # type: ignore[import-untyped]
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError
from joserfc.jwk import KeySet
from pydantic import BaseModel

from app.core.oauth import Attempt, Identity, Provider

KEYS_LIFETIME = 3600
# For a clock that is not ours.
LEEWAY = 60


class Claims(BaseModel):
    sub: str
    email: str | None = None
    email_verified: bool = False


class Google(Provider):
    """OpenID Connect: who has signed in stands in a signed ID token."""

    name = "google"
    title = "Google"
    scope = "openid email"
    issuers = ("https://accounts.google.com", "accounts.google.com")
    authorize_url = "https://accounts.google.com/o/oauth2/v2/auth"
    exchange_url = "https://oauth2.googleapis.com/token"
    keys_url = "https://www.googleapis.com/oauth2/v3/certs"

    _keys: KeySet | None = None
    _keys_until = 0.0

    async def read(self, client: AsyncOAuth2Client, token: dict[str, Any], attempt: Attempt) -> Identity:
        found = await self._verify(client, token["id_token"])
        expected = {"iss": {"values": list(self.issuers)}, "aud": {"value": self.client_id}}
        given = {"nonce": attempt.nonce, "client_id": self.client_id, "access_token": token["access_token"]}
        CodeIDToken(found.claims, found.header, expected, given).validate(leeway=LEEWAY)
        claims = Claims.model_validate(found.claims)
        email = claims.email if claims.email_verified else None
        return Identity(provider=self.name, title=self.title, subject=claims.sub, email=email)

    async def _verify(self, client: AsyncOAuth2Client, id_token: str) -> jwt.Token:
        if self._keys is None or time.monotonic() > self._keys_until:
            self._keys = await self._fetch_keys(client)
        try:
            return jwt.decode(id_token, self._keys, algorithms=["RS256"])
        except InvalidKeyIdError:
            # Google signs with a key that is newer than ours.
            self._keys = await self._fetch_keys(client)
            return jwt.decode(id_token, self._keys, algorithms=["RS256"])

    async def _fetch_keys(self, client: AsyncOAuth2Client) -> KeySet:
        answer = (await client.request("GET", self.keys_url, withhold_token=True)).raise_for_status()
        keys = KeySet.import_key_set(answer.json())
        self._keys_until = time.monotonic() + KEYS_LIFETIME
        return keys
