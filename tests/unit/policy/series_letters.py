"""The letters that organizers get about a series as a whole."""

from libs.contracts.values import Window
from services.policy.core.explanations import ApprovedByAdministrator, OnDate, OverCapacity, SlotTaken
from services.policy.core.ledger import Slice
from services.policy.core.notices import (
    Notice,
    SeriesApproved,
    SeriesAwaitsApproval,
    SeriesBooked,
    SeriesChangeAwaitsApproval,
    SeriesDeclined,
    SeriesEditRefused,
    SeriesMoveWanted,
    SeriesMoveWithdrawn,
    SeriesTakenAway,
    WantedMove,
)
from tests.unit.policy.factories import ledger, window

AT = window(24)  # Tue 02 Mar 2027, 09:00-10:00 in Berlin
NOON = window(27)
KEPT = window(48)
CROWD = OverCapacity(capacity=8, people=9)
BEN = SlotTaken(reserved=AT, is_private=False, organizer="Ben")
PRIVATE = SlotTaken(reserved=AT, is_private=True)

SERIES_LETTERS: list[tuple[Notice, Window, Slice, str]] = [
    (
        SeriesBooked(dates=52),
        AT,
        ledger(),
        (
            "Aurora is booked for this recurring meeting on 52 dates. It begins on Tue 02 Mar 2027, 09:00-10:00 "
            "(Europe/Berlin)."
        ),
    ),
    (
        SeriesBooked(dates=51, until=KEPT.start, skipped=(OnDate(window=AT, why=BEN),)),
        AT,
        ledger(),
        (
            "Aurora is booked for this recurring meeting on 51 dates. It begins on Tue 02 Mar 2027, 09:00-10:00 "
            "(Europe/Berlin). It is booked until Wed 03 Mar 2027 for now; later dates follow as time passes. It is "
            "not booked, and declines, on 1 date. It is taken by Ben, Tue 02 Mar 2027, 09:00-10:00 (Europe/Berlin)."
        ),
    ),
    (
        SeriesAwaitsApproval(dates=52, reasons=(CROWD,), until=KEPT.start, deadline=AT.start),
        AT,
        ledger(),
        (
            "Aurora is held for this recurring meeting on 52 dates, and waits for the approval of an administrator, "
            "until Tue 02 Mar 2027, 09:00 (Europe/Berlin) at the latest. It begins on Tue 02 Mar 2027, 09:00-10:00 "
            "(Europe/Berlin). It is held until Wed 03 Mar 2027 for now; later dates follow as time passes. Aurora "
            "holds 8 people and 9 are expected. You get another answer as soon as that is decided."
        ),
    ),
    (
        SeriesChangeAwaitsApproval(dates=52, reasons=(CROWD,), until=KEPT.start, deadline=AT.start),
        AT,
        ledger(),
        (
            "Your change of this recurring meeting, to 52 dates of which the first is Tue 02 Mar 2027, 09:00-10:00 "
            "(Europe/Berlin), waits for the approval of an administrator, until Tue 02 Mar 2027, 09:00 (Europe/Berlin) "
            "at the latest. Aurora holds 8 people and 9 are expected. Aurora stays booked for you as it was before, "
            "until that is decided. The new dates are held for you meanwhile, until Wed 03 Mar 2027 for now."
        ),
    ),
    (
        SeriesApproved(dates=52, why=ApprovedByAdministrator()),
        AT,
        ledger(),
        (
            "Aurora is booked for this recurring meeting on 52 dates. It begins on Tue 02 Mar 2027, 09:00-10:00 "
            "(Europe/Berlin). An administrator approved this booking."
        ),
    ),
    (
        SeriesDeclined(dates=52, reasons=tuple(OnDate(window=window(24 * (7 * n + 1)), why=CROWD) for n in range(20))),
        AT,
        ledger(),
        (
            "Aurora could not be booked for this recurring meeting, because of 20 of its 52 dates. It begins on Tue "
            "02 Mar 2027, 09:00-10:00 (Europe/Berlin). Tue 02 Mar 2027: Aurora holds 8 people and 9 are expected. "
            "Tue 09 Mar 2027: Aurora holds 8 people and 9 are expected. Tue 16 Mar 2027: Aurora holds 8 people and 9 "
            "are expected. Likewise: Tue 23 Mar 2027, Tue 30 Mar 2027, Tue 06 Apr 2027, Tue 13 Apr 2027, Tue 20 Apr "
            "2027, Tue 27 Apr 2027, Tue 04 May 2027, Tue 11 May 2027, Tue 18 May 2027, Tue 25 May 2027, Tue 01 Jun "
            "2027, Tue 08 Jun 2027 and 5 more. Please choose a larger room, or invite fewer people."
        ),
    ),
    (
        SeriesDeclined(dates=2, reasons=(OnDate(window=AT, why=PRIVATE),)),
        AT,
        ledger(),
        (
            "Aurora could not be booked for this recurring meeting, because of 1 of its 2 dates. It begins on Tue 02 "
            "Mar 2027, 09:00-10:00 (Europe/Berlin). It is taken, Tue 02 Mar 2027, 09:00-10:00 (Europe/Berlin). "
            "Please leave these dates out, or choose another time or another room."
        ),
    ),
    (
        SeriesEditRefused(dates=4, reasons=(OnDate(window=AT, why=BEN),)),
        AT,
        ledger(),
        (
            "Aurora could not follow your change of this recurring meeting, because of 1 of its 4 dates. It is taken "
            "by Ben, Tue 02 Mar 2027, 09:00-10:00 (Europe/Berlin). Aurora stays booked for you as it was before. Undo "
            "the change, or make one that fits, and it is accepted again."
        ),
    ),
    (
        SeriesMoveWanted(dates=1, first=(WantedMove(booked=AT, proposed=NOON),), until=AT.start, is_all=True),
        AT,
        ledger(),
        (
            "The administrator of Aurora asks you to move 1 date of this recurring meeting: Tue 02 Mar 2027, "
            "09:00-10:00 to Tue 02 Mar 2027, 12:00-13:00. All times are those of Europe/Berlin. Aurora stays booked "
            "for you as it is, and the other times are held for you until Tue 02 Mar 2027, 09:00 (Europe/Berlin). Move "
            "the series in your calendar, or these dates one by one, and the room accepts them there. If you do not, "
            "the meeting stays as it is."
        ),
    ),
    (
        SeriesMoveWanted(
            dates=40,
            first=(WantedMove(booked=AT, proposed=NOON), WantedMove(booked=NOON, proposed=AT)),
            until=AT.start,
            is_all=False,
            goes_on=True,
        ),
        AT,
        ledger(),
        (
            "The administrator of Aurora asks you to move 40 dates of this recurring meeting: Tue 02 Mar 2027, "
            "09:00-10:00 to Tue 02 Mar 2027, 12:00-13:00; Tue 02 Mar 2027, 12:00-13:00 to Tue 02 Mar 2027, "
            "09:00-10:00. Likewise: 38 more dates and all dates that follow. All times are those of Europe/Berlin. "
            "Aurora stays booked for you as it is, and the other times are held for you until Tue 02 Mar 2027, 09:00 "
            "(Europe/Berlin). Move these dates in your calendar, one by one or with all that follow, and the room "
            "accepts them there. If you do not, the meeting stays as it is."
        ),
    ),
    (
        SeriesMoveWithdrawn(dates=4),
        AT,
        ledger(),
        (
            "You are no longer asked to move 4 dates of this recurring meeting, which begins on Tue 02 Mar 2027, "
            "09:00-10:00 (Europe/Berlin). Aurora stays booked for it as it is."
        ),
    ),
    (
        SeriesTakenAway(dates=4, comment="A pipe burst"),
        AT,
        ledger(),
        (
            "Aurora is no longer booked for this recurring meeting, which begins on Tue 02 Mar 2027, 09:00-10:00 "
            "(Europe/Berlin): its administrator cancelled 4 dates. A pipe burst. Please choose another room or another "
            "time, or ask the administrator."
        ),
    ),
    (
        SeriesTakenAway(dates=1, since=AT.start),
        AT,
        ledger(),
        (
            "Aurora is no longer booked for this recurring meeting from Tue 02 Mar 2027, 09:00-10:00 (Europe/Berlin) "
            "on: its administrator cancelled 1 date. Please choose another room or another time, or ask the "
            "administrator."
        ),
    ),
]
