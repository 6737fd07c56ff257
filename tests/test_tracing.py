"""What OpenTelemetry is told: a span for each request, under its caller’s, and no question."""

from __future__ import annotations

from pathlib import Path

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from starlette.testclient import TestClient

from qa.assistant import Assistant
from qa.settings import Settings
from qa.web.app import app
from qa.web.tracing import Tracing

CALLER = "4bf92f3577b34da6a3ce929d0e0e4736"


def test_a_span_tells_route_and_status_and_not_what_was_asked(seed_folder: Path) -> None:
    kept = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    assistant = Assistant(Settings(home=seed_folder / ".footnote"), view=False, folder=seed_folder)
    web = Tracing(app(assistant, ["testserver"]), provider.get_tracer("test"))
    there = TestClient(web)
    asked = {"question": "When is Putin set to visit North Korea?"}
    caller = {"traceparent": f"00-{CALLER}-00f067aa0ba902b7-01"}
    document = there.post("/api/v1/ask", json=asked, headers=caller).json()["citations"][0]
    there.get(f"/api/v1/source/{document['document']}?start=1&end=2")
    there.get("/api/v1/documents?q=Putin")
    spans = kept.get_finished_spans()
    assert [(span.name, span.attributes["http.response.status_code"]) for span in spans] == [
        ("POST /api/v1/ask", 200),
        ("GET /api/v1/source/{document}", 200),
        ("GET /api/v1/documents", 200),
    ]
    assert f"{spans[0].context.trace_id:032x}" == CALLER
    told = " ".join(span.to_json() for span in spans)
    assert "Putin" not in told
    assert document["document"] not in told
