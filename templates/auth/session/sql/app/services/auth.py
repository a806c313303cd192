"""Sessions: found by the hash of their token; over after a time, without use, at logout, or with a new password."""

from datetime import timedelta

import structlog
from sqlalchemy import delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.core.database import Sessions
from app.core.errors import UnauthorizedError
from app.core.security import hash_token, new_token
from app.models import User, UserSession
from app.models.base import utc_now
from app.schemas.auth import Login
from app.services import users

log = structlog.get_logger(__name__)

# A write for each request would be too many.
NOTE_USE_AFTER = timedelta(minutes=5)


async def log_in(sessions: Sessions, settings: Settings, data: Login, old: str | None) -> str:
    user = await users.authenticate(sessions, data.email, data.password)
    async with sessions.write.begin() as session:
        return await start(session, settings, user, old)


async def start(session: AsyncSession, settings: Settings, user: User, old: str | None) -> str:
    """Begin a session of a user whose identity is certain, by a password or in any other way; returns its token.

    The token is always new, and the session that the browser had before ends: somebody else may have planted it there.
    """
    now = utc_now()
    if old is not None:
        await end(session, old)
    over = or_(
        UserSession.expires_at <= now,
        UserSession.last_used_at <= now - timedelta(hours=settings.session_idle_hours),
        UserSession.session_version < user.session_version,
    )
    await session.execute(delete(UserSession).where(UserSession.user_id == user.id, over))
    token = new_token()
    next_one = UserSession(
        user_id=user.id,
        session_version=user.session_version,
        token_hash=hash_token(token),
        expires_at=now + timedelta(days=settings.session_days),
        last_used_at=now,
    )
    session.add(next_one)
    await session.flush()
    return token


async def find_user(session: AsyncSession, settings: Settings, token: str) -> tuple[User, bool]:
    """The user of a session that is not over, and whether it is time to note that the session is in use."""
    now = utc_now()
    alive = (
        UserSession.expires_at > now,
        UserSession.last_used_at > now - timedelta(hours=settings.session_idle_hours),
        UserSession.session_version == User.session_version,
        User.is_active,
    )
    both = select(User, UserSession.last_used_at).join(UserSession, UserSession.user_id == User.id)
    found = (await session.execute(both.where(UserSession.token_hash == hash_token(token), *alive))).one_or_none()
    if found is None:
        raise UnauthorizedError
    user, last_used_at = found
    return user, now - last_used_at > NOTE_USE_AFTER


async def note_use(sessions: Sessions, token: str) -> None:
    """Runs after the response, where an error would only keep others from their turn."""
    same = update(UserSession).where(UserSession.token_hash == hash_token(token))
    try:
        async with sessions.write.begin() as session:
            await session.execute(same.values(last_used_at=utc_now()))
    except Exception:
        log.exception("use_not_noted")


async def end(session: AsyncSession, token: str) -> None:
    """End the session of this token; an unknown token is no error."""
    await session.execute(delete(UserSession).where(UserSession.token_hash == hash_token(token)))
