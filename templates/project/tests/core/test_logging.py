import json
import logging
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
import structlog
from fastapi import FastAPI
from httpx2 import AsyncClient

from app.core.config import Settings
from app.core.logging import configure_logging

SECRET = "hunter2-hunter2"
Lines = Callable[[str], list[dict[str, Any]]]


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_log_shows_no_secret(settings: Settings, capsys: pytest.CaptureFixture[str], log_format: str) -> None:
    configure_logging(settings.model_copy(update={"log_format": log_format}))
    log = structlog.get_logger("test")
    log.info("hello", refresh_token=SECRET, name="kept", form={"Password": SECRET, "list": [{"api_key": SECRET}]})
    log.info("settings", settings=settings)
    log.info("path", path="/a\nforged")
    logging.getLogger("library").warning("from a library")
    local = SECRET
    try:
        raise RuntimeError(len(local))
    except RuntimeError:
        log.exception("failed")
    written = capsys.readouterr().err
    assert SECRET not in written
    assert settings.secret_key.get_secret_value() not in written
    assert "\nforged" not in written
    assert all(expected in written for expected in ("kept", "from a library", "RuntimeError"))


def test_level_is_that_of_the_settings(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(settings.model_copy(update={"log_level": "WARNING"}))
    structlog.get_logger("test").info("quiet")
    structlog.get_logger("test").warning("loud")
    written = capsys.readouterr().err
    assert "loud" in written
    assert "quiet" not in written


class TestRequests:
    @pytest.fixture
    def app_settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"log_format": "json"})

    @pytest.fixture
    def lines(self, app: FastAPI) -> Lines:
        """The lines of an event that `app` has logged."""
        stream = StringIO()
        [console] = [handler for handler in logging.getLogger().handlers if handler.name == "console"]
        assert isinstance(console, logging.StreamHandler)
        console.setStream(stream)

        def read(event: str) -> list[dict[str, Any]]:
            written = [json.loads(line) for line in stream.getvalue().splitlines()]
            return [line for line in written if line["event"] == event]

        return read

    async def test_access_log_has_no_query_and_no_header(self, lines: Lines, anonymous: AsyncClient) -> None:
        headers = {"Authorization": f"Bearer {SECRET}", "X-Request-ID": "one"}
        await anonymous.get("/nowhere", params={"q": SECRET}, headers=headers)
        [line] = lines("request")
        assert (line["method"], line["path"], line["status"], line["request_id"]) == ("GET", "/nowhere", 404, "one")
        assert SECRET not in json.dumps(line)

    async def test_error_is_logged_with_its_request(self, app: FastAPI, lines: Lines, anonymous: AsyncClient) -> None:
        @app.get("/fail")
        async def fail() -> None:
            raise RuntimeError("the cause")

        await anonymous.get("/fail", headers={"X-Request-ID": "two"})
        [line] = lines("unhandled_error")
        assert (line["request_id"], line["exception"][0]["exc_value"]) == ("two", "the cause")

    async def test_requests_share_no_context(self, app: FastAPI, lines: Lines, anonymous: AsyncClient) -> None:
        @app.get("/bind/{name}")
        async def bind(name: str) -> None:
            structlog.contextvars.bind_contextvars(**{name: 1})
            structlog.get_logger("test").info("bound")

        await anonymous.get("/bind/first")
        await anonymous.get("/bind/second")
        assert ["first" in line for line in lines("bound")] == [True, False]
