"""Changes of a calendar view since last time, with the quirks that Outlook's are known for.

Tokens are opaque and belong to one mailbox; the window is frozen into them, and a last page may be empty. What a round
shows is the business of `delta_rounds`.

Source: https://learn.microsoft.com/en-us/graph/api/event-delta
Source: https://learn.microsoft.com/en-us/graph/delta-query-overview
"""

from dataclasses import replace
from uuid import uuid4

import orjson
from aiohttp import web

from tests.graphsim.bodies import as_json
from tests.graphsim.exchange.mailbox import SimulatedMailbox
from tests.graphsim.exchange.stored_event import Json
from tests.graphsim.exchange.world import World
from tests.graphsim.graph import query
from tests.graphsim.graph.answers import context
from tests.graphsim.graph.delta_rounds import DeltaRound, cut_page, next_round, row_bytes
from tests.graphsim.graph.overlays import Overlays
from tests.graphsim.graph.preferences import Preferences
from tests.graphsim.graph.render import View
from tests.graphsim.refusals import CallRefused

REFUSED = ("$select", "$expand", "$filter", "$orderby", "$search")
BARE_TYPES = frozenset({"occurrence", "exception"})
DEFAULT_PAGE = 10
LONGEST_MEMORY = 20_000
LARGEST_MEMORY = 1_000_000


class Delta:
    """Remembers tokens; the oldest are forgotten when there are too many, or when they hold too much together.

    Source: https://learn.microsoft.com/en-us/graph/delta-query-overview (token duration)
    """

    def __init__(self, world: World, overlays: Overlays) -> None:
        self._world = world
        self._overlays = overlays
        self._rounds: dict[str, DeltaRound] = {}
        self._size = 0

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(f"/v1.0/users/{{mailbox}}{calendar}/calendarView/{name}", self._read)
            for calendar in ("", "/calendar", "/calendars/{calendar}")
            for name in ("delta", "delta()", "microsoft.graph.delta()")
        ]

    def reset(self) -> None:
        self._rounds.clear()
        self._size = 0

    def forget(self, address: str | None) -> int:
        """Forget the tokens of one mailbox, or all; returns how many."""
        mailbox = None if address is None else self._world.mailbox(address).user_id
        gone = [token for token, each in self._rounds.items() if mailbox in {None, each.mailbox}]
        for token in gone:
            self._drop(token)
        return len(gone)

    async def _read(self, request: web.Request) -> web.Response:
        mailbox = self._world.user(request.match_info["mailbox"])
        if refused := [name for name in REFUSED if name in request.query]:
            raise CallRefused(
                400,
                "ErrorInvalidUrlQuery",
                "The following parameters are not supported with change tracking over the 'CalendarView' resource: "
                f"'{', '.join(refused)}'.",
            )
        preferred = Preferences.of(request)
        return self._page(request, mailbox, self._round(request, mailbox), preferred)

    def _round(self, request: web.Request, mailbox: SimulatedMailbox) -> DeltaRound:
        token = request.query.get("$skiptoken") or request.query.get("$deltatoken")
        if token is None:
            start, end = query.window_of(request)
            now = self._world.clock()
            return next_round(mailbox, DeltaRound(mailbox.user_id, start, end, now), now)
        found = self._rounds.get(token)
        if found is None or found.mailbox != mailbox.user_id:
            raise CallRefused(
                410, "SyncStateNotFound", "The sync state generation is not found; generation=149;[highest=157]"
            )
        return next_round(mailbox, found, self._world.clock()) if found.is_complete else found

    def _page(
        self, request: web.Request, mailbox: SimulatedMailbox, now: DeltaRound, preferred: Preferences
    ) -> web.Response:
        size = preferred.page_size or DEFAULT_PAGE
        rows, rest = cut_page(now.rows, size)
        view = View(immutable_ids=preferred.immutable_ids, zone=preferred.zone, body_type=preferred.body_type)
        bare = BARE_TYPES if self._world.options.bare_exceptions_in_delta else BARE_TYPES - {"exception"}
        body: Json = {
            "@odata.context": context(request, "Collection(event)"),
            "value": [orjson.Fragment(row_bytes(self._overlays, mailbox, row, view, bare)) for row in rows],
        }
        # A full page is followed by another even if nothing is left for it.
        if len(rows) >= size:
            link = self._link(request, "$skiptoken", replace(now, rows=rest))
            body["@odata.nextLink"] = link
        else:
            body["@odata.deltaLink"] = self._link(request, "$deltatoken", replace(now, rows=(), is_complete=True))
        response = as_json(body)
        response.headers["Preference-Applied"] = ", ".join((*preferred.applied, "odata.track-changes"))
        return response

    def _link(self, request: web.Request, name: str, state: DeltaRound) -> str:
        token = uuid4().hex + uuid4().hex
        self._rounds[token] = state
        self._size += state.size
        while len(self._rounds) > 1 and (len(self._rounds) > LONGEST_MEMORY or self._size > LARGEST_MEMORY):
            self._drop(next(iter(self._rounds)))
        return str(request.url.with_query({name: token}))

    def _drop(self, token: str) -> None:
        self._size -= self._rounds.pop(token).size
