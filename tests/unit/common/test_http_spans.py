"""Requests are traced by names of ours, whatever a stranger sends."""

import httpx2
import pytest
from fastapi import FastAPI
from opentelemetry.trace import StatusCode

from libs.common.health import add_health_routes
from libs.common.http_spans import HttpSpans
from libs.common.telemetry import UNTRACED
from tests.support.spans import collected_spans

APP = FastAPI(telemetry=UNTRACED)
APP.add_middleware(HttpSpans)
add_health_routes(APP, {})

SECRETIVE = "ada@example.org"
TRACE = "0af7651916cd43dd8448eb211c80319c"


@APP.get("/rooms/{room}")
async def room(room: str) -> str:
    if room == "broken":
        raise ValueError(SECRETIVE)
    return room


@pytest.mark.parametrize(
    ("method", "path", "name", "status"),
    [
        ("GET", f"/rooms/{SECRETIVE}?organizer={SECRETIVE}", "GET /rooms/{room}", 200),
        ("GET", f"/{SECRETIVE}", "GET other", 404),
        ("ADA", "/rooms/orion", "other /rooms/{room}", 405),
        ("GET", "/rooms/broken", "GET /rooms/{room}", None),
    ],
)
async def test_a_request_is_traced_by_method_route_and_status(
    method: str, path: str, name: str, status: int | None
) -> None:
    transport = httpx2.ASGITransport(app=APP, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://desk.example.org") as http:
        with collected_spans() as spans:
            await http.request(method, path, headers={"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"})
            await http.get("/readyz")

    [span] = spans.get_finished_spans()
    assert (span.name, (span.attributes or {}).get("http.response.status_code")) == (name, status)
    assert TRACE in span.to_json()
    assert span.status.status_code is not StatusCode.OK
    assert SECRETIVE not in span.to_json()
    assert "ADA" not in span.to_json()
