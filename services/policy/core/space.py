"""A space as a decision sees it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from services.policy.core.availability import Buffers
from services.policy.core.place import ConflictDetail, Place


@dataclass(frozen=True, slots=True)
class Space:
    """A space as a decision sees it, with its parts (itself if it is undivided) and what its connection allows.

    Whoever has to wait for it is offered free time for `offer_minutes`, if it has a waiting list. It `has_templates` if
    its connection has any for what is answered; `is_marked` if its mailbox was seen to answer invitations by itself.
    """

    id: UUID
    part_ids: tuple[UUID, ...]
    name: str
    capacity: int
    time_zone: str
    setup: timedelta
    cleanup: timedelta
    room_mailbox: str | None
    connection_id: UUID | None
    mapped_at: datetime | None
    edits_organizer_events: bool
    refused_edit: Literal["decline", "propose_original"]
    own_domains: frozenset[str] = frozenset()
    conflict_detail: ConflictDetail = "organizer"
    waiting_list: bool = False
    offer_minutes: int = 60
    has_templates: bool = False
    is_marked: bool = False

    @property
    def place(self) -> Place:
        """Return the space as sentences name it."""
        return Place(self.name, self.time_zone, self.conflict_detail)

    @property
    def buffers(self) -> Buffers:
        """Return the time the space needs before and after each booking."""
        return Buffers(self.setup, self.cleanup)

    def may_edit_events_of(self, organizer: str | None) -> bool:
        """Whether we may edit the organizer's own event: never that of somebody external."""
        if organizer is None or not self.edits_organizer_events:
            return False
        return not self.own_domains or organizer.rpartition("@")[2] in self.own_domains
