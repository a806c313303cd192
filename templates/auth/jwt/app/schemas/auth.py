from typing import Annotated, Literal

from pydantic import BaseModel, Field

from app.schemas.base import TEXT, Input
from app.schemas.users import GivenEmail, GivenPassword, OpaqueToken

Ignored = Annotated[str, Field(max_length=1024, pattern=TEXT)]


class LoginForm(Input):
    """The password form of OAuth2; `username` is the e-mail address. Scopes and clients are not looked at."""

    grant_type: Literal["password"] = "password"
    username: GivenEmail
    password: GivenPassword
    scope: Ignored = ""
    client_id: Ignored | None = None
    client_secret: Ignored | None = None


class TokenPair(BaseModel):
    access_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105
    expires_in: int
    refresh_token: str


class RefreshRequest(Input):
    refresh_token: OpaqueToken
