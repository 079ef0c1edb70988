"""A request on the waiting list of a space, and what it is offered."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID, uuid5

from libs.contracts.values import Window
from services.policy.core.explanations import BrokenRule, Explanation, WaitingListOffer
from services.policy.core.ledger import Reservation
from services.policy.core.request import Request

EndState = Literal["taken", "lapsed", "withdrawn"]
WaitingState = Literal["waiting", "offered"] | EndState


@dataclass(frozen=True, slots=True)
class WaitingRequest:
    """One row of `waiting_requests`: who waits for which time of a space, and since when.

    While it is offered, the reservation `offer_id` holds its time, until `offered_until` at most. It is offered once.
    `look_at` is when it may be offered at the earliest.
    """

    id: UUID
    space_id: UUID
    state: WaitingState
    starts_at: datetime
    ends_at: datetime
    people: int
    title: str
    is_private: bool
    organizer_address: str
    organizer_name: str | None
    ical_uid: str | None
    asked_at: datetime
    look_at: datetime
    offer_id: UUID | None = None
    offered_at: datetime | None = None
    offered_until: datetime | None = None
    ended_at: datetime | None = None

    @property
    def window(self) -> Window:
        """Return the time that is waited for."""
        return Window(start=self.starts_at, end=self.ends_at)

    @property
    def is_live(self) -> bool:
        """Whether it waits, or has an offer."""
        return self.ended_at is None

    @property
    def new_offer_id(self) -> UUID:
        """Return the id of the reservation that holds its time when it is offered."""
        return uuid5(self.id, "offer")

    @property
    def mail_id(self) -> UUID:
        """Return the id of the mail that tells of the offer."""
        return uuid5(self.id, "mail about the offer")

    def asks_for(self, own: UUID | None = None) -> Request:
        """Return what is asked for; the reservation `own` holds it already."""
        channel: Literal["outlook", "api"] = "api" if self.ical_uid is None else "outlook"
        return Request(self.window, self.people, self.organizer_address, channel=channel, own=own)


def is_offer(reservation: Reservation) -> bool:
    """Whether a reservation only holds what somebody on the waiting list is offered."""
    is_held = any(isinstance(each, WaitingListOffer) and each.became is None for each in reservation.reasons)
    return reservation.status == "pending" and is_held


def may_be_approved(why: Explanation) -> bool:
    """Whether something that speaks against a request leaves it to an administrator, who is asked once it is free."""
    return isinstance(why, BrokenRule) and why.effect == "approve"
