"""Requests on a waiting list as JSON."""

from uuid import UUID

from pydantic import BaseModel, ConfigDict

from libs.contracts.approvals import OrganizerOut
from libs.contracts.titles import PRIVATE
from libs.contracts.wanted_reservations import AttendeeCount
from services.policy.api.fields import Body, Line, MomentIn, MomentOut
from services.policy.api.paging import Cursor, Limit
from services.policy.api.reservation_bodies import Organizer
from services.policy.commands.waiting_list import WaitingWish
from services.policy.core.waiting.request import WaitingRequest, WaitingState


class NewWaitingRequest(Body):
    """A time of a space to wait for, and who is told when it is free."""

    start: MomentIn
    end: MomentIn
    title: Line
    organizer: Organizer
    attendee_count: AttendeeCount = 0

    def wish(self, space_id: UUID) -> WaitingWish:
        """Return what is asked of the ledger."""
        return WaitingWish(
            space_id=space_id,
            start=self.start,
            end=self.end,
            title=self.title,
            organizer_address=self.organizer.email,
            organizer_name=self.organizer.name,
            people=self.attendee_count,
        )


class WaitingRequestOut(BaseModel):
    """A request on the waiting list of a space.

    waiting: it is offered the time once that is free and nobody who asked before it is; offered: the reservation
    `reservation_id` holds the time until `offered_until`; taken: that is booked, or its meeting was booked without an
    offer; lapsed: nobody took it in time, or the time has begun; withdrawn: it, its meeting or its space was given up.
    """

    id: UUID
    space_id: UUID
    state: WaitingState
    start: MomentOut
    end: MomentOut
    title: str
    organizer: OrganizerOut
    attendee_count: int
    ical_uid: str | None
    asked_at: MomentOut
    reservation_id: UUID | None
    offered_until: MomentOut | None
    ended_at: MomentOut | None


class WaitingList(BaseModel):
    """Requests in the order in which they were made; `next` is the cursor of the next page, null on the last."""

    items: list[WaitingRequestOut]
    next: str | None


class WaitingFilter(BaseModel):
    """Which requests to list."""

    model_config = ConfigDict(extra="forbid")

    state: WaitingState | None = None
    limit: Limit = 100
    cursor: Cursor | None = None


def show_waiting(found: WaitingRequest) -> WaitingRequestOut:
    """Show a request; of a private meeting nothing but its time is told."""
    return WaitingRequestOut(
        id=found.id,
        space_id=found.space_id,
        state=found.state,
        start=found.starts_at,
        end=found.ends_at,
        title=PRIVATE if found.is_private else found.title,
        organizer=OrganizerOut(name=found.organizer_name, email=found.organizer_address),
        attendee_count=found.people,
        ical_uid=found.ical_uid,
        asked_at=found.asked_at,
        reservation_id=found.offer_id,
        offered_until=found.offered_until,
        ended_at=found.ended_at,
    )
