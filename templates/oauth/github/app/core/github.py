from typing import Any

from authlib.integrations.httpx_client import AsyncOAuth2Client  # type: ignore[import-untyped]
from httpx2 import Response
from pydantic import BaseModel, TypeAdapter

from app.core.oauth import Attempt, Identity, Provider

HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}


class Account(BaseModel):
    id: int


class Address(BaseModel):
    email: str
    primary: bool
    verified: bool


addresses = TypeAdapter(list[Address])


class GitHub(Provider):
    """OAuth2 without OpenID Connect: who has signed in is asked of the API."""

    name = "github"
    title = "GitHub"
    scope = "user:email"
    wrong_code = "bad_verification_code"
    authorize_url = "https://github.com/login/oauth/authorize"
    exchange_url = "https://github.com/login/oauth/access_token"
    user_url = "https://api.github.com/user"
    emails_url = "https://api.github.com/user/emails"

    async def read(self, client: AsyncOAuth2Client, token: dict[str, Any], attempt: Attempt) -> Identity:
        account = Account.model_validate_json(await self._get(client, self.user_url))
        given = addresses.validate_json(await self._get(client, self.emails_url))
        email = next((address.email for address in given if address.primary and address.verified), None)
        return Identity(provider=self.name, title=self.title, subject=str(account.id), email=email)

    async def _get(self, client: AsyncOAuth2Client, url: str) -> bytes:
        answer: Response = await client.get(url, headers=HEADERS)
        return answer.raise_for_status().content
