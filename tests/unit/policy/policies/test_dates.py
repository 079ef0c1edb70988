"""Rules about how far ahead something can be booked or changed, and on which dates."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from libs.contracts.values import Window
from services.policy.core.policies.dates import AdvanceWindow, Blackout, BookingDates, ChangeCutOff, LeadTime
from services.policy.core.policies.parameters import MINUTES_OF_A_YEAR
from services.policy.core.policies.rule import Asked
from services.policy.core.times import days_window
from tests.unit.policy.factories import NOW, window
from tests.unit.policy.policies.tables import Breaks, Covers, Eases, OfKind, Refused, asked, refused_numbers


def change(standing: Window, **different: Any) -> Asked:
    return asked(window(72), standing=standing, **different)


def cancellation(standing: Window) -> Asked:
    return asked(standing, standing=standing, is_cancellation=True)


def shortly(seconds: int) -> Window:
    start = NOW + timedelta(seconds=seconds)
    return Window(start=start, end=start + timedelta(hours=1))


class TestLeadTime(OfKind):
    kind = LeadTime
    holds = ((LeadTime(minutes=60), asked(window(1))), (LeadTime(minutes=60), asked(window(24))))
    breaks = (
        Breaks(
            LeadTime(minutes=60),
            asked(shortly(3599)),
            "60",
            "59",
            "Aurora has to be booked at least 1 hour ahead, and this starts in 59 minutes.",
        ),
        Breaks(
            LeadTime(minutes=2880),
            asked(window(24)),
            "2880",
            "1440",
            "Aurora has to be booked at least 2 days ahead, and this starts in 1 day.",
        ),
        Breaks(
            LeadTime(minutes=1),
            asked(shortly(30)),
            "1",
            "0",
            "Aurora has to be booked at least 1 minute ahead, and this starts in less than a minute.",
        ),
        Breaks(
            LeadTime(minutes=60),
            asked(window(-0.5)),
            "60",
            "-30",
            "Aurora has to be booked at least 1 hour ahead, and this has started.",
        ),
    )
    eases = (Eases(LeadTime(minutes=60), asked(shortly(60)), asked(shortly(600)), False),)
    covers = (
        Covers(LeadTime(minutes=60), LeadTime(minutes=60), True),
        Covers(LeadTime(minutes=60), LeadTime(minutes=30), True),
        Covers(LeadTime(minutes=30), LeadTime(minutes=60), False),
    )
    refused = (*refused_numbers("minutes", least=1, most=MINUTES_OF_A_YEAR), Refused({}, "Field required"))


class TestChangeCutOff(OfKind):
    kind = ChangeCutOff
    holds = (
        (ChangeCutOff(change_minutes=60), asked(window(0.5))),
        (ChangeCutOff(change_minutes=60), change(window(1))),
        (ChangeCutOff(change_minutes=60), cancellation(window(0.5))),
        (ChangeCutOff(cancel_minutes=60), change(window(0.5))),
        (ChangeCutOff(cancel_minutes=60), cancellation(window(1))),
    )
    breaks = (
        Breaks(
            ChangeCutOff(change_minutes=60),
            change(window(0.5)),
            "60",
            "30",
            "A booking of Aurora can be changed until 1 hour before it starts, and this one starts in 30 minutes.",
        ),
        Breaks(
            ChangeCutOff(change_minutes=60, cancel_minutes=1440),
            cancellation(window(2)),
            "1440",
            "120",
            "A booking of Aurora can be cancelled until 1 day before it starts, and this one starts in 2 hours.",
        ),
        Breaks(
            ChangeCutOff(change_minutes=60),
            change(shortly(30)),
            "60",
            "0",
            "A booking of Aurora can be changed until 1 hour before it starts, and this one starts in less than a "
            "minute.",
        ),
        Breaks(
            ChangeCutOff(change_minutes=60),
            change(window(-0.25)),
            "60",
            "-15",
            "A booking of Aurora can be changed until 1 hour before it starts, and this one has started.",
        ),
    )
    eases = (Eases(ChangeCutOff(change_minutes=60), change(shortly(60)), change(shortly(600)), False),)
    covers = (
        Covers(ChangeCutOff(change_minutes=60), ChangeCutOff(change_minutes=30), True),
        Covers(ChangeCutOff(change_minutes=60, cancel_minutes=30), ChangeCutOff(cancel_minutes=30), True),
        Covers(ChangeCutOff(change_minutes=60), ChangeCutOff(cancel_minutes=30), False),
        Covers(ChangeCutOff(cancel_minutes=30), ChangeCutOff(cancel_minutes=60), False),
    )
    refused = (
        *refused_numbers("change_minutes", least=1, most=MINUTES_OF_A_YEAR),
        *refused_numbers("cancel_minutes", least=1, most=MINUTES_OF_A_YEAR),
        Refused({}, "change_minutes or cancel_minutes is given"),
        Refused({"change_minutes": None, "cancel_minutes": None}, "change_minutes or cancel_minutes is given"),
    )


class TestAdvanceWindow(OfKind):
    """Now is Mon 01 Mar 2027, 09:00 in Berlin."""

    kind = AdvanceWindow
    holds = (
        (AdvanceWindow(days=1), asked(window(24))),
        (AdvanceWindow(days=1), asked(window(38.9))),
        (AdvanceWindow(days=1, opens_at="09:00"), asked(window(24))),
        (AdvanceWindow(days=0), asked(window(0))),
        (AdvanceWindow(days=0), asked(window(-24))),
        (AdvanceWindow(days=1), asked(window(39), time_zone="Europe/London")),
    )
    breaks = (
        Breaks(
            AdvanceWindow(days=1),
            asked(window(39)),
            "1",
            "2",
            "Aurora can be booked 1 day ahead at most, and this is 2 days ahead: it can be booked from Tue 02 Mar "
            "2027, 00:00 (Europe/Berlin) on.",
        ),
        Breaks(
            AdvanceWindow(days=7, opens_at="09:01"),
            asked(window(168)),
            "7",
            "7",
            "Aurora can be booked 7 days ahead at most, from 09:01 on, and this is 7 days ahead: it can be booked from "
            "Mon 01 Mar 2027, 09:01 (Europe/Berlin) on.",
        ),
        Breaks(
            AdvanceWindow(days=0),
            asked(window(24)),
            "0",
            "1",
            "Aurora can be booked on the day itself only, and this is 1 day ahead: it can be booked from Tue 02 Mar "
            "2027, 00:00 (Europe/Berlin) on.",
        ),
        Breaks(
            AdvanceWindow(days=0, opens_at="12:00"),
            asked(window(5)),
            "0",
            "0",
            "Aurora can be booked on the day itself only, from 12:00 on, and this is today: it can be booked from Mon "
            "01 Mar 2027, 12:00 (Europe/Berlin) on.",
        ),
    )
    eases = (
        Eases(AdvanceWindow(days=1), asked(window(96)), asked(window(72)), True),
        Eases(AdvanceWindow(days=1), asked(window(72)), asked(window(96)), False),
    )
    covers = (
        Covers(AdvanceWindow(days=7), AdvanceWindow(days=7), True),
        Covers(AdvanceWindow(days=7), AdvanceWindow(days=8, opens_at="23:59"), True),
        Covers(AdvanceWindow(days=8, opens_at="23:59"), AdvanceWindow(days=7), False),
        Covers(AdvanceWindow(days=7, opens_at="09:00"), AdvanceWindow(days=7), True),
        Covers(AdvanceWindow(days=7), AdvanceWindow(days=7, opens_at="09:00"), False),
    )
    refused = (
        *refused_numbers("days", least=0, most=3653),
        *(
            Refused({"days": 7, "opens_at": opens_at}, "A time of day")
            for opens_at in ("24:00", "25:00", "9:00", "09:60", "09:00:00", "09:00\n", 900, "")
        ),
        Refused({}, "Field required"),
    )


FIRST, LAST = date(2027, 3, 2), date(2027, 6, 30)
TERM = BookingDates(from_=FIRST, until=LAST)


class TestBookingDates(OfKind):
    kind = BookingDates
    holds = (
        (TERM, asked(window(24))),
        (TERM, asked(days_window(FIRST, LAST, "Europe/Berlin"))),
        (BookingDates(from_=FIRST), asked(window(24 * 365))),
        (BookingDates(until=FIRST), asked(window(0))),
        (BookingDates(until=FIRST), asked(window(44), time_zone="America/New_York")),
    )
    breaks = (
        Breaks(
            TERM,
            asked(window(0)),
            "2027-03-02/2027-06-30",
            "2027-03-01T08:00:00+00:00/2027-03-01T09:00:00+00:00",
            "Aurora can be booked on dates from Tue 02 Mar 2027 until Wed 30 Jun 2027, and this is Mon 01 Mar 2027, "
            "09:00-10:00 (Europe/Berlin).",
        ),
        Breaks(
            TERM,
            asked(days_window(LAST, LAST + timedelta(days=1), "Europe/Berlin")),
            "2027-03-02/2027-06-30",
            "2027-06-29T22:00:00+00:00/2027-07-01T22:00:00+00:00",
            "Aurora can be booked on dates from Tue 02 Mar 2027 until Wed 30 Jun 2027, and this is Wed 30 Jun 2027 to "
            "Thu 01 Jul 2027, all day (Europe/Berlin).",
        ),
        Breaks(
            BookingDates(from_=LAST),
            asked(window(24)),
            "2027-06-30/..",
            "2027-03-02T08:00:00+00:00/2027-03-02T09:00:00+00:00",
            "Aurora can be booked on dates from Wed 30 Jun 2027, and this is Tue 02 Mar 2027, 09:00-10:00 "
            "(Europe/Berlin).",
        ),
        Breaks(
            BookingDates(until=FIRST),
            asked(window(48)),
            "../2027-03-02",
            "2027-03-03T08:00:00+00:00/2027-03-03T09:00:00+00:00",
            "Aurora can be booked on dates until Tue 02 Mar 2027, and this is Wed 03 Mar 2027, 09:00-10:00 "
            "(Europe/Berlin).",
        ),
    )
    eases = (Eases(TERM, asked(window(-48)), asked(window(-24)), False),)
    covers = (
        Covers(TERM, TERM, True),
        Covers(TERM, BookingDates(from_=FIRST), True),
        Covers(TERM, BookingDates(until=LAST), True),
        Covers(BookingDates(from_=FIRST), TERM, False),
        Covers(BookingDates(until=LAST), TERM, False),
        Covers(BookingDates(from_=LAST, until=LAST), TERM, True),
        Covers(BookingDates(from_=FIRST, until=LAST + timedelta(days=1)), TERM, False),
    )
    refused = (
        Refused({}, "from or until is given"),
        Refused({"from": "2027-06-30", "until": "2027-03-02"}, "until lies on or after from"),
        *(
            Refused({"from": wrong}, "A date is written YYYY-MM-DD")
            for wrong in ("2027-3-2", "02.03.2027", "2027-03-02T00:00:00Z", "1999-12-31", "2200-01-01", 20270302, True)
        ),
        Refused({"until": "2027-02-29"}, "valid date"),
    )


CHRISTMAS = Blackout(
    from_=datetime(2027, 12, 23, 23, tzinfo=UTC), to=datetime(2027, 12, 26, 23, tzinfo=UTC), title="Christmas holidays"
)
PAINTING = Blackout(from_=window(24).start, to=window(24).end, title="The walls are painted.")
INSTANT = "2027-03-02T09:00:00+01:00"


class TestBlackout(OfKind):
    kind = Blackout
    holds = ((PAINTING, asked(window(23))), (PAINTING, asked(window(25))), (CHRISTMAS, asked()))
    breaks = (
        Breaks(
            PAINTING,
            asked(window(24.5)),
            "2027-03-02T08:00:00+00:00/2027-03-02T09:00:00+00:00",
            "2027-03-02T08:30:00+00:00/2027-03-02T09:30:00+00:00",
            "Aurora is closed from Tue 02 Mar 2027, 09:00 to Tue 02 Mar 2027, 10:00 (Europe/Berlin): The walls are "
            "painted.",
        ),
        Breaks(
            CHRISTMAS,
            asked(days_window(date(2027, 12, 24), date(2027, 12, 24), "Europe/Berlin")),
            "2027-12-23T23:00:00+00:00/2027-12-26T23:00:00+00:00",
            "2027-12-23T23:00:00+00:00/2027-12-24T23:00:00+00:00",
            "Aurora is closed from Fri 24 Dec 2027, 00:00 to Mon 27 Dec 2027, 00:00 (Europe/Berlin): Christmas "
            "holidays.",
        ),
    )
    eases = (Eases(PAINTING, asked(window(24)), asked(window(24.5)), False),)
    covers = (Covers(CHRISTMAS, CHRISTMAS, True), Covers(CHRISTMAS, PAINTING, False))
    refused = (
        Refused({"from": INSTANT, "to": INSTANT, "title": "Nothing"}, "to lies after from"),
        Refused({"from": INSTANT, "to": "2027-03-02T07:59:59Z", "title": "Backwards"}, "to lies after from"),
        Refused({"from": INSTANT, "to": "2027-03-03T09:00:00Z"}, "Field required"),
        *(
            Refused({"from": INSTANT, "to": wrong, "title": "Painting"}, "A time is written as in RFC 3339")
            for wrong in ("2027-03-03", "2027-03-03T09:00:00", "tomorrow", 1804143600, True, "2200-01-01T00:00:00Z")
        ),
        *(
            Refused({"from": INSTANT, "to": "2027-03-03T09:00:00Z", "title": title}, "text on one line")
            for title in ("", "  ", "Two\nlines")
        ),
        Refused({"from": INSTANT, "to": "2027-03-03T09:00:00Z", "title": "x" * 256}, "at most 255 characters"),
    )
