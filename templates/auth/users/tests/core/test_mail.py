import smtplib
from contextlib import nullcontext
from ssl import CERT_REQUIRED
from unittest.mock import AsyncMock, MagicMock

import pytest
from httpx2 import AsyncClient
from pydantic import ValidationError
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from app.core.config import Settings
from app.core.mail import Mail, Mailer
from tests.factories import Mailed

FROM = "shop+mail@example.com"


@pytest.mark.parametrize(
    ("url", "port", "offers_tls", "done"),
    [
        ("smtp://u:p%40@mail:25?from=shop%2Bmail@example.com", 25, True, ["starttls", "login", "send_message"]),
        ("smtp://u:p@mail", 587, False, ["starttls"]),
        (f"smtp://mail?from={FROM}", 587, True, ["starttls", "send_message"]),
        (f"smtp://mail/?from={FROM}", 587, False, ["send_message"]),
    ],
)
async def test_message_is_sent_and_no_password_in_the_clear(
    monkeypatch: pytest.MonkeyPatch, url: str, port: int, offers_tls: bool, done: list[str]
) -> None:
    server = MagicMock()
    smtp = MagicMock(return_value=nullcontext(server))
    monkeypatch.setattr(smtplib, "SMTP", smtp)
    server.has_extn.return_value = offers_tls
    server.starttls.side_effect = None if offers_tls else smtplib.SMTPNotSupportedError
    with nullcontext() if "send_message" in done else pytest.raises(smtplib.SMTPNotSupportedError):
        await Mailer(url).send(Mail(to="a@example.com", subject="Hello", text="Text"))
    smtp.assert_called_once_with("mail", port, timeout=10)
    calls = {call[0]: call for call in server.mock_calls if call[0] in ("starttls", "login", "send_message")}
    assert list(calls) == done
    assert "starttls" not in calls or calls["starttls"].kwargs["context"].verify_mode is CERT_REQUIRED
    assert "login" not in calls or calls["login"].args == ("u", "p@")
    if "send_message" in calls:
        [message] = calls["send_message"].args
        assert (message["From"], message["To"], message["Subject"]) == (FROM, "a@example.com", "Hello")
        assert (message.get_content(), message["Message-ID"][-13:]) == ("Text\n", "@example.com>")


async def test_failure_harms_nothing(anonymous: AsyncClient, mailed: Mailed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Mailer, "send", AsyncMock(side_effect=OSError("the cause")))
    body, headers = {"email": "a@example.com", "password": "correct horse"}, {"X-Request-ID": "the-request"}
    with capture_logs([merge_contextvars]) as logs:
        response = await anonymous.post("/api/v1/auth/register", json=body, headers=headers)
        await mailed()
    assert (response.status_code, body["email"] in str(logs)) == (202, False)
    [failed] = [line for line in logs if line["event"] == "job_failed"]
    assert (failed["job"], failed["request_id"], failed["log_level"]) == ("send_mail", "the-request", "error")


@pytest.mark.parametrize("given", [{"mail_url": "console:"}, {"mail_url": "smtp://mail"}, {}])
def test_production_sends_in_the_name_of_somebody(settings: Settings, given: dict[str, str]) -> None:
    values = settings.model_dump(exclude={"mail_url"}) | {"environment": "production"}
    assert Settings.model_validate(values | {"mail_url": "smtp://mail?from=shop@example.com"})
    with pytest.raises(ValidationError, match="mail_url"):
        Settings.model_validate(values | given)
