"""Refresh tokens: rotated at each use, and ended as a family when one is used twice."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.core.database import Sessions
from app.core.errors import UnauthorizedError
from app.core.security import create_access_token, hash_token, new_token
from app.models import RefreshToken, User
from app.models.base import utc_now
from app.schemas.auth import TokenPair

# Two tabs that refresh at once are no theft: for this long a used token is refused, but ends nothing.
GRACE = timedelta(seconds=10)


async def issue(session: AsyncSession, settings: Settings, user: User, family_id: UUID) -> TokenPair:
    """The next pair of a family, or the first of a new one; tokens that expired are swept out."""
    now = utc_now()
    await session.execute(delete(RefreshToken).where(RefreshToken.user_id == user.id, RefreshToken.expires_at <= now))
    token = new_token()
    expires_at = now + timedelta(days=settings.refresh_token_days)
    session.add(RefreshToken(user_id=user.id, family_id=family_id, token_hash=hash_token(token), expires_at=expires_at))
    await session.flush()
    return TokenPair(
        access_token=create_access_token(settings, user.id, user.token_version),
        expires_in=settings.access_token_minutes * 60,
        refresh_token=token,
    )


async def rotate(sessions: Sessions, settings: Settings, token: str) -> TokenPair:
    """Use the token up for the next one. A family that a reuse ends stays ended, though the request fails."""
    async with sessions.write.begin() as session:
        pair = await _rotate(session, settings, token)
    if pair is None:
        raise UnauthorizedError
    return pair


async def revoke(session: AsyncSession, token: str) -> None:
    """End the family of this token; an unknown token is no error."""
    if (found := await _find_and_lock(session, token)) is not None:
        _, current = found
        await _end_family(session, current.family_id)


async def _rotate(session: AsyncSession, settings: Settings, token: str) -> TokenPair | None:
    found = await _find_and_lock(session, token)
    if found is None:
        return None
    user, current = found
    now = utc_now()
    if current.expires_at <= now or not user.is_active:
        return None
    if current.used_at is not None:
        if now - current.used_at > GRACE:
            await _end_family(session, current.family_id)
        return None
    current.used_at = now
    return await issue(session, settings, user, current.family_id)


async def _find_and_lock(session: AsyncSession, token: str) -> tuple[User, RefreshToken] | None:
    """The token as the last request of this user left it: the lock on the user puts them in a row."""
    same = RefreshToken.token_hash == hash_token(token)
    owner = select(User).join(RefreshToken, RefreshToken.user_id == User.id).where(same)
    user = await session.scalar(owner.with_for_update(of=User, key_share=True))
    current = await session.scalar(select(RefreshToken).where(same))
    return (user, current) if user is not None and current is not None else None


async def _end_family(session: AsyncSession, family_id: UUID) -> None:
    await session.execute(delete(RefreshToken).where(RefreshToken.family_id == family_id))
