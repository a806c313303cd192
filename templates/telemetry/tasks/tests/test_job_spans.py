from collections.abc import Callable
from unittest.mock import AsyncMock

import pytest
from httpx2 import AsyncClient
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanKind, StatusCode
from structlog.testing import capture_logs

from app.core.config import Settings
from app.core.lifespan import open_state
from app.core.telemetry import add_trace_ids
from app.jobs import Ping, ping
from app.relay import run_job
from app.services import outbox


async def test_job_is_a_span_that_its_lines_name(
    committed: AsyncClient, settings: Settings, spans: Callable[[], list[ReadableSpan]]
) -> None:
    observed = settings.model_copy(update={"otel_exporter_otlp_endpoint": "http://collector.example:4318"})
    async with open_state(observed) as state:
        async with state["sessions"].write.begin() as session:
            job_id = await outbox.add(session, ping, Ping(text="a"))
        with capture_logs([add_trace_ids]) as logs:
            await run_job(state, job_id, 0)
    [span] = [span for span in spans() if span.kind is SpanKind.CONSUMER]
    assert span.name == "ping"
    assert span.context is not None
    named = [(line["event"], line["span_id"]) for line in logs]
    assert named == [(event, f"{span.context.span_id:016x}") for event in ("ping", "job_done")]


async def test_job_that_fails_is_a_failed_span(
    committed: AsyncClient,
    settings: Settings,
    spans: Callable[[], list[ReadableSpan]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app.relay._call", AsyncMock(side_effect=ConnectionError))
    observed = settings.model_copy(update={"otel_exporter_otlp_endpoint": "http://collector.example:4318"})
    async with open_state(observed) as state:
        async with state["sessions"].write.begin() as session:
            job_id = await outbox.add(session, ping, Ping(text="a"))
        await run_job(state, job_id, 0)
    [span] = [span for span in spans() if span.kind is SpanKind.CONSUMER]
    assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, "ConnectionError")
