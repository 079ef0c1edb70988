"""Rules about how long a booking lasts, and how it lies on the clock."""

from datetime import date, timedelta

from libs.contracts.values import Window
from services.policy.core.policies.durations import AllDay, MaximumDuration, MinimumDuration, TimeGrid
from services.policy.core.policies.parameters import MINUTES_OF_A_YEAR
from services.policy.core.times import days_window
from tests.unit.policy.factories import window
from tests.unit.policy.policies.tables import (
    Breaks,
    Covers,
    Eases,
    OfKind,
    Refused,
    asked,
    refused_flags,
    refused_numbers,
)

BERLIN = "Europe/Berlin"


def days(first: date, last: date | None = None) -> Window:
    return days_window(first, last or first, BERLIN)


TUESDAY, THURSDAY = date(2027, 3, 2), date(2027, 3, 4)
SHORT_DAY, LONG_DAY = date(2027, 3, 28), date(2027, 10, 31)
"""In Berlin the first has 23 hours and the second has 25."""


class TestMaximumDuration(OfKind):
    kind = MaximumDuration
    holds = (
        (MaximumDuration(minutes=60), asked(window(24, 60))),
        (MaximumDuration(minutes=1440), asked(days(TUESDAY))),
        (MaximumDuration(minutes=1440), asked(days(SHORT_DAY))),
        (MaximumDuration(minutes=1440), asked(days(LONG_DAY))),
    )
    breaks = (
        Breaks(
            MaximumDuration(minutes=60),
            asked(window(24, 61)),
            "60",
            "61",
            "Aurora can be booked for 1 hour at most, and this lasts 1 hour 1 minute.",
        ),
        Breaks(
            MaximumDuration(minutes=1),
            asked(Window(start=window(24).start, end=window(24).start + timedelta(seconds=61))),
            "1",
            "2",
            "Aurora can be booked for 1 minute at most, and this lasts 2 minutes.",
        ),
        Breaks(
            MaximumDuration(minutes=1439),
            asked(days(SHORT_DAY)),
            "1439",
            "1440",
            "Aurora can be booked for 23 hours 59 minutes at most, and this lasts 1 day.",
        ),
        Breaks(
            MaximumDuration(minutes=1440),
            asked(days(TUESDAY, THURSDAY)),
            "1440",
            "4320",
            "Aurora can be booked for 1 day at most, and this lasts 3 days.",
        ),
    )
    eases = (
        Eases(MaximumDuration(minutes=60), asked(window(24, 120)), asked(window(30, 90)), True),
        Eases(MaximumDuration(minutes=60), asked(window(24, 120)), asked(window(30, 120)), True),
        Eases(MaximumDuration(minutes=60), asked(window(24, 120)), asked(window(24, 121)), False),
    )
    covers = (
        Covers(MaximumDuration(minutes=60), MaximumDuration(minutes=60), True),
        Covers(MaximumDuration(minutes=60), MaximumDuration(minutes=90), True),
        Covers(MaximumDuration(minutes=90), MaximumDuration(minutes=60), False),
        Covers(MaximumDuration(minutes=60), MinimumDuration(minutes=60), False),
    )
    refused = (
        *refused_numbers("minutes", least=1, most=MINUTES_OF_A_YEAR),
        Refused({}, "Field required"),
        Refused({"minutes": None}, "valid integer"),
    )


class TestMinimumDuration(OfKind):
    kind = MinimumDuration
    holds = (
        (MinimumDuration(minutes=30), asked(window(24, 30))),
        (MinimumDuration(minutes=1440), asked(days(SHORT_DAY))),
        (MinimumDuration(minutes=1440), asked(window(24, 1440))),
    )
    breaks = (
        Breaks(
            MinimumDuration(minutes=30),
            asked(window(24, 29)),
            "30",
            "29",
            "Aurora can be booked for 30 minutes at least, and this lasts 29 minutes.",
        ),
        Breaks(
            MinimumDuration(minutes=1441),
            asked(days(LONG_DAY)),
            "1441",
            "1440",
            "Aurora can be booked for 24 hours 1 minute at least, and this lasts 1 day.",
        ),
    )
    eases = (
        Eases(MinimumDuration(minutes=30), asked(window(24, 10)), asked(window(24, 20)), True),
        Eases(MinimumDuration(minutes=30), asked(window(24, 20)), asked(window(24, 10)), False),
    )
    covers = (
        Covers(MinimumDuration(minutes=30), MinimumDuration(minutes=30), True),
        Covers(MinimumDuration(minutes=30), MinimumDuration(minutes=15), True),
        Covers(MinimumDuration(minutes=15), MinimumDuration(minutes=30), False),
        Covers(MinimumDuration(minutes=30), MaximumDuration(minutes=30), False),
    )
    refused = (*refused_numbers("minutes", least=1, most=MINUTES_OF_A_YEAR), Refused({}, "Field required"))


