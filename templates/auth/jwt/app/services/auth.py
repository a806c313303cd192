"""Registration, login and forgotten passwords. No answer tells whether an address is known."""

from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.core.database import Sessions
from app.core.errors import InvalidInputError, UnauthorizedError
from app.core.security import hash_password, hash_token, new_token, verify_password
from app.models import PasswordReset, User
from app.models.base import new_id, utc_now
from app.schemas.auth import LoginForm, PasswordResetConfirm, Registration, TokenPair
from app.services import tokens, users

RESET_LIFETIME = timedelta(hours=1)
WELCOME = ("Welcome", "Your account is ready.")
ALREADY = ("You already have an account", "Someone, perhaps you, tried to register this address again.")


async def register(session: AsyncSession, data: Registration) -> tuple[str, str]:
    """Create the user unless there is one; returns the subject and text of the mail to send either way."""
    # Before the first statement, which would begin the transaction.
    password_hash = await hash_password(data.password)
    if await users.find_by_email(session, data.email) is not None:
        return ALREADY
    try:
        async with session.begin_nested():
            session.add(User(email=data.email, password_hash=password_hash))
    except IntegrityError:
        # Someone registered the address at this very moment.
        return ALREADY
    return WELCOME


async def log_in(sessions: Sessions, settings: Settings, form: LoginForm) -> TokenPair:
    """Check the password between two short transactions: a hash is slow, and would hold a connection or a lock."""
    wrong = UnauthorizedError("The e-mail address or the password is wrong.")
    async with sessions.read() as session:
        user = await users.find_by_email(session, form.username)
    fits, new_hash = await verify_password(form.password, user.password_hash if user else None)
    if user is None or not fits or not user.is_active:
        raise wrong
    # The user again and locked, unless the password was changed meanwhile.
    same = select(User).where(User.id == user.id, User.token_version == user.token_version, User.is_active)
    async with sessions.write.begin() as session:
        user = await session.scalar(same.with_for_update(key_share=True))
        if user is None:
            raise wrong
        if new_hash is not None:
            user.password_hash = new_hash
        return await tokens.issue(session, settings, user, new_id())


async def request_reset(session: AsyncSession, email: str) -> str | None:
    """Returns the token to mail, if there is someone to mail it to. An earlier one is no longer good."""
    user = await users.find_by_email(session, email)
    if user is None or not user.is_active:
        return None
    token = new_token()
    await session.execute(delete(PasswordReset).where(PasswordReset.user_id == user.id))
    session.add(PasswordReset(user_id=user.id, token_hash=hash_token(token), expires_at=utc_now() + RESET_LIFETIME))
    await session.flush()
    return token


async def confirm_reset(sessions: Sessions, data: PasswordResetConfirm) -> None:
    wrong = InvalidInputError("The reset token is wrong, used or too old.")
    good = (PasswordReset.token_hash == hash_token(data.token), PasswordReset.expires_at > utc_now())
    async with sessions.read() as session:
        if await session.scalar(select(PasswordReset.id).where(*good)) is None:
            raise wrong
    password_hash = await hash_password(data.password)
    async with sessions.write.begin() as session:
        # Whoever deletes the token has used it: of two at once, one.
        user_id = await session.scalar(delete(PasswordReset).where(*good).returning(PasswordReset.user_id))
        if user_id is None:
            raise wrong
        await users.set_password(session, user_id, password_hash)
