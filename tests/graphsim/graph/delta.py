"""Changes of a calendar view since last time, with the quirks that Outlook's are known for.

Tokens are opaque and belong to one mailbox; the window is frozen into them. A single at the end of a page comes again
on the next, and a last page may be empty. Occurrences are bare; a series is never parted, is re-sent whole when
anything in it changes, and says nothing of what left it. What changed outside the window is shown as removed.

Source: https://learn.microsoft.com/en-us/graph/api/event-delta
Source: https://learn.microsoft.com/en-us/graph/delta-query-overview
"""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import uuid4

from aiohttp import web

from tests.graphsim.bodies import as_json
from tests.graphsim.exchange import occurrences
from tests.graphsim.exchange.mailbox import SimulatedMailbox
from tests.graphsim.exchange.stored_event import Json, StoredEvent
from tests.graphsim.exchange.world import World
from tests.graphsim.graph import query
from tests.graphsim.graph.answers import context
from tests.graphsim.graph.preferences import Preferences
from tests.graphsim.graph.render import View, event_json
from tests.graphsim.refusals import CallRefused

KIND = "#microsoft.graph.event"
REFUSED = ("$select", "$expand", "$filter", "$orderby", "$search")
BARE = ("@odata.etag", "id", "seriesMasterId", "type", "start", "end")
DEFAULT_PAGE = 10
LONGEST_MEMORY = 20_000
LARGEST_MEMORY = 1_000_000


@dataclass(frozen=True, slots=True)
class DeltaRow:
    """A row of a round: an event that is there, or the ids of one that is not."""

    immutable_id: str
    default_id: str
    event: StoredEvent | None = None


@dataclass(frozen=True, slots=True)
class DeltaRound:
    """Where a reader stands. `known` is what the last complete round showed: ids, and the change key of each."""

    mailbox: str
    start: datetime
    end: datetime
    began_at: datetime
    known: dict[str, tuple[str, str]] = field(default_factory=dict)
    rows: tuple[DeltaRow, ...] = ()
    is_complete: bool = False

    @property
    def size(self) -> int:
        return len(self.known) + len(self.rows)


class Delta:
    """Remembers tokens; the oldest are forgotten when there are too many, or when they hold too much together.

    Source: https://learn.microsoft.com/en-us/graph/delta-query-overview (token duration)
    """

    def __init__(self, world: World) -> None:
        self._world = world
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
        mailbox = self._world.mailbox(request.match_info["mailbox"])
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
            return self._begun(mailbox, DeltaRound(mailbox.user_id, start, end, self._world.clock()))
        found = self._rounds.get(token)
        if found is None or found.mailbox != mailbox.user_id:
            raise CallRefused(
                410, "SyncStateNotFound", "The sync state generation is not found; generation=149;[highest=157]"
            )
        return self._begun(mailbox, found) if found.is_complete else found

    def _begun(self, mailbox: SimulatedMailbox, last: DeltaRound) -> DeltaRound:
        """The round that follows `last`, with everything it has to show."""
        now = self._world.clock()
        shown = _shown(mailbox, last.start, last.end)
        changed_series = {
            each.immutable_id
            for each in shown.values()
            if each.is_series and last.known.get(each.immutable_id, ("", ""))[1] != each.change_key
        }
        rows = [
            DeltaRow(ident, each.default_id, each)
            for ident, each in shown.items()
            if last.known.get(ident, ("", ""))[1] != each.change_key
            or (each.master is not None and each.master.immutable_id in changed_series)
        ]
        if last.is_complete:
            rows += _removed(mailbox, last, shown)
        known = {ident: (each.default_id, each.change_key) for ident, each in shown.items()}
        # Where nothing changed the two are one, as most rounds of many calendars are.
        known = last.known if known == last.known else known
        return replace(last, began_at=now, known=known, rows=tuple(rows), is_complete=False)

    def _page(
        self, request: web.Request, mailbox: SimulatedMailbox, now: DeltaRound, preferred: Preferences
    ) -> web.Response:
        size = preferred.page_size or DEFAULT_PAGE
        rows, rest = _cut(now.rows, size)
        view = View(immutable_ids=preferred.immutable_ids, zone=preferred.zone, body_type=preferred.body_type)
        body: Json = {
            "@odata.context": context(request, "Collection(event)"),
            "value": [_rendered(mailbox, row, now, view) for row in rows],
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


def _cut(rows: tuple[DeltaRow, ...], size: int) -> tuple[tuple[DeltaRow, ...], tuple[DeltaRow, ...]]:
    """A page, and what is left: a series stays whole, and a single at the end of a page comes again."""
    end = size
    while end < len(rows) and _is_occurrence(rows[end]):
        end += 1
    page, rest = rows[:end], rows[end:]
    if rest and len(page) > 1 and not _is_occurrence(page[-1]):
        rest = (page[-1], *rest)
    return page, rest


def _is_occurrence(row: DeltaRow) -> bool:
    return row.event is not None and row.event.master is not None


def _shown(mailbox: SimulatedMailbox, start: datetime, end: datetime) -> dict[str, StoredEvent]:
    """What the window shows, by immutable id: singles, then each master with its occurrences."""
    found = occurrences.in_window(mailbox, start, end)
    shown = {event.immutable_id: event for event in found if event.master is None}
    series: dict[str, list[StoredEvent]] = defaultdict(list)
    for event in found:
        if event.master is not None:
            series[event.master.immutable_id].append(event)
    for ident, members in series.items():
        shown[ident] = members[0].master or members[0]
        shown.update((each.immutable_id, each) for each in members)
    return shown


def _removed(mailbox: SimulatedMailbox, last: DeltaRound, shown: dict[str, StoredEvent]) -> list[DeltaRow]:
    """Rows for singles and masters that were shown and no longer are, and for changes outside the window."""
    gone = [
        DeltaRow(ident, default_id)
        for ident, (default_id, _) in last.known.items()
        if ident not in shown and not occurrences.OF_A_DAY.match(ident)
    ]
    named = {row.immutable_id for row in gone}
    for event in mailbox.everything():
        touched = event.deleted_at or event.modified_at or event.created_at
        if touched >= last.began_at and event.immutable_id not in shown and event.immutable_id not in named:
            gone.append(DeltaRow(event.immutable_id, event.default_id))
    return gone


def _rendered(mailbox: SimulatedMailbox, row: DeltaRow, now: DeltaRound, view: View) -> Json:
    ident = row.immutable_id if view.immutable_ids else row.default_id
    event = row.event
    if event is None or (event.master or event).deleted_at is not None:
        return {"@odata.type": KIND, "id": ident, "@removed": {"reason": "deleted"}}
    whole = {"@odata.type": KIND, **event_json(mailbox, event, view)}
    if event.master is not None:
        return {name: whole[name] for name in ("@odata.type", *BARE)}
    return whole
