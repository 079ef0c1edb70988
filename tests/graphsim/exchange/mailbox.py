"""A mailbox: who it is, how it treats invitations, and the events on its calendar.

Source: https://learn.microsoft.com/en-us/powershell/module/exchangepowershell/set-calendarprocessing
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from tests.graphsim.exchange.ids import WELL_FORMED, clean_uid
from tests.graphsim.exchange.stored_event import Correspondent, StoredEvent
from tests.graphsim.quantities import Count, Percentage, Range
from tests.graphsim.refusals import CallRefused, item_not_found

DELETED_KEPT = 2_000
TRANSACTIONS_KEPT = 2_000
MailboxKind = Literal["user", "room", "equipment", "shared", "linked", "others"]


@dataclass(frozen=True, slots=True)
class Processing:
    """The calendar processing of a room, with Exchange Online's defaults for a fresh one."""

    automate: Literal["AutoAccept", "AutoUpdate", "None"] = "AutoAccept"
    add_new_requests_tentatively: bool = True
    remove_canceled_meetings: bool = False
    preserve_declined_meetings: bool = False
    delete_subject: bool = True
    add_organizer_to_subject: bool = True
    delete_comments: bool = True
    remove_private_property: bool = True
    allow_conflicts: bool = False
    allow_recurring_meetings: bool = True
    conflict_percentage_allowed: Percentage = 0
    maximum_conflict_instances: Count = 0
    enforce_scheduling_horizon: bool = True
    process_external: bool = False
    booking_window_days: Count = 180
    maximum_duration_minutes: Count = 1440


@dataclass(frozen=True, slots=True)
class Recreation:
    """An accepted copy is deleted at once, and comes back as a new item after a while."""

    delay_ms: Range = (5_000, 15_000)


@dataclass(slots=True)
class SimulatedMailbox:
    """One mailbox, by its owner's object id in the directory. `deleted` keeps what left the calendar last.

    `transactions` holds the event that each transaction id made, the latest two thousand.
    `user_principal_name` of None is the address; `address_resolves`: Graph finds the mailbox by its address too.
    `new_id_on_accept`: an accepted copy is written as a new item, with another default id.
    `readable_after_ms`: how long Graph does not find a new copy. `awaited` holds what waits for copies to come back.
    """

    user_id: str
    address: str
    display_name: str
    user_principal_name: str | None = None
    address_resolves: bool = False
    kind: MailboxKind = "user"
    capacity: int | None = None
    building: str | None = None
    time_zone: str = "UTC"
    processing: Processing = field(default_factory=Processing)
    new_id_on_accept: bool = False
    recreate_on_accept: Recreation | None = None
    readable_after_ms: Range = (0, 0)
    deleted: deque[StoredEvent] = field(default_factory=lambda: deque(maxlen=DELETED_KEPT))
    transactions: dict[str, StoredEvent] = field(default_factory=dict)
    awaited: dict[str, list[Callable[[], None]]] = field(default_factory=dict)
    _by_id: dict[str, StoredEvent] = field(default_factory=dict)
    _live: dict[str, StoredEvent] = field(default_factory=dict)
    _by_uid: dict[str, list[StoredEvent]] = field(default_factory=dict)
    _ordered: list[StoredEvent] | None = None

    @property
    def person(self) -> Correspondent:
        return Correspondent(self.display_name, self.address)

    @property
    def principal_name(self) -> str:
        return (self.user_principal_name or self.address).lower()

    @property
    def names(self) -> frozenset[str]:
        """Every name that is this mailbox's and nobody else's."""
        return frozenset({self.user_id, self.principal_name, self.address})

    @property
    def calendar_id(self) -> str:
        return f"AAMkCALENDAR{self.user_id.replace('-', '')}="

    @property
    def is_room(self) -> bool:
        return self.kind == "room"

    @property
    def is_resource(self) -> bool:
        """Whether `processing` says what becomes of invitations; everybody else answers in person."""
        return self.kind in {"room", "equipment"}

    def event(self, event_id: str) -> StoredEvent:
        """Find a live event by its default or immutable id, exactly as written; anything else is a 404."""
        found = self._by_id.get(event_id)
        if found is not None:
            return found
        if not WELL_FORMED.match(event_id):
            raise CallRefused(400, "ErrorInvalidIdMalformed", "Id is malformed.")
        raise item_not_found()

    def with_uid(self, ical_uid: str) -> list[StoredEvent]:
        return [event for event in self._by_uid.get(clean_uid(ical_uid), ()) if event.ical_uid == ical_uid]

    def copy_of(self, ical_uid: str) -> StoredEvent | None:
        """The live copy of the meeting, or of the series, if the mailbox holds one."""
        return next((event for event in self.with_uid(ical_uid) if event.original is None), None)

    def orphan_of(self, ical_uid: str, day: date) -> StoredEvent | None:
        """The one date of a series that the mailbox holds without the series."""
        held = self._by_uid.get(clean_uid(ical_uid), ())
        return next((event for event in held if event.original is not None and event.original.day == day), None)

    def orphans_of(self, ical_uid: str) -> list[StoredEvent]:
        """Every such date of the series."""
        return [event for event in self._by_uid.get(clean_uid(ical_uid), ()) if event.original is not None]

    def ordered(self) -> list[StoredEvent]:
        """Live events by start, then id; callers must not change the list."""
        if self._ordered is None:
            self._ordered = sorted(self._live.values(), key=lambda event: (event.details.start, event.immutable_id))
        return self._ordered

    def everything(self) -> Iterator[StoredEvent]:
        """Live events by start, then the deleted ones in the order of their deletion."""
        yield from self.ordered()
        yield from self.deleted

    def note_transaction(self, transaction_id: str, event: StoredEvent) -> None:
        """Remember what made the event; the oldest is forgotten when there are too many."""
        self.transactions[transaction_id] = event
        if len(self.transactions) > TRANSACTIONS_KEPT:
            del self.transactions[next(iter(self.transactions))]

    def put(self, event: StoredEvent) -> None:
        """Index a new or changed event."""
        if event.immutable_id not in self._live:
            self._live[event.immutable_id] = event
            self._by_uid.setdefault(clean_uid(event.ical_uid), []).append(event)
        self._by_id[event.immutable_id] = event
        self._by_id[event.default_id] = event
        self._ordered = None

    def rename(self, event: StoredEvent, default_id: str) -> None:
        """Give the event another default id; the old one is unknown from now on."""
        del self._by_id[event.default_id]
        event.default_id = default_id
        self.put(event)

    def remove(self, event: StoredEvent, at: datetime) -> None:
        """Take the event off the calendar; its ids answer 404 from now on."""
        del self._live[event.immutable_id]
        del self._by_id[event.immutable_id]
        del self._by_id[event.default_id]
        uid = clean_uid(event.ical_uid)
        copies = self._by_uid[uid]
        copies.remove(event)
        if not copies:
            del self._by_uid[uid]
        event.deleted_at = at
        event.rendered.clear()
        event.series.computed.clear()
        self.deleted.append(event)
        self._ordered = None
