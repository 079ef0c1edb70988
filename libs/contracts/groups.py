"""Reservation groups as everybody is shown them: by the HTTP API and in the replies to commands."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from libs.contracts.approvals import OrganizerOut
from libs.contracts.fields import MomentOut
from libs.contracts.reservations import ForecastOut
from libs.contracts.values import Outcome, Reason, Value

GroupState = Literal["pending", "confirmed", "declined", "cancelled"]


class DateCounts(Value):
    """How many dates of a group stand how, those that are over included; each date is counted once."""

    confirmed: int = 0
    pending: int = 0
    declined: Annotated[int, Field(description="Those that were left out too.")] = 0
    cancelled: int = 0


class GroupInOutlook(Value):
    """How a group stands in Outlook.

    writing: Outlook is being brought up to date; failed: that did not work for some of it, and `detail` says why.
    """

    state: Literal["in_sync", "writing", "failed"]
    holds: Annotated[
        Literal["recurring", "single"] | None,
        Field(
            description="One recurring event for all dates; one event for each, because Outlook has no such "
            "recurrence; null if invitations stand for them, or nothing is to come."
        ),
    ]
    detail: str | None = None


class RequestedGroupChangeOut(Value):
    """A change of several dates of a group that waits for an administrator; they stay as they are until then."""

    start: Annotated[MomentOut, Field(description="Of the first date that is asked for, as is the end.")]
    end: MomentOut
    dates: Annotated[int, Field(description="How many dates are asked for; each shows its own as `requested_change`.")]
    attendee_count: int
    approval_id: Annotated[UUID, Field(description="The question to administrators, in `/v1/approvals`.")]


class ReservationGroupOut(Value):
    """A series that is booked or waits for that, or was. `outlook` is null where the space is mapped to no mailbox."""

    id: UUID
    space_id: UUID
    status: Annotated[
        GroupState,
        Field(description="Pending as long as its dates wait for an administrator and none of them is booked."),
    ]
    recurrence: Annotated[
        dict[str, Any] | None,
        Field(description="Pattern and range, as Microsoft Graph has them; null if no single one has the same dates."),
    ]
    rrule: Annotated[
        str | None,
        Field(description="RRULE and EXDATE lines of RFC 5545; null for a series that was made in Outlook."),
    ]
    time_zone: Annotated[str, Field(description="Of the dates of the series.")]
    start: Annotated[MomentOut, Field(description="Of the first occurrence that the pattern has.")]
    end: MomentOut
    title: Annotated[str | None, Field(description="Null for a series that was made in Outlook, as are the following.")]
    organizer: OrganizerOut | None
    attendee_count: int | None
    on_conflict: Literal["all_or_nothing", "skip_conflicts"] | None
    is_complete: Annotated[bool, Field(description="Whether all of its dates are booked.")]
    materialised_until: Annotated[
        MomentOut | None,
        Field(description="Until when its dates are booked; later ones follow as time passes. Null if it is complete."),
    ]
    counts: DateCounts
    requested_change: RequestedGroupChangeOut | None = None
    outlook: GroupInOutlook | None
    origin: Literal["outlook", "api", "command"]
    ical_uid: str | None
    version: int
    created_at: MomentOut
    updated_at: MomentOut


class DateOut(Value):
    """What was, or would be, decided about one date of a group."""

    original_date: date
    outcome: Outcome
    reasons: list[Reason] = Field([])


class GroupForecastOut(ForecastOut):
    """What would be decided about a group now, and about each of its dates that would be booked by now."""

    occurrences: list[DateOut]
