import smtplib
from ssl import CERT_REQUIRED
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
        ("smtp://u:p%40@mail:25?from=shop@example.com", True, ["starttls", "login", "send_message"]),
        ("smtp://u:p@mail", False, ["starttls"]),
        ("smtp://mail?from=shop@example.com", True, ["starttls", "send_message"]),
        ("smtp://mail?from=shop@example.com", False, ["send_message"]),
    ],
)
async def test_message_is_sent_and_no_password_in_the_clear(
    smtp: MagicMock, url: str, offers_tls: bool, done: list[str]
) -> None:
    server = smtp.return_value
    server.has_extn.return_value = offers_tls
    server.starttls.side_effect = None if offers_tls else smtplib.SMTPNotSupportedError
    await Mailer(url).send("a@example.com", "Hello", "Text")
    calls = {call[0]: call for call in server.mock_calls if call[0] in ("starttls", "login", "send_message")}
    assert list(calls) == done
    assert "starttls" not in calls or calls["starttls"].kwargs["context"].verify_mode is CERT_REQUIRED
    assert "login" not in calls or calls["login"].args == ("u", "p@")
    if "send_message" in calls:
        [message] = calls["send_message"].args
        assert (message["From"], message["To"], message["Subject"]) == ("shop@example.com", "a@example.com", "Hello")
        assert message.get_content() == "Text\n"


@pytest.mark.parametrize("given", [{"mail_url": "console:"}, {}])
def test_console_is_refused_in_production(settings: Settings, given: dict[str, str]) -> None:
    values = settings.model_dump(exclude={"mail_url"}) | {"environment": "production"}
    assert Settings.model_validate(values | {"mail_url": "smtp://mail"})
    with pytest.raises(ValidationError, match="mail_url"):
        Settings.model_validate(values | given)
