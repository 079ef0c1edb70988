"""Reservations as JSON: what only the API takes and shows; the rest is in `libs.contracts`."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from libs.contracts.fields import Address
from libs.contracts.reservations import ReservationOut
from libs.contracts.wanted_reservations import WantedCancellation, WantedChange, WantedOrganizer, WantedReservation
from services.policy.api.fields import Body, Line, MomentIn, left_out, matching
from services.policy.api.paging import Cursor, Limit

_STATUSES = r"(pending|confirmed|declined|cancelled)(,(pending|confirmed|declined|cancelled)){0,3}"
_WHICH = "One or more of pending, confirmed, declined, cancelled, with commas between"
Statuses = Annotated[
    str, matching(_STATUSES, _WHICH), Field(json_schema_extra={"pattern": f"^{_STATUSES}$"}, description=f"{_WHICH}.")
]


class Organizer(WantedOrganizer, Body):
    """For whom a space is reserved."""


class NewReservation(WantedReservation, Body):
    """A space to reserve from `start` until, not including, `end`: at most 366 days, within the next ten years."""

    organizer: Organizer | None = None


class ReservationPatch(WantedChange, Body):
    """What to change of a reservation; what is left out stays."""

    organizer: Organizer | None = left_out()


class Cancellation(WantedCancellation, Body):
    """How to cancel a reservation."""


class ReservationFilter(BaseModel):
    """Which reservations to list: those that overlap ``[from, to)``, in the order of their start."""

    model_config = ConfigDict(extra="forbid")

    space_id: UUID | None = None
    start: Annotated[MomentIn | None, Field(alias="from")] = None
    end: Annotated[MomentIn | None, Field(alias="to")] = None
    status: Statuses | None = None
    organizer: Annotated[Address | None, Field(description="Mail address of the organizer.")] = None
    title: Annotated[Line | None, Field(description="Part of the title, in upper or lower case.")] = None
    origin: Literal["outlook", "api", "command"] | None = None
    updated_since: Annotated[MomentIn | None, Field(description="Only what has changed since then.")] = None
    group_id: Annotated[UUID | None, Field(description="The series whose occurrences are wanted.")] = None
    limit: Limit = 100
    cursor: Cursor | None = None


class ReservationList(BaseModel):
    """Reservations by start; `next` is the cursor of the next page, null on the last."""

    items: list[ReservationOut]
    next: str | None
