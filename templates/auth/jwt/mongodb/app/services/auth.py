"""Sessions: refresh tokens that are rotated at each use, and ended as a family when one is used twice."""

from datetime import datetime, timedelta

from pymongo.asynchronous.client_session import AsyncClientSession

from app.core.config import Settings
from app.core.database import Sessions
from app.core.errors import UnauthorizedError
from app.core.security import hash_token, new_token
from app.core.tokens import create_access_token, read_access_token
from app.models import RefreshToken, User
from app.models.base import Fields, collection, delete_one, find_one, insert_one, utc_now
from app.schemas.auth import LoginForm, TokenPair
from app.services import users

# Two tabs that refresh at once are no theft: for this long a used token is refused, but ends nothing.
GRACE = timedelta(seconds=10)
# What the tokens of a family begin with, in characters. It is as secret as the rest.
FAMILY = 22


async def log_in(sessions: Sessions, settings: Settings, form: LoginForm) -> TokenPair:
    user = await users.authenticate(sessions, form.username, form.password)
    async with sessions.write.begin() as session:
        return await start(session, settings, user)


async def start(session: AsyncClientSession, settings: Settings, user: User) -> TokenPair:
    """Begin a session of a user whose identity is certain, by a password or in any other way. What is over goes."""
    over = [{"expires_at": {"$lte": utc_now()}}, {"session_version": {"$lt": user.session_version}}]
    await collection(session, RefreshToken).delete_many({"user_id": user.id, "$or": over}, session=session)
    token = new_token()[:FAMILY] + new_token()
    family = RefreshToken(
        user_id=user.id,
        session_version=user.session_version,
        family_hash=hash_token(token[:FAMILY]),
        token_hash=hash_token(token),
        expires_at=_expiry(settings),
    )
    await insert_one(session, family)
    return _pair(settings, user, token)


async def find_user(session: AsyncClientSession, settings: Settings, token: str) -> User:
    """The user of an access token, unless its session was ended with all others."""
    claims = read_access_token(settings, token)
    user = await find_one(session, User, {"_id": claims.sub, "session_version": claims.ver, "is_active": True})
    if user is None:
        raise UnauthorizedError
    return user


async def refresh(sessions: Sessions, settings: Settings, token: str) -> TokenPair:
    """Use the token up for the next one. A family that a reuse ends stays ended, though the request fails."""
    async with sessions.write.begin() as session:
        family = await find_one(session, RefreshToken, _family_of(token) | {"expires_at": {"$gt": utc_now()}})
        if family is None:
            raise UnauthorizedError
        alive = {"_id": family.user_id, "session_version": family.session_version, "is_active": True}
        user = await find_one(session, User, alive)
        if user is None:
            raise UnauthorizedError
        next_token = token[:FAMILY] + new_token()
        if await _use_up(session, settings, family, token, next_token):
            return _pair(settings, user, next_token)
        await _end_if_reused(session, family, token)
        raise UnauthorizedError


async def end(session: AsyncClientSession, token: str) -> None:
    """End the family of this token; an unknown token is no error."""
    await collection(session, RefreshToken).delete_one(_family_of(token), session=session)


def _family_of(token: str) -> Fields:
    return {"family_hash": hash_token(token[:FAMILY])}


async def _use_up(
    session: AsyncClientSession, settings: Settings, family: RefreshToken, token: str, next_token: str
) -> bool:
    """Put the next token in the place of this one, in one atomic change: of two requests at once, one makes it."""
    now, used = utc_now(), hash_token(token)
    changes = {"token_hash": hash_token(next_token), "expires_at": _expiry(settings), "updated_at": now}
    changes |= {"used_hash": used, "used_at": now}
    current = {"_id": family.id, "token_hash": used}
    found = await collection(session, RefreshToken).update_one(current, {"$set": changes}, session=session)
    return found.modified_count == 1


async def _end_if_reused(session: AsyncClientSession, family: RefreshToken, token: str) -> None:
    """A token of the family that is not good is one that was used up: long ago, unless it is the last such."""
    long_ago = [{"used_hash": {"$ne": hash_token(token)}}, {"used_at": {"$lte": utc_now() - GRACE}}]
    await delete_one(session, RefreshToken, {"_id": family.id, "$or": long_ago})


def _expiry(settings: Settings) -> datetime:
    return utc_now() + timedelta(days=settings.refresh_token_days)


def _pair(settings: Settings, user: User, token: str) -> TokenPair:
    return TokenPair(
        access_token=create_access_token(settings, user.id, user.session_version),
        expires_in=settings.access_token_minutes * 60,
        refresh_token=token,
    )
