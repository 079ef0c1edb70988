"""Every letter that organizers get, whole: what happened, why, and what to do next."""

from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest

from libs.contracts.values import Window
from services.policy.core import notices
from services.policy.core.explanations import (
    ApprovedByAdministrator,
    IsASeries,
    OverCapacity,
    RejectedByAdministrator,
    SlotTaken,
)
from services.policy.core.ledger import Slice
from services.policy.core.notices import (
    Approved,
    AwaitsApproval,
    Booked,
    ChangeAwaitsApproval,
    Declined,
    EditRefused,
    MovedBackTo,
    MovedByAdministrator,
    Notice,
    ProposalWithdrawn,
    SaidOnce,
    TakenAway,
    TimeProposed,
    Written,
)
from tests.unit.policy.factories import answer, ledger, space, taken, window, written
from tests.unit.policy.series_letters import SERIES_LETTERS

AT = window(24)  # Tue 02 Mar 2027, 09:00-10:00 in Berlin
KEPT = window(48)
CROWD = OverCapacity(capacity=8, people=9)
BEN = SlotTaken(reserved=AT, is_private=False, organizer="Ben")
PRIVATE = SlotTaken(reserved=AT, is_private=True)
BEN_IS_THERE = ledger(taken=(taken(AT),))
FULL = ledger(taken=(taken(window(0, 60 * 24 * 9)),))

BERLIN_DAY = Window(start=datetime(2027, 3, 1, 23, tzinfo=UTC), end=datetime(2027, 3, 2, 23, tzinfo=UTC))
"""Tue 02 Mar 2027 as people in Berlin count it."""
SPRING = Window(start=datetime(2027, 3, 26, 23, tzinfo=UTC), end=datetime(2027, 3, 27, 23, tzinfo=UTC))
"""Sat 27 Mar 2027 in Berlin; the Sunday that follows has 23 hours."""
TWO_DAYS = Window(start=BERLIN_DAY.start, end=BERLIN_DAY.end + timedelta(days=1))

