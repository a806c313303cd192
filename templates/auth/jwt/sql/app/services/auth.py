"""Sessions: refresh tokens that are rotated at each use, and ended as a family when one is used twice."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import Row, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.core.database import Sessions
from app.core.errors import UnauthorizedError
from app.core.security import hash_token, new_token
from app.core.tokens import create_access_token, read_access_token
from app.models import RefreshToken, User
from app.models.base import new_id, utc_now
from app.schemas.auth import LoginForm, TokenPair
from app.services import users

# Two tabs that refresh at once are no theft: for this long a used token is refused, but ends nothing.
GRACE = timedelta(seconds=10)


async def log_in(sessions: Sessions, settings: Settings, form: LoginForm) -> TokenPair:
    user = await users.authenticate(sessions, form.username, form.password)
    async with sessions.write.begin() as session:
        return await start(session, settings, user)


async def start(session: AsyncSession, settings: Settings, user: User, family_id: UUID | None = None) -> TokenPair:
    """The next pair of a family, or the first of a session of a user who is certain. Tokens that are over go."""
    now = utc_now()
    over = or_(RefreshToken.expires_at <= now, RefreshToken.session_version < user.session_version)
    await session.execute(delete(RefreshToken).where(RefreshToken.user_id == user.id, over))
    token = new_token()
    next_one = RefreshToken(
        user_id=user.id,
        session_version=user.session_version,
        family_id=family_id or new_id(),
        token_hash=hash_token(token),
        expires_at=now + timedelta(days=settings.refresh_token_days),
    )
    session.add(next_one)
    return TokenPair(
        access_token=create_access_token(settings, user.id, user.session_version),
        expires_in=settings.access_token_minutes * 60,
        refresh_token=token,
    )


async def find_user(session: AsyncSession, settings: Settings, token: str) -> User:
    """The user of an access token, unless its session was ended with all others."""
    claims = read_access_token(settings, token)
    user = await session.get(User, claims.sub)
    if user is None or not user.is_active or user.session_version != claims.ver:
        raise UnauthorizedError
    return user


async def refresh(sessions: Sessions, settings: Settings, token: str) -> TokenPair:
    """Use the token up for the next one. A family that a reuse ends stays ended, though the request fails."""
    now = utc_now()
    async with sessions.write.begin() as session:
        if (found := await _find_and_lock(session, token)) is not None:
            user, current = found
            if current.used_at is None:
                current.used_at = now
                return await start(session, settings, user, current.family_id)
            if now - current.used_at > GRACE:
                await _end_family(session, current)
    raise UnauthorizedError


async def end(session: AsyncSession, token: str) -> None:
    """End the family of this token; an unknown token is no error."""
    if (found := await _find_and_lock(session, token)) is not None:
        await _end_family(session, found[1])


async def _find_and_lock(session: AsyncSession, token: str) -> Row[User, RefreshToken] | None:
    """A token, used or not, as the last request left it: the lock on its user puts their requests in a row."""
    same = RefreshToken.token_hash == hash_token(token)
    alive = (RefreshToken.expires_at > utc_now(), RefreshToken.session_version == User.session_version, User.is_active)
    both = select(User, RefreshToken).join(RefreshToken, RefreshToken.user_id == User.id).where(same, *alive)
    return (await session.execute(both.with_for_update(key_share=True))).one_or_none()


async def _end_family(session: AsyncSession, member: RefreshToken) -> None:
    await session.execute(delete(RefreshToken).where(RefreshToken.family_id == member.family_id))
