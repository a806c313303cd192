import smtplib
import ssl
from email.message import EmailMessage

import pytest
from pydantic import ValidationError

from app.core.config import Settings
from app.core.mail import Mailer


class Server:
    """Stands in for smtplib.SMTP and notes what is done with it."""

    done: list[str]
    messages: list[EmailMessage]
    offers_tls: bool

    def __init__(self, host: str, port: int, *, timeout: float) -> None:
        self.done.append(f"connect {host}:{port}")

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_error: object) -> None: ...

    def ehlo(self) -> None: ...

    def has_extn(self, name: str) -> bool:
        return name == "starttls" and self.offers_tls

    def starttls(self, *, context: ssl.SSLContext) -> None:
        if not self.offers_tls:
            raise smtplib.SMTPNotSupportedError
        assert context.check_hostname
        assert context.verify_mode is ssl.CERT_REQUIRED
        self.done.append("tls")

    def login(self, user: str, password: str) -> None:
        self.done.append(f"login {user} {password}")

    def send_message(self, message: EmailMessage) -> None:
        self.done.append("send")
        self.messages.append(message)


@pytest.fixture(autouse=True)
def server(monkeypatch: pytest.MonkeyPatch) -> type[Server]:
    Server.done, Server.messages, Server.offers_tls = [], [], True
    monkeypatch.setattr(smtplib, "SMTP", Server)
    return Server


async def test_console(capsys: pytest.CaptureFixture[str], server: type[Server]) -> None:
    await Mailer("console:").send("a@example.com", "Hello", "Text")
    assert "Subject: Hello" in capsys.readouterr().out
    assert server.done == []


@pytest.mark.parametrize(
    ("url", "offers_tls", "done"),
    [
        ("smtp://u:p%40@mail:25", True, ["connect mail:25", "tls", "login u p@", "send"]),
        ("smtp://u:p@mail", False, ["connect mail:587"]),
        ("smtp://mail", True, ["connect mail:587", "tls", "send"]),
        ("smtp://mail", False, ["connect mail:587", "send"]),
    ],
)
async def test_password_is_never_sent_in_the_clear(
    server: type[Server], url: str, offers_tls: bool, done: list[str]
) -> None:
    server.offers_tls = offers_tls
    await Mailer(url).send("a@example.com", "Hello", "Text")
    assert server.done == done


async def test_message(server: type[Server]) -> None:
    await Mailer("smtp://mail?from=shop@example.com").send("a@example.com", "Hello", "Text")
    [message] = server.messages
    assert (message["From"], message["To"], message["Subject"]) == ("shop@example.com", "a@example.com", "Hello")
    assert message.get_content() == "Text\n"


@pytest.mark.parametrize("url", ["", "pigeon://mail", "smtp:", "smtp://", "smtps://mail"])
def test_wrong_url_is_refused(settings: Settings, url: str) -> None:
    with pytest.raises(ValidationError, match="mail_url"):
        Settings.model_validate(settings.model_dump() | {"mail_url": url})


def test_console_is_refused_in_production(settings: Settings) -> None:
    values = settings.model_dump() | {"environment": "production"}
    with pytest.raises(ValidationError, match="reset tokens"):
        Settings.model_validate(values)
    values.pop("mail_url")
    with pytest.raises(ValidationError, match="reset tokens"):
        Settings.model_validate(values)
    assert Settings.model_validate(values | {"mail_url": "smtp://mail"}).environment == "production"
