import unicodedata
from typing import Annotated

from pydantic import MISSING, AfterValidator, BaseModel, BeforeValidator, EmailStr, Field

from app.schemas.base import TEXT, Input, NonBlank, RecordRead, Text


def normalize(value: object) -> object:
    """One spelling for what looks the same, whichever keyboard it came from."""
    return unicodedata.normalize("NFC", value) if isinstance(value, str) else value


Normalized = Annotated[str, BeforeValidator(normalize)]
UserEmail = Annotated[EmailStr, BeforeValidator(normalize), AfterValidator(str.lower), Field(max_length=254)]
Password = Annotated[Normalized, Field(min_length=8, max_length=128, pattern=TEXT)]
# Not new ones, so that any other is just wrong; but a hash of a megabyte would be work for nothing.
GivenEmail = Annotated[Text, BeforeValidator(normalize), AfterValidator(str.lower), Field(max_length=254)]
GivenPassword = Annotated[Normalized, Field(max_length=1024, pattern=TEXT)]
Name = Annotated[NonBlank, Field(max_length=80)]
OpaqueToken = Annotated[str, Field(min_length=1, max_length=256)]


class Registration(Input):
    email: UserEmail
    password: Password


class PasswordResetRequest(Input):
    email: UserEmail


class PasswordResetConfirm(Input):
    token: OpaqueToken
    password: Password


class Accepted(BaseModel):
    detail: str


class UserRead(RecordRead):
    email: str
    name: str | None


class UserUpdate(Input):
    """Only what is given changes."""

    name: Name | MISSING | None = MISSING


class PasswordChange(Input):
    current_password: GivenPassword
    new_password: Password
