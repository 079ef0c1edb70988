"""Reservation groups as JSON: what only the API takes and shows; the rest is in `libs.contracts`."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from libs.contracts.groups import ReservationGroupOut
from libs.contracts.wanted_reservations import WantedCheck, WantedGroup, WantedGroupCancellation, WantedGroupChange
from services.policy.api.fields import Body, MomentIn, left_out
from services.policy.api.paging import Cursor, Limit
from services.policy.api.reservation_bodies import Organizer, Statuses


class NewReservationGroup(WantedGroup, Body):
    """A space to reserve for every date of a recurrence; `start` and `end` are those of its first date."""

    organizer: Organizer | None = None


class CheckedReservation(WantedCheck, Body):
    """A reservation about which it is asked what would be decided; with a `recurrence` or `rrule` a group of them."""

    organizer: Organizer | None = None


class ReservationGroupPatch(WantedGroupChange, Body):
    """What to change of a group; what is left out stays."""

    organizer: Organizer | None = left_out()


class GroupCancellation(WantedGroupCancellation, Body):
    """How to cancel a group."""


class ReservationGroupFilter(BaseModel):
    """Which groups to list, in the order in which they were made: those with a date that overlaps ``[from, to)``."""

    model_config = ConfigDict(extra="forbid")

    space_id: UUID | None = None
    start: Annotated[MomentIn | None, Field(alias="from")] = None
    end: Annotated[MomentIn | None, Field(alias="to")] = None
    status: Statuses | None = None
    limit: Limit = 100
    cursor: Cursor | None = None


class ReservationGroupList(BaseModel):
    """Groups in the order in which they were made; `next` is the cursor of the next page, null on the last."""

    items: list[ReservationGroupOut]
    next: str | None
