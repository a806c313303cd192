"""Sessions: found by the hash of their token; over after a time, without use, at logout, or with a new password."""

from datetime import timedelta

import structlog
from pymongo.asynchronous.client_session import AsyncClientSession

from app.core.config import Settings
from app.core.database import Sessions
from app.core.errors import UnauthorizedError
from app.core.security import hash_token, new_token
from app.models import User, UserSession
from app.models.base import collection, find_one, insert_one, utc_now
from app.schemas.auth import Login
from app.services import users

log = structlog.get_logger(__name__)

# A write for each request would be too many.
NOTE_USE_AFTER = timedelta(minutes=5)


async def log_in(sessions: Sessions, settings: Settings, data: Login, old: str | None) -> str:
    user = await users.authenticate(sessions, data.email, data.password)
    async with sessions.write.begin() as session:
        return await start(session, settings, user, old)


async def start(session: AsyncClientSession, settings: Settings, user: User, old: str | None) -> str:
    """Begin a session of a user whose identity is certain, by a password or in any other way; returns its token.

    The token is always new, and the session that the browser had before ends: somebody else may have planted it there.
    """
    now = utc_now()
    if old is not None:
        await end(session, old)
    over = [
        {"expires_at": {"$lte": now}},
        {"last_used_at": {"$lte": now - timedelta(hours=settings.session_idle_hours)}},
        {"session_version": {"$lt": user.session_version}},
    ]
    await collection(session, UserSession).delete_many({"user_id": user.id, "$or": over}, session=session)
    token = new_token()
    next_one = UserSession(
        user_id=user.id,
        session_version=user.session_version,
        token_hash=hash_token(token),
        expires_at=now + timedelta(days=settings.session_days),
        last_used_at=now,
    )
    await insert_one(session, next_one)
    return token


async def find_user(session: AsyncClientSession, settings: Settings, token: str) -> tuple[User, bool]:
    """The user of a session that is not over, and whether it is time to note that the session is in use."""
    now = utc_now()
    used = {"$gt": now - timedelta(hours=settings.session_idle_hours)}
    alive = {"token_hash": hash_token(token), "expires_at": {"$gt": now}, "last_used_at": used}
    found = await find_one(session, UserSession, alive)
    if found is None:
        raise UnauthorizedError
    same = {"_id": found.user_id, "session_version": found.session_version, "is_active": True}
    user = await find_one(session, User, same)
    if user is None:
        raise UnauthorizedError
    return user, now - found.last_used_at > NOTE_USE_AFTER


async def note_use(sessions: Sessions, token: str) -> None:
    """Runs after the response, where an error would only keep others from their turn."""
    same, used = {"token_hash": hash_token(token)}, {"$set": {"last_used_at": utc_now()}}
    try:
        async with sessions.write.begin() as session:
            await collection(session, UserSession).update_one(same, used, session=session)
    except Exception:
        log.exception("use_not_noted")


async def end(session: AsyncClientSession, token: str) -> None:
    """End the session of this token; an unknown token is no error."""
    await collection(session, UserSession).delete_one({"token_hash": hash_token(token)}, session=session)
