from pydantic import BaseModel

from app.schemas.base import Input
from app.schemas.users import GivenEmail, GivenPassword


class Login(Input):
    email: GivenEmail
    password: GivenPassword


class SignedIn(BaseModel):
    """The cookie holds the session; this is what a page sends beside it, in X-CSRF-Token."""

    csrf_token: str
