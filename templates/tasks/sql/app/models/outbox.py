from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Record, UTCDateTime, utc_now


class OutboxJob(Record):
    """A job that is not done: the row goes when it is, and stays when the job is given up."""

    __tablename__ = "outbox"

    name: Mapped[str] = mapped_column(String(80))
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
    request_id: Mapped[str | None] = mapped_column(String(64))
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=utc_now, index=True)
    """When to hand it out: later than now while somebody has it, never when it is given up."""
    error: Mapped[str | None] = mapped_column(String(500))
