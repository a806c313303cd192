from pymongo import IndexModel

from app.models.base import Record, UTCDateTime


class User(Record):
    COLLECTION = "users"
    INDEXES = (IndexModel("email", name="uq_users_email", unique=True),)

    email: str
    name: str | None = None
    password_hash: str
    is_active: bool = True
    session_version: int = 0
    """Every session and every reset names it; raising it ends them all."""


class PasswordReset(Record):
    """A forgotten password. Its id is that of the user, so that a new one takes the place of the one before."""

    COLLECTION = "password_resets"
    INDEXES = (
        IndexModel("token_hash", name="uq_password_resets_token_hash", unique=True),
        IndexModel("expires_at", name="ttl_password_resets_expires_at", expireAfterSeconds=0),
    )

    session_version: int
    token_hash: str
    expires_at: UTCDateTime
