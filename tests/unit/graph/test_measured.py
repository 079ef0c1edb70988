"""Each try of a call is one observation and one span, named by what was asked, and by how it ended."""

import asyncio
from collections.abc import Iterator

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import REGISTRY

from libs.graph import protocol
from libs.graph.errors import ConnectionLost, MailboxNotFound, Throttled
from libs.graph.measured import measured
from tests.support.spans import collected_spans

CALL = protocol.read_event("birch@example.org", "AAk-secret-id")


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    with collected_spans() as exporter:
        yield exporter


def counted(outcome: str) -> float:
    labels = {"call": "read_event", "outcome": outcome}
    return REGISTRY.get_sample_value("roomsync_graph_call_seconds_count", labels) or 0


def test_a_call_that_is_answered_is_ok(spans: InMemorySpanExporter) -> None:
    before = counted("ok")

    with measured(CALL):
        pass

    assert counted("ok") == before + 1
    (span,) = spans.get_finished_spans()
    assert (span.name, span.kind, span.status.is_ok) == ("graph read_event", trace.SpanKind.CLIENT, True)
    assert span.attributes == {"http.request.method": "GET"}


@pytest.mark.parametrize(
    ("error", "outcome", "status"),
    [
        (Throttled("slow down", status=429), "throttled", 429),
        (MailboxNotFound("no birch@example.org", status=404), "mailbox_not_found", 404),
        (ConnectionLost("GET got no answer"), "connection_lost", None),
        (asyncio.CancelledError(), "cancelled", None),
    ],
)
def test_a_call_that_fails_is_told_by_its_error(
    spans: InMemorySpanExporter, error: BaseException, outcome: str, status: int | None
) -> None:
    before = counted(outcome)

    with pytest.raises(type(error)), measured(CALL):
        raise error

    assert counted(outcome) == before + 1
    (span,) = spans.get_finished_spans()
    assert (span.attributes or {}).get("http.response.status_code") == status
    assert not span.events
    assert "birch" not in span.to_json()
