"""What people read."""

from datetime import UTC, datetime
from typing import get_args

import pytest
from pydantic import TypeAdapter

from libs.contracts.values import Window
from services.policy.core import explanations
from services.policy.core.explanations import Explanation, OverCapacity, SlotTaken, Stated
from services.policy.core.ledger import Slice
from services.policy.core.notices import Declined, EditRefused, Notice, Written
from services.policy.core.times import say_window
from tests.unit.policy.factories import answer, crowded, ledger, stated, taken, window, written

ZONE = "Europe/Berlin"
ASKED = window(24)
CONFLICT = SlotTaken(reserved=ASKED, is_private=False, organizer="Ben")
CROWD = OverCapacity(capacity=8, people=9)
NEXT_HOUR = (taken(ASKED),)
ALL_WEEK = (taken(window(24, 60 * 24 * 8)),)

EXAMPLES: list[Explanation] = TypeAdapter(list[Explanation]).validate_python(
    [
        {"kind": "is_a_series"},
        {"kind": "waiting_list_offer", "until": ASKED.start},
        {"kind": "waiting_list_offer", "until": ASKED.start, "became": "lapsed"},
        {"kind": "over_capacity", "capacity": 8, "people": 9},
        crowded(8, 9),
        {"kind": "has_no_length"},
        {"kind": "too_long", "most_days": 366, "days": 400},
        {"kind": "is_over", "end": ASKED.end},
        {"kind": "too_far_ahead", "most_days": 3653, "start": ASKED.start},
        {"kind": "slot_taken", "reserved": ASKED, "is_private": True},
        {"kind": "slot_taken", "reserved": ASKED, "is_private": True, "minutes_between": 15},
        {"kind": "allowed_by_administrator", "reason": "Open day."},
        {"kind": "held_by_invitation"},
        {"kind": "time_not_changeable", "why": "no_proposals"},
        {"kind": "time_not_changeable", "why": "begun"},
        {"kind": "time_not_changeable", "why": "awaits_approval"},
        {"kind": "time_not_changeable", "why": "elsewhere"},
        {"kind": "time_not_changeable", "why": "being_moved"},
        {"kind": "time_not_changeable", "why": "own_event"},
        {"kind": "time_not_changeable", "why": "not_shown"},
        {"kind": "time_not_changeable", "why": "whole_series"},
        {"kind": "time_not_changeable", "why": "series_goes_on"},
        {"kind": "time_not_changeable", "why": "over_itself"},
        {"kind": "time_not_changeable", "why": "series_not_moved"},
        {"kind": "has_ended", "status": "cancelled", "reserved": ASKED},
        {"kind": "meeting_cancelled"},
        {"kind": "meeting_gone"},
        {"kind": "no_longer_blocks"},
        {"kind": "kept_long_enough"},
        {"kind": "moved_to_the_past"},
        {"kind": "cancelled_by_administrator"},
        {"kind": "approved_by_administrator", "comment": "Mind the paint"},
        {"kind": "approved_at_deadline", "deadline": ASKED.start},
        {"kind": "rejected_by_administrator"},
        {"kind": "not_approved_in_time", "deadline": ASKED.start},
        {"kind": "proposal_lapsed", "proposed": ASKED},
        {"kind": "proposal_withdrawn_here", "proposed": ASKED},
        {"kind": "kept_in_conflict", "keep": "outlook"},
        {"kind": "accepted_before_mapping", "answered_at": ASKED.start},
        {"kind": "not_answered", "end": ASKED.end},
        {"kind": "replaced"},
        {"kind": "on_date", "window": ASKED, "why": {"kind": "no_longer_blocks"}},
        {"kind": "stated", "rule": "capacity", "message": "It is too small."},
    ]
)


def said(notice: Notice, slice_: Slice | None = None) -> str:
    return written(answer(at=ASKED, notice=notice), slice_ or ledger())


def test_a_time_is_said_in_the_zone_of_the_space_across_a_change_of_clocks() -> None:
    before, after = datetime(2027, 3, 27, 23, 30, tzinfo=UTC), datetime(2027, 3, 28, 1, 30, tzinfo=UTC)

    assert say_window(Window(start=before, end=after), ZONE) == "Sun 28 Mar 2027, 00:30-03:30 (Europe/Berlin)"


