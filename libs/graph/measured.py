"""Measure each call to Graph: one span and one observation for each try, by what was asked and how it ended.

How it ended is the name of the error that the caller sees, so refusals, throttling (429) and lost connections are told
apart. Neither says which mailbox or event it was about.
"""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import trace
from prometheus_client import Histogram

from libs.graph.errors import GraphError
from libs.graph.protocol import Call

SECONDS = Histogram(
    "roomsync_graph_call_seconds", "Time for Graph to answer a call, each try by itself", ["call", "outcome"]
)

_tracer = trace.get_tracer("roomsync")
_WORD = re.compile(r"(?<=[a-z])(?=[A-Z])")


@contextmanager
def measured(call: Call) -> Iterator[None]:
    """Measure one try of a call; a try that nobody waited for any longer ended as `cancelled`."""
    began, outcome = time.perf_counter(), "cancelled"
    with _tracer.start_as_current_span(
        f"graph {call.name}",
        kind=trace.SpanKind.CLIENT,
        attributes={"http.request.method": call.method},
        record_exception=False,
        set_status_on_exception=False,
    ) as span:
        try:
            yield
            outcome = "ok"
        except GraphError as error:
            outcome = _WORD.sub("_", type(error).__name__).lower()
            span.set_status(trace.StatusCode.ERROR, outcome)
            if error.status:
                span.set_attribute("http.response.status_code", error.status)
            raise
        finally:
            SECONDS.labels(call.name, outcome).observe(time.perf_counter() - began)
