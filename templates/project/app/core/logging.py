"""Structured logs for our own events and for every library that uses `logging`."""

import logging.config
from typing import Any

import structlog
from structlog.processors import ExceptionRenderer
from structlog.stdlib import ProcessorFormatter
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import EventDict, Processor, WrappedLogger

from app.core.config import Settings

SENSITIVE = ("password", "token", "secret", "authorization", "cookie", "api_key")


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Blank the value of any key that names a secret, however deep it lies."""
    return {key: _blank(key, value) for key, value in event.items()}


def _blank(key: str, value: Any) -> Any:
    if any(word in key.lower() for word in SENSITIVE):
        return "[redacted]"
    if isinstance(value, dict):
        return {inner: _blank(str(inner), item) for inner, item in value.items()}
    if isinstance(value, list | tuple):
        return [_blank("", item) for item in value]
    return value


def configure_logging(settings: Settings) -> None:
    """Send every line of the process through one handler, as JSON or for people to read."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        redact,
    ]
    # Tracebacks never show local variables: they hold secrets.
    last: list[Processor] = [ProcessorFormatter.remove_processors_meta]
    if settings.log_format == "json":
        last += [ExceptionRenderer(ExceptionDictTransformer(show_locals=False)), structlog.processors.JSONRenderer()]
    else:
        last += [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    formatter = {"()": ProcessorFormatter, "foreign_pre_chain": shared, "processors": last}
    ours = {"handlers": [], "propagate": True}
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"structlog": formatter},
            "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "structlog"}},
            "root": {"handlers": ["console"], "level": settings.log_level},
            # Uvicorn's access lines are replaced by those of the access log middleware.
            "loggers": {"uvicorn": ours, "uvicorn.error": ours, "uvicorn.access": ours | {"level": "WARNING"}},
        }
    )
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
