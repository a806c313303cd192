from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.database import Sessions
from app.core.errors import InvalidInputError, UnauthorizedError
from app.core.security import AccessClaims, hash_password, verify_password
from app.models import PasswordReset, RefreshToken, User
from app.schemas.users import PasswordChange, UserUpdate


async def find_by_email(session: AsyncSession, email: str) -> User | None:
    return await session.scalar(select(User).where(User.email == email))


async def get_by_claims(session: AsyncSession, claims: AccessClaims) -> User:
    """The user of an access token, unless it was given out before the last change of the password."""
    user = await session.get(User, claims.sub)
    if user is None or not user.is_active or user.token_version != claims.ver:
        raise UnauthorizedError
    return user


async def update_user(session: AsyncSession, user: User, data: UserUpdate) -> User:
    for name, value in data.model_dump(exclude_unset=True).items():
        setattr(user, name, value)
    await session.flush()
    return user


async def change_password(sessions: Sessions, claims: AccessClaims, data: PasswordChange) -> None:
    """Verify and hash between two short transactions: each takes long, and would hold a connection or a lock."""
    async with sessions.read() as session:
        user = await get_by_claims(session, claims)
    fits, _ = await verify_password(data.current_password, user.password_hash)
    if not fits:
        raise InvalidInputError("The current password is wrong.")
    password_hash = await hash_password(data.new_password)
    async with sessions.write.begin() as session:
        await set_password(session, user.id, password_hash)


async def set_password(session: AsyncSession, user_id: UUID, password_hash: str) -> None:
    """Set the password and end every session and every reset token of the user."""
    changes = {"password_hash": password_hash, "token_version": User.token_version + 1}
    await session.execute(update(User).where(User.id == user_id).values(changes))
    await session.execute(delete(RefreshToken).where(RefreshToken.user_id == user_id))
    await session.execute(delete(PasswordReset).where(PasswordReset.user_id == user_id))
