from uuid import UUID

from pymongo import IndexModel

from app.models.base import Record, UTCDateTime


class RefreshToken(Record):
    """The family of one login. Its tokens begin alike, so that each is known for one of them, however old it is.

    It is one document, so that a refresh is one atomic change, and the end of the family another.
    """

    COLLECTION = "refresh_tokens"
    INDEXES = (
        IndexModel("user_id", name="ix_refresh_tokens_user_id"),
        IndexModel("family_hash", name="uq_refresh_tokens_family_hash", unique=True),
        IndexModel("expires_at", name="ttl_refresh_tokens_expires_at", expireAfterSeconds=0),
    )

    user_id: UUID
    session_version: int
    family_hash: str
    token_hash: str
    """Of the one token that is good."""
    expires_at: UTCDateTime
    used_hash: str | None = None
    """Of the token before, and when it was used up."""
    used_at: UTCDateTime | None = None
