import pytest
from sqlalchemy import Update, select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.core.config import Settings
from app.core.database import Sessions
from app.core.errors import UnauthorizedError
from app.models import RefreshToken, User
from app.models.base import new_id, utc_now
from app.services import tokens

EXPIRE = update(RefreshToken).values(expires_at=utc_now())


@pytest.mark.parametrize("change", [EXPIRE, update(User).values(is_active=False)])
async def test_expired_token_and_disabled_user_are_refused(
    sessionmaker: async_sessionmaker[AsyncSession], settings: Settings, user: User, change: Update
) -> None:
    async with sessionmaker.begin() as session:
        token = (await tokens.issue(session, settings, user, new_id())).refresh_token
        await session.execute(change)
    with pytest.raises(UnauthorizedError):
        await tokens.rotate(Sessions(sessionmaker, sessionmaker), settings, token)


async def test_only_the_hash_is_stored_until_a_login_after_the_end(
    session: AsyncSession, settings: Settings, user: User
) -> None:
    await tokens.issue(session, settings, user, new_id())
    await session.execute(EXPIRE)
    token = (await tokens.issue(session, settings, user, new_id())).refresh_token
    [stored] = (await session.execute(select(RefreshToken.__table__))).mappings()
    assert token not in stored.values()
    assert len(stored["token_hash"]) == 64
