"""For the orchestrator: is the process alive, and can it do its work."""

from functools import partial
from http import HTTPStatus
from typing import Literal

import structlog
from anyio import fail_after
from fastapi import APIRouter, Request
from pydantic import BaseModel

from app.core.database import Sessions, ping
from app.core.errors import UnavailableError, problems
from app.dependencies import CacheDep, SessionsDep

router = APIRouter(prefix="/health", tags=["health"], responses=problems())
log = structlog.get_logger(__name__)
PATIENCE_SECONDS = 3


class Health(BaseModel):
    status: Literal["ok"] = "ok"


@router.get("/live")
async def live() -> Health:
    return Health()


@router.get("/ready", responses=problems(HTTPStatus.SERVICE_UNAVAILABLE))
async def ready(request: Request, sessions: SessionsDep, cache: CacheDep) -> Health:
    # Nothing limits these requests: however many there are, the database is asked once a second.
    async with request.state["asking"]:
        is_ready = await cache.get_or_set("process:ready", partial(_ask, sessions), expire=1)
    if not is_ready:
        raise UnavailableError
    return Health()


async def _ask(sessions: Sessions) -> bool:
    try:
        with fail_after(PATIENCE_SECONDS):
            await ping(sessions)
    except Exception as error:
        log.warning("not_ready", error=type(error).__name__)
        return False
    return True
