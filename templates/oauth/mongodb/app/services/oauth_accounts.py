from pymongo.asynchronous.client_session import AsyncClientSession

from app.core.oauth import Identity
from app.models import OAuthAccount, User
from app.models.base import collection, find_one, insert_one


async def find_user(session: AsyncClientSession, identity: Identity) -> User | None:
    same = {"provider": identity.provider, "subject": identity.subject}
    account = await find_one(session, OAuthAccount, same)
    return await find_one(session, User, {"_id": account.user_id}) if account is not None else None


async def list_providers(session: AsyncClientSession, user: User) -> set[str]:
    of_user = {"user_id": user.id}
    return set(await collection(session, OAuthAccount).distinct("provider", of_user, session=session))


async def create_user(session: AsyncClientSession, email: str, password_hash: str) -> User:
    user = User(email=email, password_hash=password_hash)
    await insert_one(session, user)
    return user


async def link(session: AsyncClientSession, user: User, identity: Identity) -> None:
    account = OAuthAccount(user_id=user.id, provider=identity.provider, subject=identity.subject)
    await insert_one(session, account)
