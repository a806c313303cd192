"""What a job is, and when it is tried again."""

import random
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

from pydantic import BaseModel

from app.core.lifespan import State

MAX_ATTEMPTS = 10
FIRST_DELAY, LONGEST_DELAY = timedelta(seconds=10), timedelta(hours=1)

Data = TypeVar("Data", bound=BaseModel)


class JobState(State):
    """What a job may use. A job that did not come to its end runs again, under the same id."""

    job_id: UUID


Job = Callable[[JobState, Data], Awaitable[None]]


def delay_after(attempt: int) -> timedelta:
    """How long to wait after a failure: twice as long each time, and not to the second, or all would come at once."""
    jitter = random.uniform(0.75, 1.25)  # noqa: S311
    return jitter * min(FIRST_DELAY * 2.0 ** (attempt - 1), LONGEST_DELAY)