LETTERS: list[tuple[Notice, Window, Slice, str]] = [
    (
        Booked(),
        AT,
        ledger(),
        "Aurora is booked for this meeting, Tue 02 Mar 2027, 09:00-10:00 (Europe/Berlin).",
    ),
    (
        Booked(),
        BERLIN_DAY,
        ledger(),
        "Aurora is booked for this meeting, Tue 02 Mar 2027, all day (Europe/Berlin).",
    ),
    (
        Booked(),
        TWO_DAYS,
        ledger(),
        "Aurora is booked for this meeting, Tue 02 Mar 2027 to Wed 03 Mar 2027, all day (Europe/Berlin).",
    ),
    (
        Booked(warnings=(CROWD,)),
        AT,
        ledger(),
        (
            "Aurora is booked for this meeting, Tue 02 Mar 2027, 09:00-10:00 (Europe/Berlin). Please note: Aurora "
            "holds 8 people and 9 are expected."
        ),
    ),
    (
        AwaitsApproval(reasons=(CROWD,)),
        AT,
        ledger(),
        (
            "Aurora is held for this meeting, Tue 02 Mar 2027, 09:00-10:00 (Europe/Berlin), and waits for the approval "
            "of an administrator. Aurora holds 8 people and 9 are expected. You get another answer as soon as that is "
            "decided."
        ),
    ),
    (
        AwaitsApproval(reasons=(CROWD,), deadline=KEPT.start, competes=True),
        AT,
        ledger(),
        (
            "Your request for Aurora, Tue 02 Mar 2027, 09:00-10:00 (Europe/Berlin), waits for the approval of an "
            "administrator, until Wed 03 Mar 2027, 09:00 (Europe/Berlin) at the latest. The room is not held "
            "meanwhile: others may ask for the same time, and one of you gets it. Aurora holds 8 people and 9 are "
            "expected. You get another answer as soon as that is decided."
        ),
    ),
    (
        AwaitsApproval(reasons=(CROWD,), deadline=AT.start),
        BERLIN_DAY,
        ledger(),
        (
            "Aurora is held for this meeting, Tue 02 Mar 2027, all day (Europe/Berlin), and waits for the approval of "
            "an administrator, until Tue 02 Mar 2027, 09:00 (Europe/Berlin) at the latest. Aurora holds 8 people and 9 "
            "are expected. You get another answer as soon as that is decided."
        ),
    ),
    (
        ChangeAwaitsApproval(reasons=(CROWD,), kept=KEPT, deadline=AT.start),
        AT,
        ledger(),
        (
            "Your change, to Tue 02 Mar 2027, 09:00-10:00 (Europe/Berlin), waits for the approval of an administrator, "
            "until Tue 02 Mar 2027, 09:00 (Europe/Berlin) at the latest. Aurora holds 8 people and 9 are expected. "
            "Aurora stays booked for you at the original time, Wed 03 Mar 2027, 09:00-10:00 (Europe/Berlin), until "
            "that is decided."
        ),
    ),
    (
        Approved(why=ApprovedByAdministrator(comment="Mind the paint")),
        AT,
        ledger(),
        (
            "Aurora is booked for this meeting, Tue 02 Mar 2027, 09:00-10:00 (Europe/Berlin). An administrator "
            "approved this booking. Mind the paint."
        ),
    ),
    (
        Declined(reasons=(RejectedByAdministrator(comment="The hall is being painted."),)),
        AT,
        ledger(),
        (
            "Aurora could not be booked for this meeting, Tue 02 Mar 2027, 09:00-10:00 (Europe/Berlin). An "
            "administrator did not approve this booking. The hall is being painted. Please choose another room or "
            "another time, or ask the administrator."
        ),
    ),
    (
        Declined(reasons=(BEN,)),
        AT,
        BEN_IS_THERE,
        (
            "Aurora could not be booked for this meeting, Tue 02 Mar 2027, 09:00-10:00 (Europe/Berlin). It is taken by "
            "Ben, Tue 02 Mar 2027, 09:00-10:00 (Europe/Berlin). The next free time of this room is Tue 02 Mar 2027, "
            "10:00-11:00 (Europe/Berlin)."
        ),
    ),
    (
        Declined(reasons=(PRIVATE,)),
        AT,
        FULL,
        (
            "Aurora could not be booked for this meeting, Tue 02 Mar 2027, 09:00-10:00 (Europe/Berlin). It is taken, "
            "Tue 02 Mar 2027, 09:00-10:00 (Europe/Berlin). This room has no free time of that length within a week of "
            "it: choose another time or another room."
        ),
    ),
    (
        Declined(reasons=(BEN,)),
        BERLIN_DAY,
        BEN_IS_THERE,
        (
            "Aurora could not be booked for this meeting, Tue 02 Mar 2027, all day (Europe/Berlin). It is taken by "
            "Ben, Tue 02 Mar 2027, 09:00-10:00 (Europe/Berlin). The next free time of this room is Wed 03 Mar 2027, "
            "all day (Europe/Berlin)."
        ),
    ),
    (
        Declined(reasons=(BEN,)),
        SPRING,
        ledger(taken=(taken(SPRING),)),
        (
            "Aurora could not be booked for this meeting, Sat 27 Mar 2027, all day (Europe/Berlin). It is taken by "
            "Ben, Tue 02 Mar 2027, 09:00-10:00 (Europe/Berlin). The next free time of this room is Sun 28 Mar 2027, "
            "all day (Europe/Berlin)."
        ),
    ),
    (
        Declined(reasons=(BEN,)),
        TWO_DAYS,
        BEN_IS_THERE,
        (
            "Aurora could not be booked for this meeting, Tue 02 Mar 2027 to Wed 03 Mar 2027, all day (Europe/Berlin). "
            "It is taken by Ben, Tue 02 Mar 2027, 09:00-10:00 (Europe/Berlin). The next free time of this room is Wed "
            "03 Mar 2027 to Thu 04 Mar 2027, all day (Europe/Berlin)."
        ),
    ),
    (
        Declined(reasons=(IsASeries(),)),
        AT,
        ledger(),
        (
            "Aurora could not be booked for this meeting, Tue 02 Mar 2027, 09:00-10:00 (Europe/Berlin). Recurring "
            "meetings cannot be booked here yet. Please invite the room to each date separately."
        ),
    ),
    (
        Declined(reasons=(CROWD, BEN)),
        AT,
        BEN_IS_THERE,
        (
            "Aurora could not be booked for this meeting, Tue 02 Mar 2027, 09:00-10:00 (Europe/Berlin). Aurora holds 8 "
            "people and 9 are expected. It is taken by Ben, Tue 02 Mar 2027, 09:00-10:00 (Europe/Berlin). Please "
            "choose a larger room, or invite fewer people. The next free time of this room is Tue 02 Mar 2027, "
            "10:00-11:00 (Europe/Berlin)."
        ),
    ),
    (
        EditRefused(reasons=(BEN,), kept=KEPT),
        AT,
        BEN_IS_THERE,
        (
            "Aurora could not follow your change. It is taken by Ben, Tue 02 Mar 2027, 09:00-10:00 (Europe/Berlin). "
            "Aurora stays booked for you at the original time, Wed 03 Mar 2027, 09:00-10:00 (Europe/Berlin). Undo the "
            "change, or make one that fits, and it is accepted again. The next free time of this room is Tue 02 Mar "
            "2027, 10:00-11:00 (Europe/Berlin)."
        ),
    ),
    (
        MovedBackTo(reasons=(BEN,), kept=AT),
        AT,
        BEN_IS_THERE,
        (
            "Aurora could not follow your change, so the meeting was moved back to Tue 02 Mar 2027, 09:00-10:00 "
            "(Europe/Berlin), for which Aurora stays booked. It is taken by Ben, Tue 02 Mar 2027, 09:00-10:00 "
            "(Europe/Berlin). Another change is accepted if it fits."
        ),
    ),
    (
        TakenAway(),
        AT,
        ledger(),
        (
            "The booking of Aurora for this meeting, Tue 02 Mar 2027, 09:00-10:00 (Europe/Berlin), was cancelled by "
            "its administrator. Please choose another room or another time, or ask the administrator."
        ),
    ),
    (
        TakenAway(comment="A pipe burst"),
        AT,
        ledger(),
        (
            "The booking of Aurora for this meeting, Tue 02 Mar 2027, 09:00-10:00 (Europe/Berlin), was cancelled by "
            "its administrator. A pipe burst. Please choose another room or another time, or ask the administrator."
        ),
    ),
    (
        TimeProposed(proposed=KEPT, until=AT.start),
        AT,
        ledger(),
        (
            "The administrator of Aurora asks you to move this meeting, Tue 02 Mar 2027, 09:00-10:00 (Europe/Berlin), "
            "to Wed 03 Mar 2027, 09:00-10:00 (Europe/Berlin). Aurora stays booked for you as it is, and that time is "
            "held for you until Tue 02 Mar 2027, 09:00 (Europe/Berlin). Accept the proposal to move there. If you do "
            "not, the meeting stays as it is."
        ),
    ),
    (
        ProposalWithdrawn(proposed=KEPT),
        AT,
        ledger(),
        (
            "The proposal to move this meeting to Wed 03 Mar 2027, 09:00-10:00 (Europe/Berlin) no longer stands. "
            "Aurora stays booked for this meeting, Tue 02 Mar 2027, 09:00-10:00 (Europe/Berlin)."
        ),
    ),
    (
        MovedByAdministrator(former=KEPT),
        AT,
        ledger(),
        (
            "The administrator of Aurora moved this meeting from Wed 03 Mar 2027, 09:00-10:00 (Europe/Berlin). Aurora "
            "is booked for it, Tue 02 Mar 2027, 09:00-10:00 (Europe/Berlin)."
        ),
    ),
    (SaidOnce(), AT, ledger(), ""),
    (Written(text="As you were."), AT, ledger(), "As you were."),
    *SERIES_LETTERS,
]


