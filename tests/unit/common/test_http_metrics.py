"""Requests are measured by names of ours, whatever a stranger sends."""

import httpx2
import pytest
from fastapi import FastAPI
from prometheus_client import REGISTRY

from libs.common.health import add_health_routes
from libs.common.http_metrics import HttpMetrics

APP = FastAPI()
APP.add_middleware(HttpMetrics, server="desk")
add_health_routes(APP, {})


@APP.get("/rooms/{room}")
async def room(room: str) -> str:
    if room == "broken":
        raise ValueError(room)
    return room


def counted() -> dict[tuple[str, str, str], float]:
    """Count the requests of this server so far, by method, route and status."""
    return {
        (sample.labels["method"], sample.labels["route"], sample.labels["status"]): sample.value
        for metric in REGISTRY.collect()
        for sample in metric.samples
        if sample.name == "roomsync_http_request_seconds_count" and sample.labels["server"] == "desk"
    }


@pytest.mark.parametrize(
    ("method", "path", "becomes"),
    [
        ("GET", "/rooms/orion", ("GET", "/rooms/{room}", "200")),
        ("GET", "/made/up", ("GET", "other", "404")),
        ("BREW", "/rooms/orion", ("other", "/rooms/{room}", "405")),
        ("GET", "/rooms/broken", ("GET", "/rooms/{room}", "none")),
    ],
)
async def test_a_request_is_counted_by_method_route_and_status(
    method: str, path: str, becomes: tuple[str, str, str]
) -> None:
    before = counted()
    transport = httpx2.ASGITransport(app=APP, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://desk.example.org") as http:
        await http.request(method, path)
        await http.get("/readyz")

    grown = {labels: value - before.get(labels, 0) for labels, value in counted().items()}
    assert {labels: value for labels, value in grown.items() if value} == {becomes: 1}
