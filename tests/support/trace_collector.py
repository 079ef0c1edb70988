"""A collector of traces: whoever exports to it by OTLP over HTTP is taken at its word.

Source: https://opentelemetry.io/docs/specs/otlp/#otlphttp
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass
class TraceCollector:
    """What was exported so far: the bodies, in which every text stands as it is, and what they hold."""

    port: int = 0
    texts: list[str] = field(default_factory=list)
    spans: set[tuple[str, str]] = field(default_factory=set)
    """The name of each span that came, after that of the service that it is of."""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def take(self, request: web.Request) -> web.Response:
        """Take an export."""
        body = await request.read()
        self.texts.append(body.decode(errors="replace"))
        exported = ExportTraceServiceRequest.FromString(body)
        for of_service in exported.resource_spans:
            named = {each.key: each.value.string_value for each in of_service.resource.attributes}
            for scope in of_service.scope_spans:
                self.spans |= {(named["service.name"], span.name) for span in scope.spans}
        return web.Response(content_type="application/x-protobuf")


@asynccontextmanager
async def open_collector() -> AsyncIterator[TraceCollector]:
    """Listen on a free port until the context is left."""
    collector = TraceCollector()
    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_post("/v1/traces", collector.take)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        collector.port = runner.addresses[0][1]
        yield collector
    finally:
        await runner.cleanup()
