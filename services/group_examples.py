"""Examples of commands about reservation groups, and of what replies to them.

They tell one small story: a service reserves Aurora for four Mondays in Grace's name, moves them, and cancels them.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from libs.contracts.approvals import OrganizerOut
from libs.contracts.group_commands import (
    CancelReservationGroup,
    ChangeReservationGroup,
    GroupCancellationDone,
    GroupCancellationRefused,
    GroupChangeDone,
    GroupChangeRefused,
    GroupRequestDone,
    GroupRequestRefused,
    RequestReservationGroup,
)
from libs.contracts.groups import DateCounts, DateOut, GroupInOutlook, ReservationGroupOut
from libs.contracts.message import Message
from libs.contracts.problems import FieldProblem
from libs.contracts.reservation_commands import VouchedPerson
from libs.contracts.values import Outcome, Reason
from libs.contracts.wanted_reservations import WantedOrganizer

_SPACE = UUID("8d5e8a2c-51f0-4c39-9b0c-0d6f0a3f4b11")
_GROUP = UUID("c1d7f3a0-6f0e-4b6c-9a57-5e3b8f2d4c99")
_NOW = datetime(2027, 2, 26, 14, 30, 5, tzinfo=UTC)
_NINE, _TEN = datetime(2027, 3, 1, 8, tzinfo=UTC), datetime(2027, 3, 1, 9, tzinfo=UTC)
_ELEVEN, _NOON = datetime(2027, 3, 1, 10, tzinfo=UTC), datetime(2027, 3, 1, 11, tzinfo=UTC)
_GRACE = VouchedPerson(address="grace@example.org", name="Grace")

_BOOKED = ReservationGroupOut(
    id=_GROUP,
    space_id=_SPACE,
    status="confirmed",
    recurrence={
        "pattern": {"type": "weekly", "interval": 1, "daysOfWeek": ["monday"], "firstDayOfWeek": "monday"},
        "range": {
            "type": "numbered",
            "numberOfOccurrences": 4,
            "startDate": "2027-03-01",
            "recurrenceTimeZone": "Europe/Berlin",
        },
    },
    rrule="RRULE:FREQ=WEEKLY;COUNT=4;BYDAY=MO",
    time_zone="Europe/Berlin",
    start=_NINE,
    end=_TEN,
    title="Seminar",
    organizer=OrganizerOut(name="Ada", email="ada@example.org"),
    attendee_count=6,
    on_conflict="all_or_nothing",
    is_complete=True,
    materialised_until=None,
    counts=DateCounts(confirmed=4),
    outlook=GroupInOutlook(state="writing", holds="recurring"),
    origin="command",
    ical_uid=None,
    version=1,
    created_at=_NOW,
    updated_at=_NOW,
)
_MOVED = _BOOKED.model_copy(
    update={"start": _ELEVEN, "end": _NOON, "version": 2, "updated_at": _NOW + timedelta(minutes=1)}
)
_CANCELLED = _MOVED.model_copy(
    update={
        "status": "cancelled",
        "counts": DateCounts(cancelled=4),
        "outlook": GroupInOutlook(state="writing", holds=None),
        "version": 3,
        "updated_at": _NOW + timedelta(minutes=2),
    }
)
_TAKEN = Reason(
    rule="availability",
    actual="2027-03-08T09:00:00+01:00",
    message="Aurora is taken on Mon 08 Mar 2027, 09:00-10:00 (Europe/Berlin).",
)
_FAILS = (DateOut(original_date=date(2027, 3, 8), outcome=Outcome.DECLINE, reasons=[_TAKEN]),)
_TOO_LATE = Reason(
    rule="change_cut_off", limit="1 day", message="Aurora can be cancelled until 1 day before the start."
)
_CONFLICT = "The space cannot be reserved like that."

EXAMPLES: Sequence[Message] = (
    RequestReservationGroup(
        space_id=_SPACE,
        start=_NINE,
        end=_TEN,
        title="Seminar",
        rrule="FREQ=WEEKLY;COUNT=4",
        organizer=WantedOrganizer(name="Ada", email="ada@example.org"),
        attendee_count=6,
        by=_GRACE,
    ),
    GroupRequestDone(group=_BOOKED),
    GroupRequestRefused(status=409, title=_CONFLICT, detail=_TAKEN.message, reasons=(_TAKEN,), occurrences=_FAILS),
    ChangeReservationGroup(space_id=_SPACE, group_id=_GROUP, start=_ELEVEN, end=_NOON, by=_GRACE, expected_version=1),
    GroupChangeDone(group=_MOVED),
    GroupChangeRefused(
        status=412,
        title="The resource has changed since it was read.",
        detail="Somebody changed this since you read it. Read it again, look at what changed, and repeat your change.",
        errors=(FieldProblem(field="expected_version", problem="is another version", expected="2, as it is now"),),
    ),
    CancelReservationGroup(space_id=_SPACE, group_id=_GROUP, by=_GRACE, comment="The seminar is held online."),
    GroupCancellationDone(group=_CANCELLED),
    GroupCancellationRefused(
        status=409,
        title=_CONFLICT,
        detail=_TOO_LATE.message,
        reasons=(_TOO_LATE,),
        occurrences=(DateOut(original_date=date(2027, 3, 1), outcome=Outcome.DECLINE, reasons=[_TOO_LATE]),),
    ),
)
"""All of them, in the order of the story."""
