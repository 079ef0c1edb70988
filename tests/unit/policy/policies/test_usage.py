"""Rules about how much one organizer books: over a period, and at a time."""

from typing import Any
from uuid import UUID

from libs.contracts.values import Window
from services.policy.core.policies.parameters import MINUTES_OF_A_YEAR
from services.policy.core.policies.rule import Asked, Booking
from services.policy.core.policies.usage import Concurrency, Quota
from tests.unit.policy.factories import OTHER, window
from tests.unit.policy.policies.tables import Breaks, Covers, Eases, OfKind, Refused, asked, refused_numbers


def booking(at: Window) -> Booking:
    return Booking(OTHER, UUID(int=7), frozenset(), at.start, at.end)


def beside(*others: Window, at: Window | None = None, **different: Any) -> Asked:
    """Ask for Tue 02 Mar 2027, 09:00-10:00 in Berlin beside what the organizer has at these times."""
    return asked(at, others=[booking(each) for each in others], **different)


MORNINGS = {"tuesday": [("08:00", "12:00")], "wednesday": [("08:00", "12:00")]}


def quota(limit: int, measure: str = "bookings", per: str = "week", **different: Any) -> Quota:
    return Quota(limit=limit, measure=measure, per=per, **different)


class TestQuota(OfKind):
    """`window(0)` is on Monday, and `window(14)` ends at midnight in Berlin."""

    kind = Quota
    holds = (
        (quota(1), beside()),
        (quota(0), beside(organizer=None)),
        (quota(2), beside(window(24))),
        (quota(1, per="day"), beside(window(0), window(48))),
        (quota(1, per="week"), beside(window(-34), window(24 * 7))),
        (quota(1, per="month"), beside(window(-10), window(24 * 31))),
        (quota(1, per="year"), beside(window(-24 * 60), window(24 * 306))),
        (quota(1, per="future"), beside(window(-1))),
        (quota(60, "minutes"), beside()),
        (quota(120, "minutes", "day"), beside(window(26))),
        (quota(0, peak=MORNINGS), beside(at=window(28))),
        (quota(1, peak=MORNINGS), beside(window(28), window(30))),
        (quota(60, "minutes", peak=MORNINGS), beside(at=window(26, 240))),
    )
    breaks = (
        Breaks(
            quota(1),
            beside(window(48)),
            "1",
            "2",
            "One organizer can have 1 booking a week here, and would have 2 bookings with this one.",
        ),
        Breaks(
            quota(0, per="day"),
            beside(),
            "0",
            "1",
            "One organizer can have no bookings a day here, and would have 1 booking with this one.",
        ),
        Breaks(
            quota(2, per="month"),
            beside(window(-8.99), window(24 * 30)),
            "2",
            "3",
            "One organizer can have 2 bookings a month here, and would have 3 bookings with this one.",
        ),
        Breaks(
            quota(1, per="future"),
            beside(window(-0.5)),
            "1",
            "2",
            "One organizer can have 1 upcoming booking here, and would have 2 upcoming bookings with this one.",
        ),
        Breaks(
            quota(120, "minutes", "year"),
            beside(window(24 * 300, 90)),
            "120",
            "150",
            "One organizer can have 2 hours of bookings a year here, and would have 2 hours 30 minutes of bookings "
            "with this one.",
        ),
        Breaks(
            quota(60, "minutes", "future"),
            beside(at=window(24, 61)),
            "60",
            "61",
            "One organizer can have 1 hour of upcoming bookings here, and would have 1 hour 1 minute of upcoming "
            "bookings with this one.",
        ),
        Breaks(
            quota(60, "minutes", peak=MORNINGS),
            beside(window(48, 15), at=window(26, 240)),
            "60",
            "75",
            "One organizer can have 1 hour of bookings a week at peak times here, and would have 1 hour 15 minutes of "
            "bookings with this one.",
        ),
    )
    eases = (
        Eases(quota(60, "minutes"), beside(at=window(24, 180)), beside(at=window(24, 120)), True),
        Eases(quota(60, "minutes"), beside(at=window(24, 120)), beside(at=window(24, 180)), False),
    )
    covers = (
        Covers(quota(1), quota(1), True),
        Covers(quota(1), quota(2), False),
        Covers(quota(1, per="day"), quota(1), False),
    )
    refused = (
        *refused_numbers("limit", least=0, most=MINUTES_OF_A_YEAR, measure="bookings", per="week"),
        Refused({"limit": 1, "measure": "hours", "per": "week"}, "'bookings' or 'minutes'"),
        Refused({"limit": 1, "measure": "bookings", "per": "quarter"}, "'day', 'week', 'month', 'year' or 'future'"),
        Refused({"limit": 1, "measure": "bookings"}, "Field required"),
        Refused(
            {"limit": 1, "measure": "bookings", "per": "day", "peak": {}}, "At least one day of the week has hours"
        ),
        Refused(
            {"limit": 1, "measure": "bookings", "per": "day", "peak": {"monday": [["18:00", "08:00"]]}},
            "The hours of monday end after they start",
        ),
    )


class TestConcurrency(OfKind):
    kind = Concurrency
    holds = (
        (Concurrency(spaces=1), beside(window(23), window(25))),
        (Concurrency(spaces=2), beside(window(24))),
        (Concurrency(spaces=2), beside(window(24, 30), window(24.5, 30))),
        (Concurrency(spaces=1), beside(window(24), organizer=None)),
    )
    breaks = (
        Breaks(
            Concurrency(spaces=1),
            beside(window(24.75)),
            "1",
            "2",
            "One organizer can have 1 room at a time here, and would have 2 with this one.",
        ),
        Breaks(
            Concurrency(spaces=2),
            beside(window(24), window(23.5), window(25)),
            "2",
            "3",
            "One organizer can have 2 rooms at a time here, and would have 3 with this one.",
        ),
    )
    eases = (
        Eases(Concurrency(spaces=1), beside(window(24), window(24)), beside(window(24)), True),
        Eases(Concurrency(spaces=1), beside(window(24)), beside(window(24), window(24)), False),
    )
    covers = (
        Covers(Concurrency(spaces=1), Concurrency(spaces=1), True),
        Covers(Concurrency(spaces=1), Concurrency(spaces=2), True),
        Covers(Concurrency(spaces=2), Concurrency(spaces=1), False),
    )
    refused = (*refused_numbers("spaces", least=1, most=100_000), Refused({}, "Field required"))
