"""A span for each SQL statement: its text with placeholders, never a value."""

from typing import Any

from opentelemetry import trace
from opentelemetry.trace import SpanKind, StatusCode
from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext


def trace_statements(engine: Engine) -> None:
    tracer = trace.get_tracer(__name__)

    def start(_connection: object, _cursor: object, statement: str, _values: object, context: Any, _many: bool) -> None:
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
        context.span.end()

    def fail(error: ExceptionContext) -> None:
        # There is none while connecting.
        if span := getattr(error.execution_context, "span", None):
            # The message may hold values: PostgreSQL shows those of a key that is there already.
            span.set_attribute("error.type", type(error.original_exception).__name__)
            span.set_status(StatusCode.ERROR)
            span.end()

    event.listen(engine, "before_cursor_execute", start)
    event.listen(engine, "after_cursor_execute", end)
    # First, since the next one may raise.
    event.listen(engine, "handle_error", fail, insert=True)
