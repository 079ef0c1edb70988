"""Answers in Graph's form: one event, a page of events, any other object.

Source: https://learn.microsoft.com/en-us/graph/paging
"""

import orjson
from aiohttp import web

from tests.graphsim.bodies import as_json
from tests.graphsim.exchange.mailbox import SimulatedMailbox
from tests.graphsim.exchange.stored_event import Json, StoredEvent
from tests.graphsim.graph import query
from tests.graphsim.graph.overlays import Overlays
from tests.graphsim.graph.preferences import Preferences
from tests.graphsim.graph.render import View, address

Form = tuple[Preferences, View]


def context(request: web.Request, path: str) -> str:
    return f"{request.url.origin()}/v1.0/$metadata#{path}"


def calendar_json(mailbox: SimulatedMailbox) -> Json:
    return {
        "id": mailbox.calendar_id,
        "name": "Calendar",
        "color": "auto",
        "isDefaultCalendar": True,
        "canEdit": True,
        "owner": address(mailbox.person),
    }


def form_of(request: web.Request) -> Form:
    """Read how the answer is wanted. Whoever writes asks this first, so that a bad wish writes nothing."""
    preferred = Preferences.of(request)
    return preferred, query.view_of(request, preferred)


class EventAnswers:
    """Answers that show events, as the overlays in force have them."""

    def __init__(self, overlays: Overlays) -> None:
        self._overlays = overlays

    def one(
        self, request: web.Request, mailbox: SimulatedMailbox, event: StoredEvent, form: Form, status: int = 200
    ) -> web.Response:
        preferred, view = form
        rendered = self._overlays.show(mailbox, event, view)
        named = orjson.dumps(context(request, f"users('{mailbox.user_id}')/events/$entity"))
        response = web.Response(
            status=status, body=b'{"@odata.context":' + named + b"," + rendered[1:], content_type="application/json"
        )
        response.headers["ETag"] = event.etag
        return _applied(response, preferred)

    def page(self, request: web.Request, mailbox: SimulatedMailbox, events: list[StoredEvent]) -> web.Response:
        preferred, view = form_of(request)
        page = query.page_of(request, preferred, events)
        body: Json = {"@odata.context": context(request, f"users('{mailbox.user_id}')/events")}
        if request.query.get("$count") == "true":
            body["@odata.count"] = page.total
        body["value"] = [orjson.Fragment(self._overlays.show(mailbox, event, view)) for event in page.events]
        if page.next_skip is not None:
            body["@odata.nextLink"] = str(request.url.update_query({"$skip": str(page.next_skip)}))
        return _applied(as_json(body), preferred)


def _applied(response: web.Response, preferred: Preferences) -> web.Response:
    if preferred.applied:
        response.headers["Preference-Applied"] = ", ".join(preferred.applied)
    return response
