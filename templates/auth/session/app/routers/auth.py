from http import HTTPStatus

from fastapi import APIRouter, Depends, Response

from app.core.cookies import csrf_token, give_cookie, refuse_foreign_origin, take_cookie
from app.core.errors import problems
from app.core.security import limit_logins
from app.dependencies import (
    CurrentUser,
    LimiterDep,
    SessionCookie,
    SessionDep,
    SessionsDep,
    SessionToken,
    SettingsDep,
)
from app.schemas.auth import Login, SignedIn
from app.services import auth as service

router = APIRouter(prefix="/auth", tags=["auth"], responses=problems(HTTPStatus.UNAUTHORIZED))


@router.post("/login", dependencies=[Depends(limit_logins), Depends(refuse_foreign_origin)])
async def log_in(
    sessions: SessionsDep,
    settings: SettingsDep,
    limiter: LimiterDep,
    response: Response,
    old: SessionCookie,
    data: Login,
) -> SignedIn:
    await limiter.hit(settings.login_rate_limit, "account", data.email)
    token = await service.log_in(sessions, settings, data, old)
    return SignedIn(csrf_token=give_cookie(response, settings, token))


# For a page that was loaded again, and has lost the token that the login gave it.
@router.get("/session")
async def get_csrf_token(settings: SettingsDep, token: SessionToken, _user: CurrentUser) -> SignedIn:
    return SignedIn(csrf_token=csrf_token(settings, token))


@router.post("/logout", status_code=HTTPStatus.NO_CONTENT)
async def log_out(session: SessionDep, settings: SettingsDep, response: Response, token: SessionToken) -> None:
    await service.end(session, token)
    take_cookie(response, settings)
