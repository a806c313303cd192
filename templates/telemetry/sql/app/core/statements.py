"""A span for each SQL statement: its text with placeholders, never a value."""

from typing import Any

from opentelemetry import trace
from opentelemetry.trace import SpanKind, StatusCode
from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext


def trace_statements(engine: Engine) -> None:
    tracer = trace.get_tracer(__name__)

    def start(_connection: object, _cursor: object, statement: str, _values: object, context: Any, _many: bool) -> None:
        # The ping of a health check or the look into an outbox each second would be a trace of its own.
        if not trace.get_current_span().get_span_context().is_valid:
            return
        operation = statement.split(maxsplit=1)[0].upper()
        context.span = tracer.start_span(
            operation,
            kind=SpanKind.CLIENT,
            attributes={
                "db.system.name": engine.dialect.name,
                "db.operation.name": operation,
                "db.query.text": statement,
            },
        )

    def end(_connection: object, _cursor: object, _statement: str, _values: object, context: Any, _many: bool) -> None:
        if span := getattr(context, "span", None):
            span.end()

    def fail(error: ExceptionContext) -> None:
        # There is none while connecting.
        if span := getattr(error.execution_context, "span", None):
            # The message may hold values: PostgreSQL shows those of a key that is there already.
            span.set_attribute("error.type", type(error.original_exception).__name__)
            span.set_status(StatusCode.ERROR)
            span.end()

    event.listen(engine, "before_cursor_execute", start)
    event.listen(engine, "after_cursor_execute", end)
    event.listen(engine, "handle_error", fail)