def test_a_time_that_ends_on_another_day_says_which() -> None:
    assert say_window(window(14, 120), ZONE) == "Mon 01 Mar 2027, 23:00 to Tue 02 Mar 2027, 01:00 (Europe/Berlin)"


def test_every_explanation_is_a_full_sentence() -> None:
    union, _ = get_args(explanations.Explanation)
    assert {type(each) for each in EXAMPLES} == set(get_args(union))

    for reason in stated(EXAMPLES):
        assert reason.rule
        assert reason.message.endswith((".", ")"))


@pytest.mark.parametrize(
    ("reasons", "others", "advice"),
    [
        ((CONFLICT,), NEXT_HOUR, "The next free time of this room is Tue 02 Mar 2027, 10:00-11:00"),
        ((CONFLICT,), ALL_WEEK, "no free time of that length within a week"),
        ((CROWD,), (), "choose a larger room"),
        ((CROWD, CONFLICT), NEXT_HOUR, "next free time"),
    ],
)
def test_a_refusal_says_what_why_and_what_would_work(
    reasons: tuple[Explanation, ...], others: tuple[object, ...], advice: str
) -> None:
    refused = said(Declined(reasons=reasons), ledger(taken=others))
    kept = said(EditRefused(reasons=reasons, kept=window(48)), ledger(taken=others))

    assert refused.startswith("Aurora could not be booked for this meeting, Tue 02 Mar 2027, 09:00-10:00")
    assert kept.startswith("Aurora could not follow your change.")
    assert "stays booked for you at the original time, Wed 03 Mar 2027, 09:00-10:00" in kept
    for text in (refused, kept):
        assert all(reason.message in text for reason in stated(reasons))
        assert advice in text


def test_an_answer_that_is_given_again_suggests_what_is_free_by_then() -> None:
    notice = Declined(reasons=(CONFLICT,))

    first = said(notice, ledger(taken=NEXT_HOUR))
    again = said(notice, ledger(taken=(*NEXT_HOUR, taken(window(25)))))
    at_last = said(notice, ledger(taken=()))

    assert "Tue 02 Mar 2027, 10:00-11:00" in first
    assert "Tue 02 Mar 2027, 11:00-12:00" in again
    assert "next free time of this room is Tue 02 Mar 2027, 09:00-10:00" in at_last


@pytest.mark.parametrize(("count", "rest"), [(3, None), (4, "One more booking is"), (6, "3 more bookings are")])
def test_of_many_conflicts_a_few_are_named(count: int, rest: str | None) -> None:
    many = [CONFLICT.model_copy(update={"organizer": f"Speaker {number}"}) for number in range(count)]

    text = said(Declined(reasons=(*many, CROWD)))

    assert text.count("It is taken by") == 3
    assert stated([CROWD])[0].message in text
    assert rest is None or rest in text


def test_two_halves_that_one_person_has_are_one_conflict() -> None:
    text = said(Declined(reasons=(CONFLICT,) * 5))

    assert text.count("It is taken by Ben") == 1
    assert "more booking" not in text


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ('It is taken by "Board" of Ben, Tue 02 Mar 2027, 09:00-10:00 (UTC).', "It is taken by Ben, Tue 02 Mar 2027"),
        ('It is taken by "Board", Tue 02 Mar 2027, 09:00-10:00 (UTC).', "It is taken, Tue 02 Mar 2027"),
        ('It is taken by "A "B", of C" of Ben, Tue 02 Mar 2027, 09:00-10:00 (UTC).', "It is taken by Ben, Tue 02 Mar"),
        ('It is taken by "Lay\noffs" of Ben, Tue 02 Mar 2027, 09:00-10:00 (UTC).', "It is taken by Ben, Tue 02 Mar"),
    ],
)
def test_a_text_that_was_stored_tells_no_title_any_more(stored: str, shown: str) -> None:
    reason = Stated(rule="availability", message=stored)

    assert stated([reason])[0].message.startswith(shown)
    assert said(Written(text=f"No. {stored} Sorry.")).startswith(f"No. {shown}")


def test_what_was_written_before_is_said_as_it_was() -> None:
    assert said(Written(text="As you were.")) == "As you were."
