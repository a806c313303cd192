import unicodedata
from typing import Annotated

from pydantic import MISSING, AfterValidator, BaseModel, BeforeValidator, EmailStr, Field, validate_email

from app.schemas.base import TEXT, Input, NonBlank, RecordRead, Text


def normalize(value: object) -> object:
    """One spelling for what looks the same, whichever keyboard it came from."""
    return unicodedata.normalize("NFC", value) if isinstance(value, str) else value


def spell_as_registered(value: str) -> str:
    """One address has many spellings, such as two of a domain beyond ASCII."""
    try:
        return validate_email(value)[1].lower()
    except ValueError:
        return value.lower()


Normalized = Annotated[str, BeforeValidator(normalize)]
UserEmail = Annotated[EmailStr, AfterValidator(str.lower), Field(max_length=254)]
Password = Annotated[Normalized, Field(min_length=8, max_length=128, pattern=TEXT)]
# Not new ones, so that any other is just wrong; but a hash of a megabyte would be work for nothing.
GivenEmail = Annotated[Text, AfterValidator(spell_as_registered), Field(max_length=254)]
GivenPassword = Annotated[Normalized, Field(max_length=1024, pattern=TEXT)]
Name = Annotated[NonBlank, Field(max_length=80)]
OpaqueToken = Annotated[str, Field(min_length=1, max_length=1024, pattern=TEXT)]


class Registration(Input):
    email: UserEmail
    password: Password


class ResetRequest(Input):
    email: UserEmail


class ResetConfirm(Input):
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
