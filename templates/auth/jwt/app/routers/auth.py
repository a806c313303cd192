from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Form

from app.core.errors import problems
from app.core.security import limit_logins
from app.dependencies import LimiterDep, SessionDep, SessionsDep, SettingsDep
from app.schemas.auth import LoginForm, RefreshRequest, TokenPair
from app.services import auth as service

router = APIRouter(prefix="/auth", tags=["auth"])
unauthorized = problems(HTTPStatus.UNAUTHORIZED)


@router.post("/token", dependencies=[Depends(limit_logins)], responses=unauthorized)
async def log_in(
    sessions: SessionsDep, settings: SettingsDep, limiter: LimiterDep, form: Annotated[LoginForm, Form()]
) -> TokenPair:
    await limiter.hit(settings.login_rate_limit, "account", form.username)
    return await service.log_in(sessions, settings, form)


# Not limited like a login: nobody guesses 256 bits, and all of an office may refresh through one address.
@router.post("/refresh", responses=unauthorized)
async def refresh(sessions: SessionsDep, settings: SettingsDep, data: RefreshRequest) -> TokenPair:
    return await service.refresh(sessions, settings, data.refresh_token)


@router.post("/logout", status_code=HTTPStatus.NO_CONTENT)
async def log_out(session: SessionDep, data: RefreshRequest) -> None:
    await service.end(session, data.refresh_token)
