"""Tells OpenTelemetry of each request: its route, its status, how long it took, and nothing else.

Where to, and as which service, OpenTelemetry's own variables say (OTEL_EXPORTER_OTLP_ENDPOINT …).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa.errors import BadSetting

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer


def tracer() -> Tracer:
    """Raises BadSetting if the extra `otel` isn't installed."""
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        raise BadSetting(
            "tracing: needs an extra; in Footnote's repository run: pip install '.[otel]'"
        ) from None
    provider = TracerProvider(resource=Resource.create({"service.name": "footnote"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider.get_tracer("footnote")


class Tracing:
    """Wraps an app."""

    def __init__(self, app: ASGIApp, tracer: Tracer) -> None:
        self.app, self._tracer = app, tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        from opentelemetry.trace import SpanKind
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        from qa.web.observing import route

        carrier = {"traceparent": Headers(scope=scope).get("traceparent", "")}
        above = TraceContextTextMapPropagator().extract(carrier)
        with self._tracer.start_as_current_span(
            "request", context=above, kind=SpanKind.SERVER
        ) as span:

            async def seen(message: Message) -> None:
                if message["type"] == "http.response.start":
                    span.set_attribute("http.response.status_code", message["status"])
                await send(message)

            try:
                await self.app(scope, receive, seen)
            finally:
                span.update_name(f"{scope['method']} {route(scope)}")
                span.set_attribute("http.route", route(scope))
