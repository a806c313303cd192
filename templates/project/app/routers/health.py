"""For the orchestrator: is the process alive, and can it do its work."""

from http import HTTPStatus
from typing import Literal

import structlog
from anyio import fail_after
from fastapi import APIRouter
from pydantic import BaseModel

from app.core.database import ping
from app.core.errors import UnavailableError, problems
from app.dependencies import CacheDep, SessionsDep

router = APIRouter(prefix="/health", tags=["health"], responses=problems())
log = structlog.get_logger(__name__)


class Health(BaseModel):
    status: Literal["ok"] = "ok"


@router.get("/live")
async def live() -> Health:
    return Health()


@router.get("/ready", responses=problems(HTTPStatus.SERVICE_UNAVAILABLE))
async def ready(sessions: SessionsDep, cache: CacheDep) -> Health:
    # Nothing limits these requests: remembered for a second, a thousand of them are one question to the database.
    if await cache.get("process:ready"):
        return Health()
    try:
        with fail_after(3):
            await ping(sessions)
    except Exception as error:
        log.warning("not_ready", error=type(error).__name__)
        raise UnavailableError from error
    await cache.set("process:ready", True, expire=1)
    return Health()
