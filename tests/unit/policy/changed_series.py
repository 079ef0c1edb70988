"""A booked series of four weeks, and a change of it that waits for an administrator."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from libs.contracts.values import Window
from services.policy.core.approvals.question import Question
from services.policy.core.changes import NoteMeeting
from services.policy.core.ledger import KnownDate, ReservationGroup, Slice
from services.policy.core.policies.policy import Policy
from tests.unit.policy.approving import asked, asking
from tests.unit.policy.factories import (
    BOOKED,
    KEY,
    NOW,
    SPACE,
    UID,
    answer,
    decided,
    intent,
    judged,
    known,
    ledger,
    recurring,
    reservation,
    saved,
    taken,
    weekly,
    window,
)

HOUR = timedelta(hours=1)
GROUP = UUID(int=77)
LATER = Window(start=BOOKED.start + 3 * HOUR, end=BOOKED.end + 3 * HOUR)
LONGER = Window(start=LATER.start, end=LATER.end + HOUR)
EARLIER = Window(start=BOOKED.start - 3 * HOUR, end=BOOKED.end - 3 * HOUR)
LAST = window(24 * 400)
BEYOND = window(24 * 366 * 25)


def day_of(number: int) -> date:
    return weekly(number).start.date()


def series(*policies: Policy, dates: int = 4, **different: Any) -> Slice:
    """Make the slice of a series that is booked, and shows it."""
    booked = {
        day_of(number): reservation(
            weekly(number), id=UUID(int=100 + number), group_id=GROUP, original_date=day_of(number)
        )
        for number in range(dates)
    }
    group = ReservationGroup(
        id=GROUP,
        space_id=SPACE,
        ical_uid=UID,
        origin="outlook",
        status="confirmed",
        recurrence={},
        time_zone="Europe/Berlin",
        starts_at=BOOKED.start,
        ends_at=BOOKED.end,
        materialised_until=None,
        version=1,
        created_at=NOW,
        updated_at=NOW,
    )
    usual: dict[str, Any] = {
        "meeting": known(judged=judged(is_series=True), reservation_id=None),
        "intent": intent(answer(), key=KEY, reservation_id=None),
        "group": group,
        "dates": {day: KnownDate(reservation=each) for day, each in booked.items()},
        "taken": tuple(taken(each.window, reservation_id=each.id) for each in booked.values()),
        "policies": policies or (asking(),),
    }
    return ledger(**usual | different)


def changing(to: Window = LATER, *policies: Policy) -> tuple[Slice, Question]:
    """Make the slice of a booked series of which a change is asked about, and the question."""
    before = series(*policies)
    decision = decided(before, recurring(to))
    [question] = asked(decision)
    [noted] = [each for each in decision.changes if isinstance(each, NoteMeeting)]
    after = {each.original_date: each for each in saved(decision)}
    dates = {day: replace(each, reservation=after.get(day, each.reservation)) for day, each in before.dates.items()}
    return replace(before, question=question, meeting=noted.meeting, dates=dates), question
