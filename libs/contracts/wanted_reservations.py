"""What is asked for of reservations, whoever asks: by HTTP or by message."""

from datetime import date
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from libs.contracts.fields import Address, Line, MomentIn, Prose, Remark, left_out
from libs.contracts.values import Value

AttendeeCount = Annotated[
    int, Field(strict=True, ge=0, le=100_000, description="How many people come, the organizer included.")
]
Scope = Literal["this", "following", "all"]
"""Which dates of a series are meant: this one, this one and those after it, or all. What is over stays as it is."""

OnConflict = Literal["all_or_nothing", "skip_conflicts"]
OverrideReason = Annotated[Remark, Field(description="Why a rule may be broken; kept with the decision.")]


class WantedOrganizer(Value):
    """For whom a space is reserved."""

    name: Line | None = None
    email: Address


class WantedReservation(Value):
    """A space to reserve from `start` until, not including, `end`: at most 366 days, within the next ten years."""

    space_id: UUID
    start: MomentIn
    end: MomentIn
    title: Line
    organizer: WantedOrganizer | None = None
    attendee_count: AttendeeCount = 0
    override_reason: OverrideReason | None = None


Recurrence = Annotated[
    dict[str, Any],
    Field(description="Pattern and range, as Microsoft Graph has them. Give either this or `rrule`."),
]
RecurrenceRule = Annotated[
    str,
    Field(
        max_length=20_000,
        description="RRULE and EXDATE lines of RFC 5545, or a bare rule such as `FREQ=WEEKLY;COUNT=10`, without "
        "DTSTART: that is `start`. Give either this or `recurrence`.",
    ),
]
ExcludedDates = Annotated[
    tuple[date, ...], Field(max_length=999, description="Dates of the recurrence that are left out, in its zone.")
]


class WantedGroup(WantedReservation):
    """A space to reserve for every date of a recurrence; `start` and `end` are those of its first date."""

    time_zone: Annotated[
        Line | None, Field(description="Zone in which it recurs, by wall clock; that of the space if left out.")
    ] = None
    recurrence: Recurrence | None = None
    rrule: RecurrenceRule | None = None
    exdates: ExcludedDates = ()
    on_conflict: Annotated[
        OnConflict | None,
        Field(
            description="Whether one date that cannot be booked refuses all, or is left out. If left out, policies of "
            "kind `series` say so; without any it is all or nothing."
        ),
    ] = None


class WantedCheck(WantedGroup):
    """A reservation about which it is asked what would be decided; with a `recurrence` or `rrule` a group of them."""

    @model_validator(mode="after")
    def _recurs_or_does_not(self) -> Self:
        if not self.recurs and (self.exdates or self.on_conflict is not None or self.time_zone is not None):
            raise ValueError("The exdates, on_conflict and time_zone of a group go with a recurrence or an rrule")
        return self

    @property
    def recurs(self) -> bool:
        """Whether it is a group."""
        return self.recurrence is not None or self.rrule is not None


class WantedChange(Value):
    """What to change of a reservation; what is left out stays, and is left out where it is written."""

    start: MomentIn = left_out()
    end: MomentIn = left_out()
    title: Line = left_out()
    organizer: WantedOrganizer | None = left_out()
    attendee_count: AttendeeCount = left_out()
    override_reason: OverrideReason | None = left_out()

    @model_serializer(mode="wrap")
    def _without_what_is_left_out(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {name: value for name, value in write(self).items() if name in self.model_fields_set}


class WantedGroupChange(WantedChange):
    """What to change of a group, from its first date on: `start` and `end` are those of its first date.

    A new `start` shifts every date by the same wall-clock time. A new recurrence begins at the first date.
    """

    recurrence: Recurrence = left_out()
    rrule: RecurrenceRule = left_out()
    exdates: ExcludedDates = left_out()
    on_conflict: Annotated[
        OnConflict,
        Field(
            description="Whether one date that cannot be booked as it is asked for refuses all, or stays as it is. It "
            "holds for later changes too; if left out, what was said before does."
        ),
    ] = left_out()


DatesOfSeries = Annotated[
    Scope, Field(description="Which dates of a series: this one, this and those after it, or all that are to come.")
]


class WantedGroupCancellation(Value):
    """How to cancel a group: all of its dates that are to come."""

    comment: Annotated[
        Prose | None, Field(description="What the organizer of an invitation is told as the reason.")
    ] = None
    override_reason: OverrideReason | None = None


class WantedCancellation(WantedGroupCancellation):
    """How to cancel a reservation, or several dates of its series."""

    scope: DatesOfSeries = "this"
