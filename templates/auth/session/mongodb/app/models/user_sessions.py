from uuid import UUID

from pymongo import IndexModel

from app.models.base import Record, UTCDateTime


class UserSession(Record):
    """A user who is signed in with one browser, which has the token in a cookie."""

    COLLECTION = "user_sessions"
    INDEXES = (
        IndexModel("user_id", name="ix_user_sessions_user_id"),
        IndexModel("token_hash", name="uq_user_sessions_token_hash", unique=True),
        IndexModel("expires_at", name="ttl_user_sessions_expires_at", expireAfterSeconds=0),
    )

    user_id: UUID
    session_version: int
    token_hash: str
    expires_at: UTCDateTime
    last_used_at: UTCDateTime
