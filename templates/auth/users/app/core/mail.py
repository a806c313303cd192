"""Mail by SMTP, or on the console while developing."""

import re
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from urllib.parse import unquote, urlsplit

from anyio import to_thread
from pydantic import BaseModel, SecretStr, ValidationInfo

SMTP_URL = r"smtp://([^\s/?#]+@)?([\w.-]+|\[[\da-f:.]+\])(:(?P<port>\d{1,5}))?/?(\?from=(?P<sender>[^\s&#]+))?"
FORM = "smtp://user:password@host:port?from=address, where a / in the password is %2F, and so on"


def check_mail_url(value: SecretStr, info: ValidationInfo) -> SecretStr:
    url, production = value.get_secret_value(), info.data.get("environment") == "production"
    if url == "console:" and not production:
        return value
    smtp = re.fullmatch(SMTP_URL, url)
    if smtp is None or not 0 < int(smtp["port"] or 587) < 65_536 or (production and not smtp["sender"]):
        raise ValueError(f"must be {FORM}; console: shows reset tokens, so production needs a server and a sender")
    return value


class Mail(BaseModel):
    to: str
    subject: str
    text: str


class Mailer:
    def __init__(self, url: str) -> None:
        self._url = urlsplit(url)
        # A query would be read as a form, where a + is a blank.
        self._sender = unquote(self._url.query.removeprefix("from=")) or "no-reply@localhost"

    async def send(self, mail: Mail) -> None:
        message = EmailMessage()
        message_id = make_msgid(domain=self._sender.rpartition("@")[2])
        message["From"], message["To"], message["Subject"] = self._sender, mail.to, mail.subject
        message["Date"], message["Message-ID"] = formatdate(), message_id
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
