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
def test_secrets_are_blanked(settings: Settings, capsys: pytest.CaptureFixture[str], log_format: str) -> None:
    configure_logging(settings.model_copy(update={"log_format": log_format}))
    log = structlog.get_logger("test")
    log.info("hello", refresh_token=SECRET, name="kept", form={"Password": SECRET, "list": [{"api_key": SECRET}]})
    log.info("settings", settings=settings)
    logging.getLogger("library").warning("from a library")
    written = capsys.readouterr().err
    assert SECRET not in written
    assert settings.secret_key.get_secret_value() not in written
    assert "kept" in written
    assert "from a library" in written


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_traceback_shows_no_local_variables(
    settings: Settings, capsys: pytest.CaptureFixture[str], log_format: str
) -> None:
    configure_logging(settings.model_copy(update={"log_format": log_format}))
    password = SECRET
    try:
        raise RuntimeError(len(password))
    except RuntimeError:
        structlog.get_logger("test").exception("failed")
    written = capsys.readouterr().err
    assert "RuntimeError" in written
    assert SECRET not in written


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
        assert line["request_id"] == "two"
        assert line["exception"][0]["exc_value"] == "the cause"

    async def test_requests_do_not_share_their_context(
        self, app: FastAPI, lines: Lines, anonymous: AsyncClient
    ) -> None:
        @app.get("/bind/{name}")
        async def bind(name: str) -> None:
            structlog.contextvars.bind_contextvars(**{name: 1})
            structlog.get_logger("test").info("bound")

        await anonymous.get("/bind/first")
        await anonymous.get("/bind/second")
        first, second = lines("bound")
        assert "first" in first
        assert "first" not in second

    async def test_path_cannot_forge_a_line(self, settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
        configure_logging(settings)
        structlog.get_logger("test").info("request", path="/a\nforged")
        assert "\nforged" not in capsys.readouterr().err
