"""The rule that a booking lies within the weekly opening hours. Every zone is in `tests/property/test_rule_times`."""

from datetime import date

from libs.contracts.values import Window
from services.policy.core.policies.hours import OpeningHours
from services.policy.core.times import days_window
from tests.unit.policy.factories import window
from tests.unit.policy.policies.tables import Breaks, Covers, Eases, OfKind, Refused, asked

TUESDAY_HOURS = OpeningHours(weekly={"tuesday": [("08:00", "18:00")]})
WITH_A_BREAK = OpeningHours(
    weekly={"tuesday": [("13:00", "18:00"), ("08:00", "12:00")], "friday": [("08:00", "12:00")]}
)
THROUGH_THE_NIGHT = OpeningHours(weekly={"tuesday": [("08:00", "24:00")], "wednesday": [("00:00", "02:00")]})
WHOLE_TUESDAY = OpeningHours(weekly={"tuesday": [("00:00", "24:00")]})
IN_TWO_HALVES = OpeningHours(weekly={"tuesday": [("08:00", "12:00"), ("12:00", "18:00")]})


def days(first: date, last: date) -> Window:
    return days_window(first, last, "Europe/Berlin")


class TestOpeningHours(OfKind):
    """`window(24)` is Tue 02 Mar 2027, 09:00-10:00 in Berlin."""

    kind = OpeningHours
    holds = (
        (TUESDAY_HOURS, asked(window(23, 600))),
        (WITH_A_BREAK, asked(window(23, 240))),
        (IN_TWO_HALVES, asked(window(23, 600))),
        (THROUGH_THE_NIGHT, asked(window(23, 18 * 60))),
        (WHOLE_TUESDAY, asked(days(date(2027, 3, 2), date(2027, 3, 2)))),
        (TUESDAY_HOURS, asked(window(29), time_zone="America/New_York")),
    )
    breaks = (
        Breaks(
            TUESDAY_HOURS,
            asked(window(22.5)),
            "tuesday 08:00-18:00",
            "2027-03-02T06:30:00+00:00/2027-03-02T07:30:00+00:00",
            "Aurora is open 08:00-18:00 on Tuesdays, and this is Tue 02 Mar 2027, 07:30-08:30 (Europe/Berlin).",
        ),
        Breaks(
            WITH_A_BREAK,
            asked(window(26.5)),
            "tuesday 08:00-12:00, 13:00-18:00; friday 08:00-12:00",
            "2027-03-02T10:30:00+00:00/2027-03-02T11:30:00+00:00",
            "Aurora is open 08:00-12:00, 13:00-18:00 on Tuesdays, and this is Tue 02 Mar 2027, 11:30-12:30 "
            "(Europe/Berlin).",
        ),
        Breaks(
            TUESDAY_HOURS,
            asked(window(48)),
            "tuesday 08:00-18:00",
            "2027-03-03T08:00:00+00:00/2027-03-03T09:00:00+00:00",
            "Aurora is closed on Wednesdays, and this is Wed 03 Mar 2027, 09:00-10:00 (Europe/Berlin).",
        ),
        Breaks(
            THROUGH_THE_NIGHT,
            asked(window(38, 241)),
            "tuesday 08:00-24:00; wednesday 00:00-02:00",
            "2027-03-02T22:00:00+00:00/2027-03-03T02:01:00+00:00",
            "Aurora is open 08:00-24:00 on Tuesdays, open 00:00-02:00 on Wednesdays, and this is Tue 02 Mar 2027, "
            "23:00 to Wed 03 Mar 2027, 03:01 (Europe/Berlin).",
        ),
        Breaks(
            TUESDAY_HOURS,
            asked(days(date(2027, 3, 2), date(2027, 3, 3))),
            "tuesday 08:00-18:00",
            "2027-03-01T23:00:00+00:00/2027-03-03T23:00:00+00:00",
            "Aurora is open 08:00-18:00 on Tuesdays, closed on Wednesdays, and this is Tue 02 Mar 2027 to Wed 03 Mar "
            "2027, all day (Europe/Berlin).",
        ),
    )
    eases = (Eases(TUESDAY_HOURS, asked(window(22)), asked(window(22.5)), False),)
    covers = (
        Covers(TUESDAY_HOURS, TUESDAY_HOURS, True),
        Covers(TUESDAY_HOURS, WHOLE_TUESDAY, True),
        Covers(WHOLE_TUESDAY, TUESDAY_HOURS, False),
        Covers(WITH_A_BREAK, TUESDAY_HOURS, False),
        Covers(IN_TWO_HALVES, TUESDAY_HOURS, True),
        Covers(TUESDAY_HOURS, WITH_A_BREAK, False),
        Covers(WHOLE_TUESDAY, THROUGH_THE_NIGHT, False),
    )
    refused = (
        Refused({}, "Field required"),
        Refused({"weekly": {}}, "At least one day of the week has hours"),
        Refused({"weekly": {"monday": []}}, "At least one day of the week has hours"),
        Refused({"weekly": {"monday": [["18:00", "08:00"]]}}, "The hours of monday end after they start"),
        Refused({"weekly": {"monday": [["08:00", "08:00"]]}}, "The hours of monday end after they start"),
        Refused({"weekly": {"monday": [["22:00", "02:00"]]}}, "The hours of monday end after they start"),
        Refused({"weekly": {"monday": [["08:00", "12:00"], ["11:59", "18:00"]]}}, "do not overlap each other"),
        Refused({"weekly": {"monday": [["08:00", "18:00"], ["08:00", "18:00"]]}}, "do not overlap each other"),
        Refused({"weekly": {"Monday": [["08:00", "18:00"]]}}, "Input should be 'monday'"),
        Refused({"weekly": {"holiday": [["08:00", "18:00"]]}}, "Input should be 'monday'"),
        Refused({"weekly": {"monday": [["08:00"]]}}, "Field required"),
        Refused({"weekly": {"monday": [["08:00", "12:00", "18:00"]]}}, "at most 2 items"),
        Refused({"weekly": {"monday": [["08:00", "24:01"]]}}, "A time of day is written HH:MM"),
        Refused({"weekly": {"monday": [["8:00", "18:00"]]}}, "A time of day is written HH:MM"),
        Refused({"weekly": {"monday": [[8, 18]]}}, "A time of day is written HH:MM"),
        Refused(
            {
                "weekly": {
                    "monday": [
                        [f"{hour // 2:02}:{hour % 2 * 30:02}", f"{hour // 2:02}:{hour % 2 * 30 + 9:02}"]
                        for hour in range(25)
                    ]
                }
            },
            "at most 24 items",
        ),
        Refused({"weekly": [["monday", "08:00", "18:00"]]}, "valid dictionary"),
    )
