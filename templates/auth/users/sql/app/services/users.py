"""Accounts and their passwords. No answer to a stranger tells whether an address is known."""

from datetime import timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.database import Sessions
from app.core.errors import InvalidInputError, UnauthorizedError
from app.core.lifespan import State
from app.core.mail import Mail
from app.core.security import hash_password, hash_token, new_token, verify_password
from app.models import PasswordReset, User
from app.models.base import utc_now
from app.schemas.users import PasswordChange, Registration, ResetConfirm, ResetRequest, UserUpdate

RESET_LIFETIME = timedelta(hours=1)


async def find_by_email(session: AsyncSession, email: str) -> User | None:
    return await session.scalar(select(User).where(User.email == email))


async def register(session: AsyncSession, data: Registration) -> tuple[str, str]:
    """Create the user unless there is one; returns the subject and text of the mail to send either way."""
    # Before the first statement, which would begin the transaction.
    password_hash = await hash_password(data.password)
    try:
        async with session.begin_nested():
            session.add(User(email=data.email, password_hash=password_hash))
    except IntegrityError:
        return "You already have an account", "Someone, perhaps you, tried to register this address again."
    return "Welcome", "Your account is ready."


async def authenticate(sessions: Sessions, email: str, password: str) -> User:
    """The user whose password this is, as read before the hash was made: it is slow, so no transaction is open then."""
    async with sessions.read() as session:
        user = await find_by_email(session, email)
    fits, new_hash = await verify_password(password, user.password_hash if user else None)
    if user is None or not fits or not user.is_active:
        raise UnauthorizedError("The e-mail address or the password is wrong.")
    if new_hash is not None:
        same = update(User).where(User.id == user.id, User.password_hash == user.password_hash)
        async with sessions.write.begin() as session:
            await session.execute(same.values(password_hash=new_hash))
    return user


async def update_user(session: AsyncSession, user: User, data: UserUpdate) -> User:
    for name, value in data.model_dump().items():
        setattr(user, name, value)
    await session.flush()
    return user


async def change_password(sessions: Sessions, user: User, data: PasswordChange) -> None:
    fits, _ = await verify_password(data.current_password, user.password_hash)
    if not fits:
        raise InvalidInputError("The current password is wrong.", "body", "current_password")
    password_hash = await hash_password(data.new_password)
    async with sessions.write.begin() as session:
        if not await set_password(session, user, password_hash):
            raise UnauthorizedError


async def request_reset(session: AsyncSession, email: str) -> str | None:
    """Returns the token to mail, if there is someone to mail it to. An earlier one is no longer good."""
    # Every change of a password and its tokens locks the user first, so that they follow each other.
    user = await session.scalar(select(User).where(User.email == email).with_for_update(key_share=True))
    if user is None or not user.is_active:
        return None
    token = new_token()
    await session.execute(delete(PasswordReset).where(PasswordReset.user_id == user.id))
    session.add(PasswordReset(user_id=user.id, token_hash=hash_token(token), expires_at=utc_now() + RESET_LIFETIME))
    return token


async def confirm_reset(sessions: Sessions, data: ResetConfirm) -> None:
    wrong = InvalidInputError("The reset token is wrong, used or too old.", "body", "token")
    good = (PasswordReset.token_hash == hash_token(data.token), PasswordReset.expires_at > utc_now())
    async with sessions.read() as session:
        user = await session.scalar(select(User).join(PasswordReset, PasswordReset.user_id == User.id).where(*good))
    if user is None:
        raise wrong
    password_hash = await hash_password(data.password)
    async with sessions.write.begin() as session:
        if not await set_password(session, user, password_hash):
            raise wrong


async def set_password(session: AsyncSession, user: User, password_hash: str) -> bool:
    """Set the password, unless it was set since the user was read, and end every session and every reset token."""
    same = update(User).where(User.id == user.id, User.session_version == user.session_version)
    changes = {"password_hash": password_hash, "session_version": User.session_version + 1}
    is_set = await session.scalar(same.values(changes).returning(User.id)) is not None
    await session.execute(delete(PasswordReset).where(PasswordReset.user_id == user.id))
    return is_set


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
