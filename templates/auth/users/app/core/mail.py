"""Mail by SMTP, or on the console while developing."""

import smtplib
import ssl
from email.message import EmailMessage
from typing import Annotated
from urllib.parse import parse_qs, unquote, urlsplit

from anyio import to_thread
from pydantic import AfterValidator, BaseModel, SecretStr, ValidationInfo


def check_mail_url(value: SecretStr, info: ValidationInfo) -> SecretStr:
    url = urlsplit(value.get_secret_value())
    if url.scheme == "console":
        if info.data.get("environment") == "production":
            raise ValueError("must be smtp://… in production: the console would show reset tokens")
    elif url.scheme != "smtp" or not url.hostname:
        raise ValueError("must be console: or smtp://user:password@host:port?from=address")
    return value


MailUrl = Annotated[SecretStr, AfterValidator(check_mail_url)]


class Mail(BaseModel):
    to: str
    subject: str
    text: str


class Mailer:
    def __init__(self, url: str) -> None:
        self._url = urlsplit(url)

    async def send(self, mail: Mail) -> None:
        message = EmailMessage()
        message["From"] = parse_qs(self._url.query).get("from", ["no-reply@localhost"])[0]
        message["To"] = mail.to
        message["Subject"] = mail.subject
        message.set_content(mail.text)
        if self._url.scheme == "console":
            print(message.as_string(), flush=True)
        else:
            await to_thread.run_sync(self._deliver, message)

    def _deliver(self, message: EmailMessage) -> None:
        with smtplib.SMTP(self._url.hostname or "localhost", self._url.port or 587, timeout=10) as smtp:
            smtp.ehlo()
            if self._url.username or smtp.has_extn("starttls"):
                # Refuses a certificate that does not fit, and a server without TLS if there is a password to send.
                smtp.starttls(context=ssl.create_default_context())
            if self._url.username:
                smtp.login(unquote(self._url.username), unquote(self._url.password or ""))
            smtp.send_message(message)
