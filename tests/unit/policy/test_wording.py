"""What people read."""

from datetime import UTC, datetime
from typing import get_args

import pytest
from pydantic import TypeAdapter

from libs.contracts.values import Window
from services.policy.core import explanations
from services.policy.core.explanations import CancelledByAdministrator, Explanation, OverCapacity, SlotTaken
from services.policy.core.ledger import Slice
from services.policy.core.letters import write_letter
from services.policy.core.notices import AwaitsApproval, Booked, Declined, EditRefused, Notice, TakenAway, Written
from services.policy.core.times import say_window
from tests.unit.policy.factories import answer, ledger, stated, taken, window

ZONE = "Europe/Berlin"
ASKED = window(24)
CONFLICT = SlotTaken(reserved=ASKED, is_private=False, title="Board", organizer="Ben")
CROWD = OverCapacity(capacity=8, people=9)
NEXT_HOUR = (taken(ASKED),)
ALL_DAY = (taken(window(24, 60 * 48)),)

EXAMPLES: list[Explanation] = TypeAdapter(list[Explanation]).validate_python(
    [
        {"kind": "is_a_series"},
        {"kind": "over_capacity", "capacity": 8, "people": 9},
        {"kind": "has_no_length"},
        {"kind": "too_long", "most_days": 366, "days": 400},
        {"kind": "is_over", "end": ASKED.end},
        {"kind": "too_far_ahead", "most_days": 3653, "start": ASKED.start},
        {"kind": "slot_taken", "reserved": ASKED, "is_private": True},
        {"kind": "allowed_by_administrator", "reason": "Open day."},
        {"kind": "held_by_invitation"},
        {"kind": "has_ended", "status": "cancelled", "reserved": ASKED},
        {"kind": "meeting_cancelled"},
        {"kind": "meeting_gone"},
        {"kind": "no_longer_blocks"},
        {"kind": "kept_long_enough"},
        {"kind": "moved_to_the_past"},
        {"kind": "cancelled_by_administrator"},
        {"kind": "stated", "rule": "capacity", "message": "It is too small."},
    ]
)


def said(notice: Notice, slice_: Slice | None = None) -> str:
    return write_letter(answer(at=ASKED, notice=notice), slice_ or ledger())


def test_a_time_is_said_in_the_zone_of_the_space_across_a_change_of_clocks() -> None:
    before, after = datetime(2027, 3, 27, 23, 30, tzinfo=UTC), datetime(2027, 3, 28, 1, 30, tzinfo=UTC)

    assert say_window(Window(start=before, end=after), ZONE) == "Sun 28 Mar 2027, 00:30-03:30 (Europe/Berlin)"


def test_a_time_that_ends_on_another_day_says_which() -> None:
    assert say_window(window(14, 120), ZONE) == "Mon 01 Mar 2027, 23:00-Tue 02 Mar 2027, 01:00 (Europe/Berlin)"


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
        ((CONFLICT,), ALL_DAY, "no free time of that length within a day"),
        ((CROWD,), (), "choose another room"),
        ((CROWD, CONFLICT), NEXT_HOUR, "next free time"),
    ],
)
def test_a_refusal_says_what_why_and_what_would_work(
    reasons: tuple[Explanation, ...], others: tuple[object, ...], advice: str
) -> None:
    refused = said(Declined(reasons=reasons), ledger(taken=others))
    kept = said(EditRefused(reasons=reasons, kept=window(48)), ledger(taken=others))

    assert refused.startswith("Aurora could not be booked.")
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
    many = [CONFLICT.model_copy(update={"title": f"Talk {number}"}) for number in range(count)]

    text = said(Declined(reasons=(*many, CROWD)))

    assert text.count("It is taken by") == 3
    assert stated([CROWD])[0].message in text
    assert rest is None or rest in text


@pytest.mark.parametrize("comment", [None, "A pipe burst."])
def test_who_cancelled_is_said_and_why_if_it_is_known(comment: str | None) -> None:
    [reason] = stated([CancelledByAdministrator(comment=comment)])

    assert said(TakenAway(comment=comment)) == reason.message
    assert "cancelled by its administrator" in reason.message
    assert comment is None or reason.message.endswith(comment)


def test_a_warning_is_told_with_the_booking() -> None:
    assert said(Booked()) == "Aurora is booked for this meeting."
    assert said(Booked(warnings=(CROWD,))).endswith("Aurora holds 8 people and 9 are expected.")


def test_who_waits_for_approval_is_told_so_and_why() -> None:
    text = said(AwaitsApproval(reasons=(CROWD,)))

    assert "waits for the approval of an administrator" in text
    assert "9 are expected" in text


def test_what_was_written_before_is_said_as_it_was() -> None:
    assert said(Written(text="As you were.")) == "As you were."
