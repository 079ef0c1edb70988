"""The address of every signed link: show its page, and do what a button on it asks for.

Each purpose of a link has a `LinkPage`. After an act the browser is sent back to the page, which then shows what has
become of it; so nothing is done again by loading the page anew.
"""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from starlette.responses import RedirectResponse

from libs.common.db import AWAY, Connection
from libs.contracts.message import Message
from services.policy.api import translate
from services.policy.api.pages.booking_instead import InsteadPage
from services.policy.api.pages.offers import OfferPage
from services.policy.api.pages.page import Page, answer_page
from services.policy.api.pages.questions import QuestionPage
from services.policy.api.problems import Problem
from services.policy.api.route import JsonRequest
from services.policy.api.work import Context, run, send
from services.policy.commands.command_error import CommandError
from services.policy.commands.refusals import AWAY_NOW, CONFLICT, INVALID, Kind
from services.policy.commands.unknown import Unknown
from services.policy.commands.work import RETRY_AFTER_S, RequestContext
from services.policy.core.links import PATH, Link, LinkAltered, LinkExpired, LinkPurpose

MOST_FIELDS = 20

NO_SUCH_LINK = Kind(404, "no-such-link", "This link does not work.")
EXPIRED_LINK = Kind(410, "expired-link", "This link has expired.")
_NOT_THERE = "This link is for something that is not there any more. Nothing was changed."
NOT_A_FORM = Kind(415, "unsupported-media-type", "This page takes what its own form sends.")


class LinkPage(Protocol):
    """The page of one purpose. Both raise the errors of commands, which are shown as pages too."""

    async def show(self, conn: Connection, link: Link) -> Page:
        """Return the page as it is now; `conn` only reads."""
        ...

    async def act(
        self, conn: Connection, link: Link, form: Mapping[str, str], context: RequestContext
    ) -> Sequence[Message]:
        """Do what a button of the page asks for; return the messages that follow."""
        ...


PAGES: dict[LinkPurpose, LinkPage] = {
    LinkPurpose.DECIDE_QUESTION: QuestionPage(),
    LinkPurpose.BOOK_INSTEAD: InsteadPage(),
    LinkPurpose.TAKE_OFFER: OfferPage(),
}


class PageRoute(APIRoute):
    """A route for browsers: what is refused is a page too."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_page(request: Request) -> Response:
            bounded = JsonRequest(request.scope, request.receive)
            try:
                return await handle(bounded)
            except Problem as problem:
                return _refuse(problem)
            except Unknown:
                # The API's words are for those who have its lists.
                return _refuse(Problem(NO_SUCH_LINK, _NOT_THERE))
            except CommandError as error:
                return _refuse(translate.problem_of(error, request.path_params))  # type: ignore[arg-type]
            except AWAY:
                return _database_away()

        return handle_page


router = APIRouter(prefix=PATH.rstrip("/"), include_in_schema=False, route_class=PageRoute)


@router.get("/{token}")
async def show_link(token: str, context: Context) -> Response:
    """Show the page of a link; nothing is changed by that."""
    link = _read(token, context)
    async with context.reading() as conn:
        return answer_page(await _page_of(link).show(conn, link))


@router.post("/{token}")
async def act_by_link(token: str, request: Request, context: Context) -> Response:
    """Do what a button of the page asks for, and show the page as it is then."""
    link = _read(token, context)
    form = await _form(request)

    async def work(conn: Connection) -> None:
        await send(conn, request, context, await _page_of(link).act(conn, link, form, context))

    await run(context, work)
    return RedirectResponse(request.url.path, 303)


def _page_of(link: Link) -> LinkPage:
    page = PAGES.get(link.purpose)
    if page is None:
        raise Problem(NO_SUCH_LINK, _NOT_THERE)
    return page


def _read(token: str, context: RequestContext) -> Link:
    if context.patience.links is None:
        raise Problem(NO_SUCH_LINK, "Links are not set up here. Ask whoever runs the room reservations.")
    try:
        return context.patience.links.read(token, context.clock())
    except LinkExpired as error:
        detail = "The time in which it could be used is over. Nothing was changed."
        raise Problem(EXPIRED_LINK, detail) from error
    except LinkAltered as error:
        detail = (
            "It may have been cut off or altered on its way. Copy the whole link from the message into your browser."
        )
        raise Problem(NO_SUCH_LINK, detail) from error


async def _form(request: Request) -> dict[str, str]:
    """Return the fields of a form. Raises `Problem` if the body is none."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/x-www-form-urlencoded":
        raise Problem(NOT_A_FORM, "Open the link in a browser and use the buttons of its page.")
    try:
        return dict(parse_qsl((await request.body()).decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except ValueError as error:
        raise Problem(INVALID, "What was sent is not what the form of this page sends. Nothing was changed.") from error


def _refuse(problem: Problem) -> Response:
    title = "This could not be done." if problem.kind == CONFLICT else problem.kind.title
    facts = {"title": title, "detail": problem.detail}
    return answer_page(Page("refused", facts, problem.status_code), problem.headers)


def _database_away() -> Response:
    return answer_page(
        Page("refused", {"title": "Please try again in a moment.", "detail": AWAY_NOW}, 503),
        {"Retry-After": str(RETRY_AFTER_S)},
    )
