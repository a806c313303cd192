from uuid import UUID

from pymongo import IndexModel

from app.models.base import Record


class OAuthAccount(Record):
    """One way into a user's account: an identity at a provider. A user has one at each provider."""

    COLLECTION = "oauth_accounts"
    INDEXES = (
        IndexModel([("provider", 1), ("subject", 1)], name="uq_oauth_accounts_provider_subject", unique=True),
        IndexModel([("user_id", 1), ("provider", 1)], name="uq_oauth_accounts_user_id_provider", unique=True),
    )

    user_id: UUID
    provider: str
    subject: str
