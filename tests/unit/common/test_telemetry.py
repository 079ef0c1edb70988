"""What is logged: one JSON object per line, with the trace, and without secrets."""

import io
import json
import logging
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import structlog
from opentelemetry.sdk.trace import TracerProvider
from prometheus_client import REGISTRY

from libs.common import telemetry
from libs.common.build import VERSION
from libs.common.settings import Settings


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Configure logging anew, and read what was logged."""
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    telemetry.configure("desk", Settings())
    written.seek(0)
    written.truncate()
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    logging.basicConfig(force=True)


SECRET = "hush-hush.A1_b2~c3"  # with what tokens are made of


@pytest.mark.parametrize(
    "fact",
    [
        f"Authorization: Bearer {SECRET}",
        f"bearer   {SECRET}",
        f"Authorization: Basic {SECRET}",
        f"postgresql://roomsync:{SECRET}@db:5432/rooms",
        f"amqps://guest:{SECRET}@broker/vhost?heartbeat=1",
        f"amqp://:{SECRET}@broker/",
        f"client_secret={SECRET}&grant_type=client_credentials",
        f'{{"access_token": "{SECRET}", "expires_in": 3599}}',
        f"{{'clientState': '{SECRET}'}}",
        f"client_assertion={SECRET}",
        f"refresh_token={SECRET}",
        f"id_token={SECRET}",
        f"password = {SECRET} for user",
        f"Cookie: session={SECRET}; theme=dark",
        {"password": SECRET},
        {"nested": [{"deep": {"client_secret": SECRET}}]},
        {"headers": {"Authorization": f"Basic {SECRET}", "Cookie": SECRET}},
        [f"postgresql://roomsync:{SECRET}@db/rooms", (f"Bearer {SECRET}",)],
        {f"Bearer {SECRET}"},
        f"Bearer {SECRET}".encode(),
        ValueError(f"cannot connect to amqp://guest:{SECRET}@broker/"),
        {"error": ValueError(f"clientState={SECRET}")},
        f"https://login/?code={SECRET}&client_secret={SECRET}#",
    ],
    ids=lambda fact: str(fact)[:30],
)
def test_no_secret_is_logged_in_any_wrapping(logged: Any, fact: object) -> None:
    structlog.get_logger().warning("something.happened", fact=fact, count=3)

    (line,) = logged()
    assert SECRET not in json.dumps(line)
    assert "hush" not in json.dumps(line)
    assert (line["event"], line["count"]) == ("something.happened", 3)


@pytest.mark.parametrize(
    "name", ["token", "client_state", "clientState", "amqp_password", "credential", "authorization"]
)
def test_what_is_named_like_a_secret_is_masked_whatever_it_holds(logged: Any, name: str) -> None:
    structlog.get_logger().info("x", **{name: SECRET})

    assert logged()[0][name] == telemetry.MASK


@pytest.mark.parametrize(
    "fact",
    ["a meeting at 9:30", "https://graph.microsoft.com/v1.0/users/room@example.org/events", "3 tokens left", "@:/"],
)
def test_what_is_no_secret_is_logged_as_it_is(logged: Any, fact: str) -> None:
    structlog.get_logger().info("x", fact=fact)

    assert logged()[0]["fact"] == fact


def test_an_exceptions_traceback_keeps_its_secrets(logged: Any) -> None:
    try:
        raise ConnectionError(f"no way to postgresql://roomsync:{SECRET}@db/rooms")
    except ConnectionError as cause:
        try:
            raise ValueError(f"Bearer {SECRET}") from cause
        except ValueError:
            structlog.get_logger().exception("work.failed")
            logging.getLogger("some.library").exception("failed with password=%s", SECRET)

    lines = logged()
    assert len(lines) == 2
    assert "hush" not in json.dumps(lines)
    assert "ConnectionError" in lines[0]["exception"]


def test_a_traceback_names_each_error_of_a_chain_and_quotes_no_row(logged: Any) -> None:
    refused = asyncpg.CheckViolationError("violates check constraint")
    refused.detail = f"Failing row contains ({SECRET})."
    try:
        try:
            raise ExceptionGroup("two of them", [refused, TimeoutError("too late")])
        except ExceptionGroup as cause:
            raise LookupError("no reservation") from cause
    except LookupError:
        structlog.get_logger().exception("work.failed")
        logging.getLogger("some.library").exception("work.failed")

    ours, theirs = (line["exception"] for line in logged())
    for told in (ours, theirs):
        before, after = told.split("The cause of:")
        assert "CheckViolationError: violates check constraint" in before
        assert "TimeoutError: too late" in before
        assert after.endswith("LookupError: no reservation\n")
        assert "test_telemetry.py" in after
        assert SECRET not in told


@pytest.mark.parametrize("odd", ["half \ud800", 2**70, float("nan"), {1: {2: 3}}, object, {("a", 1): "b"}, b"\xff"])
def test_a_log_line_never_fails(logged: Any, odd: object) -> None:
    structlog.get_logger().info("x", odd=odd)

    assert logged()[0]["event"] == "x"


def test_a_line_inside_a_span_names_its_trace_and_one_outside_does_not(logged: Any) -> None:
    with TracerProvider().get_tracer("test").start_as_current_span("work") as span:
        structlog.get_logger().info("inside")
    structlog.get_logger().info("outside")

    inside, outside = logged()
    assert inside["trace_id"] == format(span.get_span_context().trace_id, "032x")
    assert "trace_id" not in outside
    assert inside["service"] == "desk"


@pytest.mark.parametrize(
    ("endpoint", "address"),
    [
        ("http://collector:4318", "http://collector:4318/v1/traces"),
        ("http://collector:4318/", "http://collector:4318/v1/traces"),
        ("https://host/otlp", "https://host/otlp/v1/traces"),
        ("https://host/otlp/v1/traces", "https://host/otlp/v1/traces"),
        ("https://host/v1/traces/", "https://host/v1/traces"),
    ],
)
def test_traces_go_where_a_collector_takes_them(endpoint: str, address: str) -> None:
    assert telemetry.traces_address(endpoint) == address


def test_what_is_running_is_shown(logged: Any) -> None:
    telemetry.configure("desk", Settings(commit="abc1234"))

    assert REGISTRY.get_sample_value("roomsync_build_info", {"version": VERSION, "commit": "abc1234"}) == 1
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())
    assert project["project"]["version"] == VERSION
