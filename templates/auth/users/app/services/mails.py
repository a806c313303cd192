"""The jobs that send mail. They run when the request is over, with what the process has and sessions of their own."""

from app.core.lifespan import State
from app.core.mail import Mail
from app.schemas.users import PasswordResetRequest
from app.services import users


async def send_mail(state: State, data: Mail) -> None:
    await state["mailer"].send(data)


async def send_reset_token(state: State, data: PasswordResetRequest) -> None:
    """Mail a token, if there is someone to mail it to. It is made here, so that nothing but its hash is ever kept."""
    async with state["sessions"].write.begin() as session:
        token = await users.request_reset(session, data.email)
    if token is not None:
        text = f"Your reset token, good for one hour:\n\n{token}\n"
        await state["mailer"].send(Mail(to=data.email, subject="Reset your password", text=text))
