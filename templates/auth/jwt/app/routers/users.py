from http import HTTPStatus

from fastapi import APIRouter, Depends

from app.core.errors import problems
from app.core.security import limit_logins
from app.dependencies import ClaimsDep, CurrentUser, SessionDep, SessionsDep
from app.models import User
from app.schemas.users import PasswordChange, UserRead, UserUpdate
from app.services import users as service

router = APIRouter(prefix="/users", tags=["users"], responses=problems(HTTPStatus.UNAUTHORIZED))


@router.get("/me", response_model=UserRead)
async def get_me(user: CurrentUser) -> User:
    return user


@router.patch("/me", response_model=UserRead)
async def update_me(session: SessionDep, user: CurrentUser, data: UserUpdate) -> User:
    return await service.update_user(session, user, data)


@router.post("/me/password", status_code=HTTPStatus.NO_CONTENT, dependencies=[Depends(limit_logins)])
async def change_my_password(sessions: SessionsDep, claims: ClaimsDep, data: PasswordChange) -> None:
    await service.change_password(sessions, claims, data)
