import json
import logging

import pytest
import structlog
from fastapi import FastAPI
from httpx2 import AsyncClient

from app.core.config import Settings
from app.core.logging import configure_logging
from app.main import create_app

SECRET, NAMES = "hunter2-hunter2", ("api_key", "Cookie", "authorization", "client_secret")


@pytest.mark.parametrize(("form", "level"), [("json", "INFO"), ("console", "DEBUG")])
def test_log_shows_no_secret(settings: Settings, capsys: pytest.CaptureFixture[str], form: str, level: str) -> None:
    configure_logging(settings.model_copy(update={"log_format": form, "log_level": level}))
    log = structlog.get_logger("app.test")
    log.info("hello", refresh_token=SECRET, name="kept", form={"Password": SECRET, "a": [dict.fromkeys(NAMES, SECRET)]})
    log.info("settings", settings=settings, path="/a\nforged")
    log.debug("quiet")
    logging.getLogger("library").warning("from a library")
    logging.getLogger("uvicorn.access").info(local := SECRET)
    try:
        raise RuntimeError(len(local))
    except RuntimeError:
        log.exception("failed")
    written = capsys.readouterr().err
    assert (written.startswith("{"), "quiet" in written) == (form == "json", level == "DEBUG")
    for secret in (SECRET, settings.secret_key.get_secret_value(), "\nforged", "\x1b"):
        assert secret not in written
    assert all(expected in written for expected in ("kept", "from a library", "RuntimeError"))


async def test_lines_of_a_request(
    app: FastAPI, anonymous: AsyncClient, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    @app.get("/fail")
    async def fail() -> None:
        structlog.contextvars.bind_contextvars(bound=True)
        raise RuntimeError("the cause")

    create_app(settings.model_copy(update={"log_format": "json", "log_level": "DEBUG"}))  # It logs to this stderr.
    for path in ("/health/ready", "/fail", "/nowhere"):
        headers = {"Authorization": f"Bearer {SECRET}", "X-Request-ID": f"id-of-{path[1:]}"}
        await anonymous.get(path, params={"q": SECRET}, headers=headers)
    # But for the client's, the lines are ours: no library tells at DEBUG what it was given.
    lines = [line for line in map(json.loads, capsys.readouterr().err.splitlines()) if line["logger"] != "httpx2"]
    assert {line["logger"] for line in lines} == {"app.core.middleware"}
    assert SECRET not in str(lines)
    _, error, failed, missed = lines
    assert (error["event"], error["request_id"]) == ("unhandled_error", "id-of-fail")
    assert error["exception"][0]["exc_value"] == "the cause"
    assert (failed["event"], failed["path"], failed["status"]) == ("request", "/fail", 500)
    assert (missed["method"], missed["path"], missed["status"]) == ("GET", "/nowhere", 404)
    # What one request bound is not on the lines of the next.
    assert (missed["request_id"], "bound" in error, "bound" in missed) == ("id-of-nowhere", True, False)
