from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.core.config import Settings
from app.core.database import Sessions
from app.core.errors import UnauthorizedError
from app.models import RefreshToken, User
from app.models.base import utc_now
from app.services import tokens


@pytest.fixture
def sessions(sessionmaker: async_sessionmaker[AsyncSession]) -> Sessions:
    return Sessions(read=sessionmaker, write=sessionmaker)


async def start(sessions: Sessions, settings: Settings, user: User) -> str:
    async with sessions.write.begin() as session:
        return (await tokens.start_family(session, settings, user)).refresh_token


async def change(sessions: Sessions, **values: Any) -> None:
    async with sessions.write.begin() as session:
        await session.execute(update(RefreshToken).values(**values).where(RefreshToken.used_at.is_not(None)))


async def count(sessions: Sessions) -> int:
    async with sessions.read() as session:
        return await session.scalar(select(func.count()).select_from(RefreshToken)) or 0


async def test_only_the_hash_is_stored(sessions: Sessions, settings: Settings, user: User) -> None:
    token = await start(sessions, settings, user)
    async with sessions.read() as session:
        [stored] = (await session.execute(select(RefreshToken.__table__))).mappings()
    assert token not in stored.values()
    assert len(stored["token_hash"]) == 64


async def test_double_tap_is_refused_and_ends_nothing(sessions: Sessions, settings: Settings, user: User) -> None:
    first = await start(sessions, settings, user)
    second = (await tokens.rotate(sessions, settings, first)).refresh_token
    with pytest.raises(UnauthorizedError):
        await tokens.rotate(sessions, settings, first)
    await tokens.rotate(sessions, settings, second)


async def test_reuse_ends_the_family_though_it_fails(sessions: Sessions, settings: Settings, user: User) -> None:
    other = await start(sessions, settings, user)
    first = await start(sessions, settings, user)
    second = (await tokens.rotate(sessions, settings, first)).refresh_token
    await change(sessions, used_at=utc_now() - tokens.GRACE - timedelta(seconds=1))
    for token in (first, second):
        with pytest.raises(UnauthorizedError):
            await tokens.rotate(sessions, settings, token)
    assert await count(sessions) == 1
    await tokens.rotate(sessions, settings, other)


async def test_token_too_old(sessions: Sessions, settings: Settings, user: User) -> None:
    token = await start(sessions, settings, user)
    async with sessions.write.begin() as session:
        await session.execute(update(RefreshToken).values(expires_at=utc_now()))
    with pytest.raises(UnauthorizedError):
        await tokens.rotate(sessions, settings, token)


async def test_expired_tokens_are_swept_out(sessions: Sessions, settings: Settings, user: User) -> None:
    first = await start(sessions, settings, user)
    second = (await tokens.rotate(sessions, settings, first)).refresh_token
    await change(sessions, expires_at=utc_now())
    assert await count(sessions) == 2
    await tokens.rotate(sessions, settings, second)
    assert await count(sessions) == 2


async def test_disabled_user_cannot_refresh(sessions: Sessions, settings: Settings, user: User) -> None:
    token = await start(sessions, settings, user)
    async with sessions.write.begin() as session:
        await session.execute(update(User).values(is_active=False))
    with pytest.raises(UnauthorizedError):
        await tokens.rotate(sessions, settings, token)
