from collections.abc import Callable

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.config import Settings
from app.core.database import create_engine
from app.core.errors import UnavailableError
from app.core.statements import trace_statements
from app.dependencies import SessionDep
from app.main import create_app
from tests.conftest import serve
from tests.database import UNREACHABLE_URL

SECRET = "hunter2-hunter2"
UNAVAILABLE = {
    "postgresql": "SELECT pg_terminate_backend(pg_backend_pid())",
    "sqlite": "ATTACH '/nowhere/at/all.db' AS nowhere",
}


async def test_statement_is_part_of_its_request(
    settings: Settings, engine: AsyncEngine, spans: Callable[[], list[ReadableSpan]]
) -> None:
    app = create_app(settings.model_copy(update={"otel_exporter_otlp_endpoint": "http://collector.example"}))

    @app.get("/one")
    async def one(session: SessionDep) -> bool:
        return bool(await session.scalar(text("SELECT CAST(:value AS TEXT)"), {"value": SECRET}))

    async with serve(app) as client:
        assert (await client.get("/one")).json() is True
    [request] = [span for span in spans() if span.kind is SpanKind.SERVER]
    [statement] = [span for span in spans() if span.name == "SELECT"]
    assert statement.parent == request.context
    assert statement.attributes is not None
    assert statement.attributes["db.system.name"] == engine.dialect.name
    assert str(statement.attributes["db.query.text"]).startswith("SELECT ")
    assert SECRET not in statement.to_json()


@pytest.fixture
def finished(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    """The spans of an engine that a test traces itself."""
    exporter, tracers = InMemorySpanExporter(), TracerProvider()
    tracers.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "get_tracer_provider", lambda: tracers)
    return exporter


@pytest.mark.parametrize(
    ("statement", "raised"), [(None, UnavailableError), ("SELECT :value FROM nowhere", DBAPIError)]
)
async def test_failure_shows_no_value(
    engine: AsyncEngine, finished: InMemorySpanExporter, statement: str | None, raised: type[Exception]
) -> None:
    traced = create_engine(engine.url.render_as_string(hide_password=False))
    trace_statements(traced.sync_engine)
    failing = text(statement or UNAVAILABLE[engine.dialect.name])
    async with traced.connect() as connection:
        # Outside of a request there is no trace to be part of.
        await connection.execute(text("SELECT 1"))
        with trace.get_tracer(__name__).start_as_current_span("request"), pytest.raises(raised):
            await connection.execute(failing, {"value": SECRET} if statement else {})
    await traced.dispose()
    failed, request = finished.get_finished_spans()
    assert (failed.name, failed.status.is_ok, request.name) == (failing.text.split()[0], False, "request")
    assert failed.attributes is not None
    assert failed.attributes["error.type"]
    assert SECRET not in failed.to_json()


@pytest.mark.usefixtures("engine")  # and its event loop: a driver may answer after the test
async def test_failure_to_connect_is_no_statement(finished: InMemorySpanExporter) -> None:
    nowhere = create_engine(UNREACHABLE_URL)
    trace_statements(nowhere.sync_engine)
    with pytest.raises(UnavailableError):
        async with nowhere.connect():
            pass
    assert finished.get_finished_spans() == ()
