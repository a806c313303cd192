from typing import Any

from pydantic import Field
from pymongo import IndexModel

from app.models.base import Record, UTCDateTime, utc_now


class OutboxJob(Record):
    """A job that is not done: the document goes when it is, and stays when the job is given up."""

    COLLECTION = "outbox"
    INDEXES = (IndexModel("due_at", name="ix_outbox_due_at"),)

    name: str
    data: dict[str, Any]
    request_id: str | None = None
    attempts: int = 0
    due_at: UTCDateTime | None = Field(default_factory=utc_now)
    """When to hand it out: later than now while somebody has it, never when it is given up."""
    error: str | None = None
