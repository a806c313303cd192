from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.oauth import Identity
from app.models import OAuthAccount, User


async def find_user(session: AsyncSession, identity: Identity) -> User | None:
    same = (OAuthAccount.provider == identity.provider, OAuthAccount.subject == identity.subject)
    return await session.scalar(select(User).join(OAuthAccount, OAuthAccount.user_id == User.id).where(*same))


async def list_providers(session: AsyncSession, user: User) -> set[str]:
    return set(await session.scalars(select(OAuthAccount.provider).where(OAuthAccount.user_id == user.id)))


async def create_user(session: AsyncSession, email: str, password_hash: str) -> User:
    user = User(email=email, password_hash=password_hash)
    session.add(user)
    await session.flush()
    return user


async def link(session: AsyncSession, user: User, identity: Identity) -> None:
    session.add(OAuthAccount(user_id=user.id, provider=identity.provider, subject=identity.subject))
    await session.flush()
