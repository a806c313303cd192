import smtplib
from contextlib import nullcontext
from ssl import CERT_REQUIRED
from typing import Any
from unittest.mock import MagicMock

import pytest
from pydantic import ValidationError

from app.core.config import Settings
from app.core.mail import Mailer


@pytest.fixture
def smtp(monkeypatch: pytest.MonkeyPatch) -> MagicMock:
    """Stands in for smtplib.SMTP; what it returns is the connection."""
    smtp = MagicMock()
    smtp.return_value.__enter__.return_value = smtp.return_value
    monkeypatch.setattr(smtplib, "SMTP", smtp)
    return smtp


@pytest.mark.parametrize(
    ("url", "offers_tls", "done"),
    [
        ("smtp://u:p%40@mail:25", True, ["starttls", "login", "send_message"]),
        ("smtp://u:p@mail", False, ["starttls"]),
        ("smtp://mail", True, ["starttls", "send_message"]),
        ("smtp://mail", False, ["send_message"]),
    ],
)
async def test_password_is_never_sent_in_the_clear(
    smtp: MagicMock, url: str, offers_tls: bool, done: list[str]
) -> None:
    server: Any = smtp.return_value
    server.has_extn.return_value = offers_tls
    server.starttls.side_effect = None if offers_tls else smtplib.SMTPNotSupportedError
    await Mailer(url).send("a@example.com", "Hello", "Text")
    calls = {name: call for name, _, call in server.mock_calls if name in ("starttls", "login", "send_message")}
    assert list(calls) == done
    assert all(call["context"].verify_mode is CERT_REQUIRED for name, call in calls.items() if name == "starttls")
    if "login" in done:
        server.login.assert_called_once_with("u", "p@")


async def test_message(smtp: MagicMock) -> None:
    await Mailer("smtp://mail?from=shop@example.com").send("a@example.com", "Hello", "Text")
    [message] = smtp.return_value.send_message.call_args.args
    assert (message["From"], message["To"], message["Subject"]) == ("shop@example.com", "a@example.com", "Hello")
    assert message.get_content() == "Text\n"


@pytest.mark.parametrize(
    ("environment", "url", "fits"),
    [
        *(("local", url, False) for url in ("", "pigeon://mail", "smtp:", "smtp://", "smtps://mail")),
        ("local", None, True),
        ("production", None, False),
        ("production", "console:", False),
        ("production", "smtp://mail", True),
    ],
)
def test_url_is_checked(settings: Settings, environment: str, url: str | None, fits: bool) -> None:
    values = settings.model_dump(exclude={"mail_url"}) | {"environment": environment}
    with nullcontext() if fits else pytest.raises(ValidationError, match="mail_url"):
        Settings.model_validate(values if url is None else values | {"mail_url": url})
