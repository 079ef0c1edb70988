"""What the back office asks for: a group of reservations, one for each date of a recurrence."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID
from zoneinfo import available_timezones

from libs.contracts.values import Window
from services.policy.core.ledger import OnConflict
from services.policy.core.policies.policy import Role
from services.policy.core.recurrence.graph import from_graph
from services.policy.core.recurrence.rfc5545 import parse_rrule
from services.policy.core.recurrence.rule import InvalidRecurrence, Recurrence
from services.policy.core.recurrence.settle import settle
from services.policy.core.recurrence.stored import read_text
from services.policy.core.recurrence.zones import zone_of


@dataclass(frozen=True, slots=True)
class WantedRecurrence:
    """How a group recurs, as it was asked for: by Graph's pattern and range, or by text of RFC 5545."""

    pattern: Mapping[str, Any] | None = None
    rrule: str | None = None
    exdates: tuple[date, ...] = ()

    @property
    def named(self) -> str:
        """Return the field in which it was said how the group recurs."""
        return "rrule" if self.pattern is None and self.rrule is not None else "recurrence"

    def read(self, first: Window, time_zone: str) -> Recurrence:
        """Return the recurrence of a group whose first date is at `first`. Raises `InvalidRecurrence`."""
        if (self.pattern is None) == (self.rrule is None):
            raise InvalidRecurrence("Say how the series recurs by recurrence or by rrule: by one of them, not both.")
        if self.pattern is not None:
            found = from_graph(self.pattern, first, time_zone)
        else:
            found = parse_rrule(self.rrule or "", first, time_zone)
        return settle(found.rules, found.excluded | set(self.exdates)) if self.exdates else found


@dataclass(frozen=True, slots=True)
class GroupRequest:
    """A group of reservations to make; `start` and `end` are those of its first date.

    Without a `time_zone` it recurs in that of its space. Without `on_conflict` the policy of kind `series` says what a
    date does that cannot be booked.
    """

    space_id: UUID
    start: datetime
    end: datetime
    title: str
    recurs: WantedRecurrence
    time_zone: str | None = None
    organizer_name: str | None = None
    organizer_address: str | None = None
    attendee_count: int = 0
    on_conflict: OnConflict | None = None
    override_reason: str | None = None
    origin: Literal["api", "command"] = "api"
    roles: frozenset[Role] = frozenset()

    @property
    def window(self) -> Window:
        """Return the time of its first date."""
        return Window(start=self.start, end=self.end)

    def in_zone(self, time_zone: str) -> "GroupRequest":
        """Return the request with its zone under its IANA name, by default this one. Raises `InvalidRecurrence`."""
        named = self.time_zone
        if named is None:
            return replace(self, time_zone=time_zone)
        return self if named in available_timezones() else replace(self, time_zone=zone_of(named).key)


def recurrence_of(rules: str | None) -> Recurrence:
    """Return the recurrence that is kept with a group. Raises LookupError for a series that was made in Outlook."""
    if rules is None:
        raise LookupError("the group was made in Outlook, which alone knows how it recurs")
    return read_text(rules)
