"""Work that no answer waits for."""

from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from fastapi import BackgroundTasks, Request
from pydantic import BaseModel

from app.core.lifespan import State

log = structlog.get_logger(__name__)
Job = Callable[[State, Any], Awaitable[None]]


class Later:
    """Does a job after the response, with sessions of its own. It is lost when the process ends before it."""

    def __init__(self, request: Request, background: BackgroundTasks) -> None:
        self._state: State = request.scope["state"]
        self._background = background

    async def __call__(self, _session: object, job: Job, data: BaseModel) -> None:
        self._background.add_task(self._run, job, data)

    async def _run(self, job: Job, data: BaseModel) -> None:
        try:
            await job(self._state, data)
        except Exception:
            log.exception("job_failed", job=job.__name__)
