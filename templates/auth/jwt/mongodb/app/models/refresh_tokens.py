from uuid import UUID

from pydantic import BaseModel, Field
from pymongo import IndexModel

from app.models.base import Record, UTCDateTime


class UsedToken(BaseModel):
    token_hash: str
    used_at: UTCDateTime


class RefreshToken(Record):
    """The family of one login: the token that is good, and those that were used up.

    It is one document, so that a refresh is one atomic change, and the end of the family another.
    """

    COLLECTION = "refresh_tokens"
    INDEXES = (
        IndexModel("user_id", name="ix_refresh_tokens_user_id"),
        IndexModel("token_hash", name="uq_refresh_tokens_token_hash", unique=True),
        IndexModel("used.token_hash", name="ix_refresh_tokens_used_token_hash"),
        IndexModel("expires_at", name="ttl_refresh_tokens_expires_at", expireAfterSeconds=0),
    )

    user_id: UUID
    session_version: int
    token_hash: str
    expires_at: UTCDateTime
    used: list[UsedToken] = Field(default_factory=list)
