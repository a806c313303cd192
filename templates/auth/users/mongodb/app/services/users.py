"""Accounts and their passwords. No answer to a stranger tells whether an address is known."""

from datetime import timedelta

from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.errors import DuplicateKeyError

from app.core.database import Sessions
from app.core.errors import InvalidInputError, UnauthorizedError
from app.core.lifespan import State
from app.core.mail import Mail
from app.core.security import hash_password, hash_token, new_token, verify_password
from app.models import PasswordReset, User
from app.models.base import collection, find_one, insert_one, update_one, utc_now
from app.schemas.users import PasswordChange, Registration, ResetConfirm, ResetRequest, UserUpdate

RESET_LIFETIME = timedelta(hours=1)


async def find_by_email(session: AsyncClientSession, email: str) -> User | None:
    return await find_one(session, User, {"email": email})


async def register(session: AsyncClientSession, data: Registration) -> tuple[str, str]:
    """Create the user unless there is one; returns the subject and text of the mail to send either way."""
    password_hash = await hash_password(data.password)
    try:
        await insert_one(session, User(email=data.email, password_hash=password_hash))
    except DuplicateKeyError:
        return "You already have an account", "Someone, perhaps you, tried to register this address again."
    return "Welcome", "Your account is ready."


async def authenticate(sessions: Sessions, email: str, password: str) -> User:
    """The user whose password this is.

    A session that begins with this user is over if the password changed meanwhile: it names an older version.
    """
    async with sessions.read() as session:
        user = await find_by_email(session, email)
    fits, new_hash = await verify_password(password, user.password_hash if user else None)
    if user is None or not fits or not user.is_active:
        raise UnauthorizedError("The e-mail address or the password is wrong.")
    if new_hash is not None:
        same = {"_id": user.id, "password_hash": user.password_hash}
        async with sessions.write.begin() as session:
            await collection(session, User).update_one(same, {"$set": {"password_hash": new_hash}}, session=session)
    return user


async def update_user(session: AsyncClientSession, user: User, data: UserUpdate) -> User:
    return await update_one(session, user, data.model_dump())


async def change_password(sessions: Sessions, user: User, data: PasswordChange) -> None:
    fits, _ = await verify_password(data.current_password, user.password_hash)
    if not fits:
        raise InvalidInputError("The current password is wrong.", "body", "current_password")
    password_hash = await hash_password(data.new_password)
    async with sessions.write.begin() as session:
        if not await set_password(session, user, password_hash):
            raise UnauthorizedError


async def request_reset(session: AsyncClientSession, email: str) -> str | None:
    """Returns the token to mail, if there is someone to mail it to. An earlier one is no longer good."""
    user = await find_by_email(session, email)
    if user is None or not user.is_active:
        return None
    token = new_token()
    reset = PasswordReset(
        id=user.id,
        session_version=user.session_version,
        token_hash=hash_token(token),
        expires_at=utc_now() + RESET_LIFETIME,
    )
    same, document = {"_id": user.id}, reset.model_dump(by_alias=True)
    await collection(session, PasswordReset).replace_one(same, document, upsert=True, session=session)
    return token


async def confirm_reset(sessions: Sessions, data: ResetConfirm) -> None:
    wrong = InvalidInputError("The reset token is wrong, used or too old.", "body", "token")
    good = {"token_hash": hash_token(data.token), "expires_at": {"$gt": utc_now()}}
    async with sessions.read() as session:
        reset = await find_one(session, PasswordReset, good)
        if reset is None:
            raise wrong
        user = await find_one(session, User, {"_id": reset.id, "session_version": reset.session_version})
        if user is None:
            raise wrong
    password_hash = await hash_password(data.password)
    async with sessions.write.begin() as session:
        if not await set_password(session, user, password_hash):
            raise wrong


async def set_password(session: AsyncClientSession, user: User, password_hash: str) -> bool:
    """Set the password, unless it was set since the user was read: of two at once, one does.

    With it ends whatever names the version before: every session and every reset token.
    """
    same = {"_id": user.id, "session_version": user.session_version}
    changes = {"$set": {"password_hash": password_hash, "updated_at": utc_now()}, "$inc": {"session_version": 1}}
    return (await collection(session, User).update_one(same, changes, session=session)).modified_count == 1


async def send_mail(state: State, data: Mail) -> None:
    """A job, as the next one: it runs when the request is over, with what the process has and sessions of its own."""
    await state["mailer"].send(data)


async def send_reset_token(state: State, data: ResetRequest) -> None:
    """Mail a token, if there is someone to mail it to. It is made here, so that nothing but its hash is ever kept."""
    async with state["sessions"].write.begin() as session:
        token = await request_reset(session, data.email)
    if token is not None:
        text = f"Your reset token, good for one hour:\n\n{token}\n"
        await state["mailer"].send(Mail(to=data.email, subject="Reset your password", text=text))
