"""Logs, traces and metrics, set up once per process.

Each log line is one JSON object: a dotted event name, and facts as fields. Facts are ids, counts and reasons, never
subjects or names, and anything that looks like a secret is masked before it is written.
"""

import json
import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from functools import lru_cache
from typing import Any

import orjson
import structlog
from fastapi.telemetry import TelemetryConfig
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from libs.common.build import tell_build
from libs.common.settings import Settings
from libs.common.tracebacks import traceback_in_words

_SECRET_NAME = re.compile(r"(?i)secret|password|token|authorization|client_?state|assertion|credential|cookie")
_SECRET_TEXT = re.compile(
    r"(?i)((?:bearer|basic)\s+)[\w.~+/=-]{8,}"
    r"|(://[^:/@\s]*:)[^@\s]+(?=@)"
    r"|(cookie[\"']?\s*[=:]\s*)[^\r\n]+"
    r"|([?&]code=)[^&\s]+"
    r"|((?:\w*secret|\w*assertion|\w*token|\w*password|client_?state)[\"']?\s*[=:]\s*[\"']?)[^\"'&\s,}]+"
)
_MAY_HOLD_A_SECRET = re.compile(r"(?i)bearer|basic|://|cookie|code=|secret|assertion|token|password|client_?state")
"""A cheap first check: most texts do not match, and need no closer one."""

MASK = "***"

UNTRACED: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False}
"""What a FastAPI application is given: its own spans would hold each path and query; `http_spans` has ours."""

TRACES_PATH = "/v1/traces"


def _cut(found: re.Match[str]) -> str:
    """Return the text before a secret, followed by the mask instead of the secret."""
    return next((group for group in found.groups() if group), "") + MASK


def masked(value: Any) -> Any:  # noqa: ANN401 - whatever somebody logs
    """Return the value with everything replaced that looks like a secret, at any depth."""
    match value:
        case str():
            return _SECRET_TEXT.sub(_cut, value) if _MAY_HOLD_A_SECRET.search(value) else value
        case None | bool() | int() | float():
            return value
        case Mapping():
            return {name: MASK if _names_a_secret(str(name)) else masked(inner) for name, inner in value.items()}
        case list() | tuple() | set() | frozenset():
            return [masked(each) for each in value]
        case bytes():
            return masked(value.decode(errors="replace"))
        case _:
            return masked(str(value))


@lru_cache(maxsize=1024)
def _names_a_secret(name: str) -> bool:
    return _SECRET_NAME.search(name) is not None


def _mask_secrets(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name, value in event.items():
        event[name] = MASK if _names_a_secret(name) else masked(value)
    return event


def _add_trace(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event["trace_id"] = format(context.trace_id, "032x")
    return event


def _as_json(value: Any, **options: Any) -> str:  # noqa: ANN401
    try:
        return orjson.dumps(value, default=options.get("default", str), option=orjson.OPT_NON_STR_KEYS).decode()
    except orjson.JSONEncodeError:  # half a surrogate pair, a huge number: a log line must not fail for that
        return json.dumps(value, default=str, skipkeys=True)


def traces_address(endpoint: str) -> str:
    """Return the address for traces at an endpoint: below it, unless it is the whole address already.

    Source: https://opentelemetry.io/docs/specs/otel/protocol/exporter/#endpoint-urls-for-otlphttp
    """
    base = endpoint.rstrip("/")
    return base if base.endswith(TRACES_PATH) else base + TRACES_PATH


def configure(service: str, settings: Settings) -> None:
    """Set up logging and tracing for this process."""
    level = logging.getLevelNamesMapping()[settings.log_level]
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_trace,
        structlog.processors.ExceptionRenderer(traceback_in_words),
        _mask_secrets,
    ]
    last: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(_as_json)
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[*shared, last],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processor=last, foreign_pre_chain=shared))
    logging.basicConfig(level=max(level, logging.WARNING), handlers=[handler], force=True)
    tell_build(settings.commit)
    provider = TracerProvider(resource=Resource.create({"service.name": f"roomsync-{service}"}))
    if settings.otlp_endpoint:
        provider.add_span_processor(
            BatchSpanProcessor(OTLPSpanExporter(endpoint=traces_address(settings.otlp_endpoint)))
        )
    trace.set_tracer_provider(provider)
