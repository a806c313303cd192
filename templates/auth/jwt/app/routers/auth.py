from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Depends, Form

from app.core.errors import problems
from app.core.security import limit_logins
from app.dependencies import LimiterDep, MailerDep, SessionDep, SessionsDep, SettingsDep
from app.schemas import auth as schemas
from app.services import auth as service
from app.services import tokens

router = APIRouter(prefix="/auth", tags=["auth"])
limited = [Depends(limit_logins)]
unauthorized = problems(HTTPStatus.UNAUTHORIZED)


@router.post("/register", status_code=HTTPStatus.ACCEPTED, dependencies=limited)
async def register(
    session: SessionDep, mailer: MailerDep, tasks: BackgroundTasks, data: schemas.Registration
) -> schemas.Accepted:
    subject, text = await service.register(session, data)
    tasks.add_task(mailer.send, data.email, subject, text)
    return schemas.Accepted(detail="We sent a message to this address.")


@router.post("/token", dependencies=limited, responses=unauthorized)
async def log_in(
    sessions: SessionsDep, settings: SettingsDep, limiter: LimiterDep, form: Annotated[schemas.LoginForm, Form()]
) -> schemas.TokenPair:
    await limiter.hit(settings.login_rate_limit, "account", form.username)
    return await service.log_in(sessions, settings, form)


# Not limited like a login: nobody guesses 256 bits, and all of an office may refresh through one address.
@router.post("/refresh", responses=unauthorized)
async def refresh(sessions: SessionsDep, settings: SettingsDep, data: schemas.RefreshRequest) -> schemas.TokenPair:
    return await tokens.rotate(sessions, settings, data.refresh_token)


@router.post("/logout", status_code=HTTPStatus.NO_CONTENT)
async def log_out(session: SessionDep, data: schemas.RefreshRequest) -> None:
    await tokens.revoke(session, data.refresh_token)


@router.post("/password-reset", status_code=HTTPStatus.ACCEPTED, dependencies=limited)
async def request_password_reset(
    session: SessionDep, mailer: MailerDep, tasks: BackgroundTasks, data: schemas.PasswordResetRequest
) -> schemas.Accepted:
    token = await service.request_reset(session, data.email)
    if token is not None:
        text = f"Your reset token, good for one hour:\n\n{token}\n"
        tasks.add_task(mailer.send, data.email, "Reset your password", text)
    return schemas.Accepted(detail="If the address is known, we sent a message to it.")


@router.post("/password-reset/confirm", status_code=HTTPStatus.NO_CONTENT, dependencies=limited)
async def confirm_password_reset(sessions: SessionsDep, data: schemas.PasswordResetConfirm) -> None:
    await service.confirm_reset(sessions, data)
