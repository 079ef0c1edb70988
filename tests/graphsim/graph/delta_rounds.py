"""What one round of a delta query shows: which rows, on which pages, in which form.

A single at the end of a page comes again on the next. Occurrences are bare; a series is never parted, is re-sent whole
when anything in it changes, and says nothing of what left it. What changed outside the window is shown as removed.

Source: https://learn.microsoft.com/en-us/graph/api/event-delta
"""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import datetime

import orjson

from tests.graphsim.exchange import ids, occurrences
from tests.graphsim.exchange.mailbox import SimulatedMailbox
from tests.graphsim.exchange.stored_event import StoredEvent
from tests.graphsim.graph.overlays import Overlays
from tests.graphsim.graph.render import View

KIND = "#microsoft.graph.event"
BARE = frozenset({"@odata.etag", "id", "seriesMasterId", "type", "start", "end"})


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


def next_round(mailbox: SimulatedMailbox, last: DeltaRound, now: datetime) -> DeltaRound:
    """The round that begins `now` and follows `last`, with everything it has to show."""
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


def cut_page(rows: tuple[DeltaRow, ...], size: int) -> tuple[tuple[DeltaRow, ...], tuple[DeltaRow, ...]]:
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


def row_bytes(overlays: Overlays, mailbox: SimulatedMailbox, row: DeltaRow, view: View, bare: frozenset[str]) -> bytes:
    """Render one row: an event, bare if its type is one of `bare`, or the id of what is gone.

    Source: https://github.com/microsoftgraph/microsoft-graph-docs/issues/7632
    """
    ident = row.immutable_id if view.immutable_ids else row.default_id
    event = row.event
    if event is None or (event.master or event).deleted_at is not None:
        return orjson.dumps({"@odata.type": KIND, "id": ident, "@removed": {"reason": "deleted"}})
    rendered = overlays.show(mailbox, event, view, only=BARE if event.type in bare else None)
    return b'{"@odata.type":' + orjson.dumps(KIND) + b"," + rendered[1:]


def _shown(mailbox: SimulatedMailbox, start: datetime, end: datetime) -> dict[str, StoredEvent]:
    """What the window shows, by immutable id: singles, then each master with its occurrences."""
    found = [each for each in occurrences.in_window(mailbox, start, end) if not each.is_hidden]
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
        if ident not in shown and ids.read_occurrence_id(ident) is None
    ]
    named = {row.immutable_id for row in gone}
    for event in mailbox.everything():
        touched = event.deleted_at or event.modified_at or event.created_at
        if (
            touched >= last.began_at
            and not event.is_hidden
            and event.immutable_id not in shown
            and event.immutable_id not in named
        ):
            gone.append(DeltaRow(event.immutable_id, event.default_id))
    return gone
