"""What cannot be shown or done, as a page: a sentence about what happened, and where to go on.

The words are those of the commands; only what is about addresses and forms is said here.
"""

from collections.abc import Sequence
from typing import cast

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from libs.common.bus.port import BusError
from libs.common.db import AWAY
from libs.contracts.values import Reason
from services.policy.commands.cursors import NotACursor
from services.policy.commands.refusals import AWAY_NOW, REFUSED, Undoable, refuse, say_role_needed
from services.policy.commands.reservation_refusals import UNDOABLE, refuse_error
from services.policy.commands.reservation_refusals import Undoable as UndoableReservation
from services.policy.commands.work import RETRY_AFTER_S, OutcomeUnknown
from services.policy.console.access import RoleNeeded
from services.policy.console.page import show

_log = structlog.get_logger(__name__)

DATABASE_AWAY: tuple[type[Exception], ...] = (OutcomeUnknown, *AWAY)
"""What is raised while the database is away."""

_NO_PAGE = "There is no page at this address. It may have been mistyped, or what it showed is gone."
_NOT_SO = "This address asks for something that there is not, such as a filter that nothing can match."
_BUS_AWAY = (
    "The message broker cannot be reached just now. What is parked stays so, but what you asked for may have been done "
    "with some of it: look at the list before you repeat it. Try again in a few seconds."
)
_UNKNOWN = (
    "The database went away just as this was to be written, and nobody knows whether it was. Look at what is there now "
    "before you do it again."
)


def add_problem_pages(app: FastAPI) -> None:
    """Have everything that routes of the console raise shown as a page."""
    for undoable in UNDOABLE:
        app.add_exception_handler(undoable, _undoable)
    for error in REFUSED:
        app.add_exception_handler(error, _refused)
    for away in DATABASE_AWAY:
        app.add_exception_handler(away, _away)
    app.add_exception_handler(BusError, _bus_away)
    app.add_exception_handler(RoleNeeded, _role_needed)
    app.add_exception_handler(RequestValidationError, _not_so)
    app.add_exception_handler(NotACursor, _not_so)
    app.add_exception_handler(HTTPException, _framework)


def show_problem(
    request: Request,
    status: int,
    title: str,
    detail: str,
    reasons: Sequence[Reason] = (),
    *,
    retry: bool = False,
    sign_in: str | None = None,
) -> Response:
    """Return the page of a problem; with `retry` it is worth trying again soon, and with `sign_in` signing in helps."""
    facts = {"title": title, "detail": detail, "reasons": reasons, "retry": retry, "sign_in": sign_in}
    headers = {"Retry-After": str(RETRY_AFTER_S)} if retry else None
    return show(request, "problem", facts, status=status, headers=headers)


def show_away(request: Request, error: Exception) -> Response:
    """Return the page that says that the database is away."""
    _log.warning("database.away", error=type(error).__name__)
    if isinstance(error, OutcomeUnknown):
        return show_problem(request, 503, "Please look before you try again.", _UNKNOWN, retry=True)
    return show_problem(request, 503, "Please try again in a moment.", AWAY_NOW, retry=True)


async def _refused(request: Request, error: Exception) -> Response:
    refusal = refuse(cast("Undoable", error))
    return show_problem(request, refusal.kind.status, refusal.kind.title, refusal.detail, refusal.reasons)


async def _undoable(request: Request, error: Exception) -> Response:
    refusal = refuse_error(cast("UndoableReservation", error))
    return show_problem(request, refusal.kind.status, refusal.kind.title, refusal.detail)


async def _away(request: Request, error: Exception) -> Response:
    return show_away(request, error)


async def _bus_away(request: Request, error: Exception) -> Response:
    _log.warning("bus.away", error=type(error).__name__)
    return show_problem(request, 503, "Please try again in a moment.", _BUS_AWAY, retry=True)


async def _role_needed(request: Request, error: Exception) -> Response:
    return show_problem(request, 403, "This is not for your role.", say_role_needed(cast("RoleNeeded", error).roles))


async def _not_so(request: Request, _: Exception) -> Response:
    return show_problem(request, 422, "This address cannot be used.", _NOT_SO)


async def _framework(request: Request, error: Exception) -> Response:
    refused = cast("HTTPException", error)
    if refused.status_code in {404, 405}:
        return show_problem(request, refused.status_code, "There is no such page.", _NO_PAGE)
    return show_problem(request, refused.status_code, "This cannot be done.", str(refused.detail))
