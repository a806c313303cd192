from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from app.schemas.base import TEXT, Input
from app.schemas.users import GivenPassword, Normalized, Password, UserEmail

OpaqueToken = Annotated[str, Field(min_length=1, max_length=256)]
Username = Annotated[Normalized, StringConstraints(strip_whitespace=True, to_lower=True, max_length=254, pattern=TEXT)]


class Registration(Input):
    email: UserEmail
    password: Password


class LoginForm(Input):
    """The password form of OAuth2; `username` is the e-mail address. Scopes and clients are not looked at."""

    grant_type: Literal["password"] = "password"
    username: Username
    password: GivenPassword
    scope: Annotated[str, Field(max_length=1024)] = ""
    client_id: Annotated[str | None, Field(max_length=1024)] = None
    client_secret: Annotated[str | None, Field(max_length=1024)] = None


class TokenPair(BaseModel):
    access_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105
    expires_in: int
    refresh_token: str


class RefreshRequest(Input):
    refresh_token: OpaqueToken


class PasswordResetRequest(Input):
    email: UserEmail


class PasswordResetConfirm(Input):
    token: OpaqueToken
    password: Password


class Accepted(BaseModel):
    detail: str
