"""What a space has in a span of days, as the console's timeline shows it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from libs.contracts.titles import PRIVATE
from libs.contracts.values import Window
from services.policy.core.naming import cut

ScheduledKind = Literal["meeting", "hold", "kept", "refused", "waits", "competes", "yields"]

MEANINGS: dict[ScheduledKind, str] = {
    "meeting": "Booked in Outlook",
    "hold": "Booked here, held in Outlook",
    "kept": "Kept without invitation, held in Outlook",
    "refused": "Booked; a change of it was refused",
    "waits": "Waits for approval, holds its time",
    "competes": "Waits for approval, does not hold its time",
    "yields": "Not granted; keeps out what nothing else takes",
}
"""What each kind means, in the order in which a legend lists them."""


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A reservation that waits or is booked, and from when until when its space is taken for it; None if it is not."""

    id: UUID
    space_id: UUID
    starts_at: datetime
    ends_at: datetime
    title: str
    organizer_name: str | None
    organizer_address: str | None
    is_private: bool
    status: Literal["pending", "confirmed"]
    is_meeting: bool
    group_id: UUID | None
    has_refused_edit: bool
    kept_without_invitation: bool
    yields: bool
    competes: bool
    taken_from: datetime | None
    taken_until: datetime | None

    @property
    def kind(self) -> ScheduledKind:
        """Return what it is, the most remarkable first."""
        if self.competes:
            return "competes"
        if self.status == "pending":
            return "waits"
        if self.yields:
            return "yields"
        if self.kept_without_invitation:
            return "kept"
        if self.has_refused_edit:
            return "refused"
        return "meeting" if self.is_meeting else "hold"

    @property
    def shown_title(self) -> str:
        """Return its title on one line, unless it is private."""
        return PRIVATE if self.is_private else cut(self.title)

    @property
    def shown_organizer(self) -> str | None:
        """Return for whom it is, on one line."""
        organizer = self.organizer_name or self.organizer_address
        return cut(organizer) if organizer else None

    @property
    def window(self) -> Window:
        """Return its time without buffers."""
        return Window(start=self.starts_at, end=self.ends_at)

    @property
    def buffers(self) -> list[tuple[datetime, datetime]]:
        """Return when its space is set up for it and cleaned after it."""
        if self.taken_from is None or self.taken_until is None:
            return []
        stretches = [(self.taken_from, self.starts_at), (self.ends_at, self.taken_until)]
        return [(start, end) for start, end in stretches if start < end]


@dataclass(frozen=True, slots=True)
class Blocked:
    """A stretch in which a space is taken, buffers included, without a reservation of its own at that time.

    It is taken by a booking of the space `of_id` that has a part in common with it, or held for a reservation that may
    move there: `proposed` or `asked`, as the glossary says of an occupancy.
    """

    space_id: UUID
    purpose: Literal["reserved", "proposed", "asked"]
    reservation_id: UUID
    of_id: UUID
    of_name: str
    starts_at: datetime
    ends_at: datetime

    @property
    def why(self) -> str:
        """Say why the space is taken."""
        match self.purpose:
            case "proposed":
                return "Held: a change to this time waits for somebody's answer"
            case "asked":
                return "Held: a change of a series asks for this time"
            case "reserved":
                return f"Taken by {cut(self.of_name)}"