@pytest.mark.parametrize(("notice", "at", "slice_", "text"), LETTERS)
def test_what_the_organizer_reads(notice: Notice, at: Window, slice_: Slice, text: str) -> None:
    assert written(answer(at=at, notice=notice), slice_) == text


def test_every_notice_is_in_the_table() -> None:
    union, _ = get_args(notices.Notice)

    assert {type(notice) for notice, *_ in LETTERS} == set(get_args(union))


def test_a_proposal_is_told_with_the_answer_that_proposes_it() -> None:
    notice = EditRefused(reasons=(BEN,), kept=KEPT)

    text = written(answer("tentativelyAccepted", AT, notice=notice, proposed=KEPT), BEN_IS_THERE)

    assert text == (
        "Aurora could not follow your change. It is taken by Ben, Tue 02 Mar 2027, 09:00-10:00 (Europe/Berlin). Aurora "
        "stays booked for you at the original time, Wed 03 Mar 2027, 09:00-10:00 (Europe/Berlin). This answer proposes "
        "that time: accept the proposal to go back to it, or make a change that fits, and the room accepts again. The "
        "next free time of this room is Tue 02 Mar 2027, 10:00-11:00 (Europe/Berlin)."
    )


def test_a_name_that_is_too_long_for_a_sentence_is_cut() -> None:
    hall = "Hall of the very long name " * 10
    reason = BEN.model_copy(update={"organizer": "Ben " * 60})
    slice_ = ledger(space=space(name=hall), taken=(taken(AT),))

    text = written(answer(at=AT, notice=Declined(reasons=(reason,))), slice_)

    assert text.startswith("Hall of the very long name Hall of the very long name Hall…")
    assert "It is taken by Ben Ben Ben Ben Ben Ben Ben Ben Ben Ben Ben Ben Ben Ben Ben…, Tue" in text