class TestTimeGrid(OfKind):
    kind = TimeGrid
    holds = (
        (TimeGrid(minutes=15), asked(window(24.25, 7))),
        (TimeGrid(minutes=1440), asked(days(TUESDAY))),
        (TimeGrid(minutes=60, lengths=(30, 60)), asked(window(24, 60))),
        (TimeGrid(minutes=60, lengths=(1440,)), asked(days(SHORT_DAY))),
        (TimeGrid(minutes=60), asked(window(24), time_zone="America/New_York")),
        (TimeGrid(minutes=60), asked(window(24.5), time_zone="Asia/Kolkata")),
    )
    breaks = (
        Breaks(
            TimeGrid(minutes=15),
            asked(window(24.1)),
            "15",
            "2027-03-02T08:06:00+00:00",
            "Bookings of Aurora start every 15 minutes, counted from midnight, and this one starts on Tue 02 Mar 2027, "
            "09:06 (Europe/Berlin).",
        ),
        Breaks(
            TimeGrid(minutes=60),
            asked(window(24.5)),
            "60",
            "2027-03-02T08:30:00+00:00",
            "Bookings of Aurora start every hour, counted from midnight, and this one starts on Tue 02 Mar 2027, 09:30 "
            "(Europe/Berlin).",
        ),
        Breaks(
            TimeGrid(minutes=90),
            asked(window(25)),
            "90",
            "2027-03-02T09:00:00+00:00",
            "Bookings of Aurora start every 1 hour 30 minutes, counted from midnight, and this one starts on Tue 02 "
            "Mar 2027, 10:00 (Europe/Berlin).",
        ),
        Breaks(
            TimeGrid(minutes=30, lengths=(60, 30)),
            asked(window(24, 45)),
            "30, 60",
            "45",
            "Bookings of Aurora last 30 minutes or 1 hour, and this one lasts 45 minutes.",
        ),
        Breaks(
            TimeGrid(minutes=30, lengths=(30, 60, 90)),
            asked(window(24, 100)),
            "30, 60, 90",
            "100",
            "Bookings of Aurora last 30 minutes, 1 hour or 1 hour 30 minutes, and this one lasts 1 hour 40 minutes.",
        ),
    )
    covers = (
        Covers(TimeGrid(minutes=15), TimeGrid(minutes=15), True),
        Covers(TimeGrid(minutes=30), TimeGrid(minutes=15), False),
        Covers(TimeGrid(minutes=15), TimeGrid(minutes=15, lengths=(30,)), False),
    )
    eases = (Eases(TimeGrid(minutes=15), asked(window(24.1)), asked(window(24.1, 15)), False),)
    refused = (
        *refused_numbers("minutes", least=1, most=1440),
        Refused({"minutes": 15, "lengths": []}, "at least 1 item"),
        Refused({"minutes": 15, "lengths": [0]}, "greater than or equal to 1"),
        Refused({"minutes": 15, "lengths": [True]}, "valid integer"),
        Refused({"minutes": 15, "lengths": ["30"]}, "valid integer"),
        Refused({"minutes": 15, "lengths": 30}, "valid tuple"),
        Refused({"minutes": 15, "lengths": list(range(1, 102))}, "at most 100 items"),
    )


class TestAllDay(OfKind):
    kind = AllDay
    holds = (
        (AllDay(allowed=False), asked(window(24, 1439))),
        (AllDay(allowed=False), asked(window(24, 1440))),
        (AllDay(allowed=True, most_days=1), asked(days(TUESDAY))),
        (AllDay(allowed=True, most_days=3), asked(days(TUESDAY, THURSDAY))),
        (AllDay(allowed=False), asked(days(TUESDAY), time_zone="America/New_York")),
    )
    breaks = (
        Breaks(AllDay(allowed=False), asked(days(TUESDAY)), "0", "1", "Aurora cannot be booked for whole days."),
        Breaks(AllDay(allowed=False), asked(days(SHORT_DAY)), "0", "1", "Aurora cannot be booked for whole days."),
        Breaks(
            AllDay(allowed=True, most_days=1),
            asked(days(TUESDAY, THURSDAY)),
            "1",
            "3",
            "Aurora can be booked for 1 whole day at most, and this lasts 3 days.",
        ),
        Breaks(
            AllDay(allowed=True, most_days=2),
            asked(days(TUESDAY, THURSDAY)),
            "2",
            "3",
            "Aurora can be booked for 2 whole days at most, and this lasts 3 days.",
        ),
    )
    eases = (
        Eases(AllDay(allowed=False), asked(days(TUESDAY)), asked(days(THURSDAY)), True),
        Eases(AllDay(allowed=False), asked(days(TUESDAY)), asked(days(TUESDAY, THURSDAY)), False),
    )
    covers = (
        Covers(AllDay(allowed=False), AllDay(allowed=True, most_days=1), True),
        Covers(AllDay(allowed=True, most_days=1), AllDay(allowed=False), False),
        Covers(AllDay(allowed=True, most_days=2), AllDay(allowed=True, most_days=2), True),
        Covers(AllDay(allowed=True, most_days=3), AllDay(allowed=True, most_days=2), False),
    )
    refused = (
        *refused_flags("allowed"),
        *refused_numbers("most_days", least=1, most=3653, allowed=True),
        Refused({"allowed": True}, "otherwise no rule is needed"),
        Refused({"allowed": False, "most_days": 2}, "goes with whole days that are allowed"),
    )
