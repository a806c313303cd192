import asyncio
import json
import threading
from collections.abc import Callable

import pytest
from fastapi import APIRouter, BackgroundTasks, FastAPI
from httpx2 import AsyncClient
from opentelemetry import trace
from opentelemetry.sdk.metrics.export import DataPointT, HistogramDataPoint, InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanKind
from structlog.testing import capture_logs

from app.core.config import Settings
from app.core.logging import configure_logging
from app.core.telemetry import TELEMETRY, create_providers, open_telemetry
from app.main import create_app
from tests.conftest import serve

COLLECTOR = "http://collector.example:4318"
TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"
SECRET = "hunter2-hunter2"
Spans = Callable[[], list[ReadableSpan]]


@pytest.fixture
def app(settings: Settings, spans: Spans) -> FastAPI:
    app = create_app(settings.model_copy(update={"otel_exporter_otlp_endpoint": COLLECTOR}))
    router = APIRouter(prefix="/probes")

    @router.get("/{number}")
    async def read(number: int, q: str = "") -> int:
        return 1 // number

    app.include_router(router, prefix="/outer")
    return app


def points(reader: InMemoryMetricReader, name: str = "http.server.request.duration") -> list[DataPointT]:
    data = reader.get_metrics_data()
    found = [metric for part in data.resource_metrics[0].scope_metrics for metric in part.metrics] if data else []
    return [point for metric in found if metric.name.startswith(name) for point in metric.data.data_points]


@pytest.mark.parametrize(
    ("method", "path", "name", "status"),
    [
        ("GET", "/outer/probes/2", "GET /outer/probes/{number}", 200),
        ("GET", "/outer/probes/x", "GET /outer/probes/{number}", 422),
        ("PUT", "/outer/probes/2", "PUT /outer/probes/{number}", 405),
        ("GET", "/outer/probes/0", "GET /outer/probes/{number}", 500),
        ("GET", "/nowhere", "GET", 404),
        ("BREW", "/nowhere", "HTTP", 404),
    ],
)
async def test_request_is_a_span_and_a_duration(
    app: FastAPI, spans: Spans, reader: InMemoryMetricReader, method: str, path: str, name: str, status: int
) -> None:
    headers = {"Authorization": f"Bearer {SECRET}", "traceparent": f"00-{TRACE}-{PARENT}-01"}
    async with serve(app) as client:
        assert (await client.request(method, path, params={"q": SECRET}, headers=headers)).status_code == status
        await client.get("/health/live")
        [point] = points(reader)
    [span] = [span for span in spans() if span.kind is SpanKind.SERVER]
    assert (span.name, span.status.is_ok, len(span.events)) == (name, status < 500, 0)
    assert span.context is not None
    assert span.parent is not None
    assert (f"{span.context.trace_id:032x}", f"{span.parent.span_id:016x}") == (TRACE, PARENT)
    assert {"url.path": path, "url.query": "[redacted]"}.items() <= dict(span.attributes or {}).items()
    assert SECRET not in span.to_json()
    counted = dict(point.attributes or {})
    assert counted["http.response.status_code"] == status
    assert counted.get("http.route") == ("/outer/probes/{number}" if "outer" in path else None)
    assert not {"url.path", "url.query", "server.address"} & counted.keys()


async def test_log_and_metric_know_nothing_of_what_follows_the_response(
    app: FastAPI, reader: InMemoryMetricReader
) -> None:
    @app.get("/followed")
    async def followed(later: BackgroundTasks) -> None:
        later.add_task(asyncio.sleep, 0.3)

    with capture_logs() as logs:
        async with serve(app) as client:
            await client.get("/followed")
            [point] = points(reader)
    [line] = [line for line in logs if line["event"] == "request"]
    assert isinstance(point, HistogramDataPoint)
    assert (line["ms"] < 300, point.sum < 0.3) == (True, True)


@pytest.mark.usefixtures("spans")
async def test_made_up_paths_are_one_series(reader: InMemoryMetricReader) -> None:
    app = FastAPI(telemetry=TELEMETRY)
    async with open_telemetry(COLLECTOR, "local"), serve(app) as client:
        await client.get("/made/up")
        before = len(points(reader, ""))
        for number in range(1000):
            await client.get(f"/made/up/{number}")
        assert len(points(reader, "")) == before


async def test_lines_of_the_log_name_their_span(
    app: FastAPI, spans: Spans, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging(settings.model_copy(update={"log_format": "json"}))  # The log goes where stderr is now.
    async with serve(app) as client:
        await client.get("/outer/probes/0")
    [span] = [span for span in spans() if span.kind is SpanKind.SERVER]
    assert span.context is not None
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    error, request = [line for line in lines if line["logger"] == "app.core.middleware"]
    assert {error["trace_id"], request["trace_id"]} == {f"{span.context.trace_id:032x}"}
    assert {error["span_id"], request["span_id"]} == {f"{span.context.span_id:016x}"}


async def test_nothing_is_made_without_a_collector() -> None:
    threads = threading.enumerate()
    async with open_telemetry("", "local"):
        assert not trace.get_tracer("test").start_span("quiet").is_recording()
        assert threading.enumerate() == threads


async def test_metrics_are_not_for_the_public(anonymous: AsyncClient) -> None:
    assert (await anonymous.get("/metrics")).status_code == 404


def test_providers_follow_the_environment(spans: Spans, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_SERVICE_NAME", "named")
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "always_off")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "")  # as if it were not there
    tracers, meters = create_providers(COLLECTOR, "staging")
    given = {"service.name": "named", "deployment.environment.name": "staging"}
    assert given.items() <= dict(tracers.resource.attributes).items()
    tracers.get_tracer("test").start_span("sampled away").end()
    tracers.shutdown()
    meters.shutdown()
    assert spans() == []
