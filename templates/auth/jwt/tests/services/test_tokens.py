from datetime import timedelta

import pytest
from sqlalchemy import Update, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.core.config import Settings
from app.core.database import Sessions
from app.core.errors import UnauthorizedError
from app.models import RefreshToken, User
from app.models.base import utc_now
from app.services import tokens


class Family:
    """Refresh tokens of one user, by what can be done with them."""

    def __init__(self, sessionmaker: async_sessionmaker[AsyncSession], settings: Settings, user: User) -> None:
        self.sessions, self.settings, self.user = Sessions(sessionmaker, sessionmaker), settings, user

    async def start(self) -> str:
        async with self.sessions.write.begin() as session:
            return (await tokens.start_family(session, self.settings, self.user)).refresh_token

    async def rotate(self, token: str) -> str:
        return (await tokens.rotate(self.sessions, self.settings, token)).refresh_token

    async def is_refused(self, token: str) -> bool:
        with pytest.raises(UnauthorizedError):
            await self.rotate(token)
        return True

    async def change(self, statement: Update) -> None:
        async with self.sessions.write.begin() as session:
            await session.execute(statement)

    async def count(self) -> int:
        async with self.sessions.read() as session:
            return await session.scalar(select(func.count()).select_from(RefreshToken)) or 0


@pytest.fixture
def family(sessionmaker: async_sessionmaker[AsyncSession], settings: Settings, user: User) -> Family:
    return Family(sessionmaker, settings, user)


async def test_only_the_hash_is_stored(family: Family, session: AsyncSession) -> None:
    token = await family.start()
    [stored] = (await session.execute(select(RefreshToken.__table__))).mappings()
    assert token not in stored.values()
    assert len(stored["token_hash"]) == 64


async def test_double_tap_is_refused_and_ends_nothing(family: Family) -> None:
    first = await family.start()
    second = await family.rotate(first)
    assert await family.is_refused(first)
    await family.rotate(second)


async def test_reuse_ends_the_family_and_no_other(family: Family) -> None:
    other, first = [await family.start() for _ in range(2)]
    second = await family.rotate(first)
    before = utc_now() - tokens.GRACE - timedelta(seconds=1)
    await family.change(update(RefreshToken).values(used_at=before).where(RefreshToken.used_at.is_not(None)))
    assert await family.is_refused(first)
    assert await family.is_refused(second)
    assert await family.count() == 1
    await family.rotate(other)


async def test_disabled_user_and_expired_token_are_refused(family: Family) -> None:
    token = await family.start()
    for active in (False, True):
        await family.change(update(User).values(is_active=active))
        if not active:
            assert await family.is_refused(token)
    await family.change(update(RefreshToken).values(expires_at=utc_now()))
    assert await family.is_refused(token)
    # The next login sweeps it out.
    await family.start()
    assert await family.count() == 1
