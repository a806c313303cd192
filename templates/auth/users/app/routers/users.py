"""Registration, forgotten passwords, and what users see and change of themselves."""

from http import HTTPStatus

from fastapi import APIRouter, Depends

from app.core.api import ETagRoute
from app.core.errors import problems
from app.core.mail import Mail
from app.core.security import limit_logins
from app.dependencies import CurrentUser, DetachedUser, LaterDep, SessionDep, SessionsDep
from app.models import User
from app.schemas import users as schemas
from app.services import users as service

router = APIRouter(tags=["users"], route_class=ETagRoute)
limited = [Depends(limit_logins)]
unauthorized = problems(HTTPStatus.UNAUTHORIZED)


@router.post("/auth/register", status_code=HTTPStatus.ACCEPTED, dependencies=limited)
async def register(session: SessionDep, later: LaterDep, data: schemas.Registration) -> schemas.Accepted:
    subject, text = await service.register(session, data)
    await later(session, service.send_mail, Mail(to=data.email, subject=subject, text=text))
    return schemas.Accepted(detail="We sent a message to this address.")


@router.post("/auth/password-reset", status_code=HTTPStatus.ACCEPTED, dependencies=limited)
async def request_password_reset(session: SessionDep, later: LaterDep, data: schemas.ResetRequest) -> schemas.Accepted:
    await later(session, service.send_reset_token, data)
    return schemas.Accepted(detail="If the address is known, we sent a message to it.")


@router.post("/auth/password-reset/confirm", status_code=HTTPStatus.NO_CONTENT, dependencies=limited)
async def confirm_password_reset(sessions: SessionsDep, data: schemas.ResetConfirm) -> None:
    await service.confirm_reset(sessions, data)


@router.get("/users/me", response_model=schemas.UserRead, responses=unauthorized)
async def get_me(user: CurrentUser) -> User:
    return user


@router.patch("/users/me", response_model=schemas.UserRead, responses=unauthorized)
async def update_me(session: SessionDep, user: CurrentUser, data: schemas.UserUpdate) -> User:
    return await service.update_user(session, user, data)


@router.post("/users/me/password", status_code=HTTPStatus.NO_CONTENT, dependencies=limited, responses=unauthorized)
async def change_my_password(sessions: SessionsDep, user: DetachedUser, data: schemas.PasswordChange) -> None:
    await service.change_password(sessions, user, data)
