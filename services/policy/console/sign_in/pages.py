"""The few pages of the sign-in, which people see before they have signed in, or after."""

from collections.abc import Mapping
from pathlib import Path

import structlog
from fastapi import Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from libs.common.db import AWAY
from services.policy.commands.work import RETRY_AFTER_S, OutcomeUnknown
from services.policy.console.addresses import ROOT, SIGN_IN
from services.policy.console.visitor import Visitor

_log = structlog.get_logger(__name__)

DATABASE_AWAY: tuple[type[Exception], ...] = (OutcomeUnknown, *AWAY)
"""What is raised while the database is away."""

_environment = Environment(
    loader=FileSystemLoader(Path(__file__).parents[1] / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.globals["root"] = ROOT


def show(
    request: Request,
    template: str,
    facts: Mapping[str, object],
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return a page: the name of a template without its ending, and the facts it has places for."""
    visitor: Visitor | None = getattr(request.state, "visitor", None)
    body = _environment.get_template(f"{template}.html").render(visitor=visitor, **facts)
    return Response(body, status, headers, "text/html; charset=utf-8")


def refuse(
    request: Request,
    status: int,
    title: str,
    detail: str,
    *,
    sign_in: str | None = SIGN_IN,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return the page that says why something is not done, and where to sign in if that helps."""
    facts = {"title": title, "detail": detail, "sign_in": sign_in}
    return show(request, "refused", facts, status=status, headers=headers)


def refuse_for_now(request: Request, error: Exception) -> Response:
    """Return the page that says that the database is away."""
    _log.warning("database.away", error=type(error).__name__)
    detail = "The room reservations cannot be reached just now. Look what is there, and try again in a few seconds."
    headers = {"Retry-After": str(RETRY_AFTER_S)}
    return refuse(request, 503, "Please try again in a moment", detail, sign_in=None, headers=headers)
