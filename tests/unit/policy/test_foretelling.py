"""What is said of a change or a cancellation beforehand is what is decided then."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, assert_never
from uuid import UUID

import pytest

from libs.contracts.intents import AnswerMeeting, DropHold, Intent, KeepHold, MoveBack
from libs.contracts.keys import Key, ReservationKey
from libs.contracts.values import Window
from services.policy.core.back_office import (
    CancellationRequest,
    Granted,
    ReservationChange,
    ReservationRequest,
    Ruling,
    decide_cancellation,
    decide_change,
    decide_request,
)
from services.policy.core.foretelling import (
    NOT_MAPPED,
    NOTHING_IN_OUTLOOK,
    OTHERS_GIVE_WAY,
    BookingState,
    GroupBookingState,
    Own,
    say_cancellation,
    say_change,
    say_change_of_group,
    say_in_outlook,
)
from services.policy.core.goals import GiveAnswer, Goal
from services.policy.core.ledger import Slice
from services.policy.core.meeting_change import decide_meeting_change
from tests.unit.policy.factories import (
    BOOKED,
    ELSEWHEN,
    OTHER,
    RESERVATION,
    SPACE,
    UID,
    booked,
    hold,
    intent,
    ledger,
    reservation,
    space,
    wants,
)

OWN = Own({RESERVATION}, UID)
DAY = timedelta(days=1)
ELSEWHERE = ReservationChange(start=ELSEWHEN.start, end=ELSEWHEN.end)


def held() -> Slice:
    """Make the slice of a reservation of the back office that a hold shows."""
    ours = reservation(ical_uid=None, origin="api")
    return ledger(reservation=ours, hold=intent(hold()))


def said(ruling: Ruling, *, is_mapped: bool = True) -> tuple[str, ...]:
    assert isinstance(ruling, Granted), ruling
    return say_in_outlook([(key, sent(goal)) for key, goal in wants(ruling.decision).items()], OWN, is_mapped=is_mapped)


def sent(goal: Goal) -> Intent:
    """Return a goal as it is sent to outbound, whatever its words are."""
    match goal:
        case GiveAnswer():
            facts = goal.model_dump(exclude={"notice", "want"})
            return AnswerMeeting(**facts, comment="Because.")
        case KeepHold() | DropHold() | MoveBack():
            return goal
        case _:
            assert_never(goal)


def test_a_booking_of_ours_is_said_to_be_shown_by_an_event_of_its_own() -> None:
    asked = ReservationRequest(SPACE, ELSEWHEN.start, ELSEWHEN.end, "Planning")
    ruling = decide_request(asked, ledger(), RESERVATION)

    assert [each.want for each in wants(ruling.decision).values()] == ["hold"]
    assert said(ruling) == (
        "In Outlook, an event of its own on the room's calendar shows the booking. Outlook mails nobody.",
    )


def test_a_move_of_a_hold_is_said_as_one() -> None:
    slice_ = held()
    assert slice_.reservation is not None

    ruling = decide_change(slice_.reservation, ELSEWHERE, slice_)

    assert "an event of its own on the room's calendar shows the booking" in said(ruling)[0]
    [goal] = wants(ruling.decision).values()
    assert isinstance(goal, KeepHold)
    assert goal.window == ELSEWHEN


def test_a_cancelled_hold_is_said_to_leave_the_calendar() -> None:
    slice_ = held()
    assert slice_.reservation is not None

    ruling = decide_cancellation(slice_.reservation, CancellationRequest(), slice_)

    assert said(ruling) == (
        "In Outlook, the event that holds the time leaves the room's calendar. Outlook mails nobody.",
    )
    assert [each.want for each in wants(ruling.decision).values()] == ["no_hold"]


@pytest.mark.parametrize("edits", [True, False])
def test_a_meeting_is_moved_on_its_organizers_calendar_or_proposed_as_is_said(*, edits: bool) -> None:
    slice_ = booked(space=space(edits_organizer_events=edits))
    assert slice_.reservation is not None

    ruling = decide_meeting_change(slice_.reservation, ELSEWHERE, slice_, DAY)

    moved = "In Outlook, the meeting is moved on its organizer's own calendar, and its organizer is told."
    assert (moved in said(ruling)) is edits
    assert any("the new time is proposed to the organizer" in each for each in said(ruling)) is not edits
    expected = {"move_back"} if edits else {"answer", "hold"}
    assert {each.want for each in wants(ruling.decision).values()} == expected


@pytest.mark.parametrize("edits", [True, False])
def test_a_cancelled_meeting_is_declined_and_the_room_taken_off_as_is_said(*, edits: bool) -> None:
    slice_ = booked(space=space(edits_organizer_events=edits))
    assert slice_.reservation is not None

    ruling = decide_cancellation(slice_.reservation, CancellationRequest(), slice_)

    [sentence] = said(ruling)
    assert "the room declines the invitation" in sentence
    assert ("The room is taken off the organizer's event." in sentence) is edits
    [goal] = wants(ruling.decision).values()
    assert isinstance(goal, GiveAnswer)
    assert goal.answer == "declined"
    assert (goal.takes_room_off is not None) is edits


def test_without_a_mailbox_and_without_intents_nothing_is_said_to_change() -> None:
    assert say_in_outlook([], OWN, is_mapped=False) == (NOT_MAPPED,)
    assert say_in_outlook([], OWN, is_mapped=True) == (NOTHING_IN_OUTLOOK,)


def test_what_is_shown_of_others_is_told_apart() -> None:
    others: Key = ReservationKey(SPACE, OTHER)
    issued: Sequence[tuple[Key, Intent]] = [
        (ReservationKey(SPACE, RESERVATION), hold()),
        (others, DropHold(reservation_id=OTHER)),
    ]

    assert say_in_outlook(issued, OWN, is_mapped=True)[1:] == (OTHERS_GIVE_WAY,)


def test_the_same_for_several_dates_is_said_once() -> None:
    ids = [UUID(int=number) for number in (71, 72, 73)]
    issued: list[tuple[Key, Intent]] = [(ReservationKey(SPACE, each), DropHold(reservation_id=each)) for each in ids]

    [sentence] = say_in_outlook(issued, Own(ids), is_mapped=True)

    assert sentence.endswith("That is done for each of 3 dates.")


@pytest.mark.parametrize(
    ("after", "sentence"),
    [
        ({"status": "pending"}, "Administrators will be asked whether"),
        ({"is_asked_about": True}, "the booking stays as it is until they decide"),
        ({"is_proposed": True}, "The organizer will be asked to move the meeting"),
        ({"window": ELSEWHEN}, "its old time becomes free"),
        ({}, "its time stays"),
    ],
)
def test_what_becomes_of_a_booking_is_said(after: dict[str, Any], sentence: str) -> None:
    before = BookingState("confirmed", BOOKED)

    assert sentence in say_change(before, replace(before, **after))


@pytest.mark.parametrize(
    ("dates", "sentence"), [(0, "Nothing is left"), (1, "The booking will be"), (3, "3 dates will be")]
)
def test_how_many_dates_are_cancelled_is_said(dates: int, sentence: str) -> None:
    assert say_cancellation(dates).startswith(sentence)


def test_a_window_that_stays_is_no_move() -> None:
    same = Window(start=BOOKED.start, end=BOOKED.end)

    assert "its time stays" in say_change(BookingState("confirmed", BOOKED), BookingState("confirmed", same))


ONE, TWO, THREE = (UUID(int=number) for number in (71, 72, 73))
NOT_CHANGED = GroupBookingState({ONE: BOOKED, TWO: BOOKED})


@pytest.mark.parametrize(
    ("after", "sentences"),
    [
        (NOT_CHANGED, ("2 dates will keep the time that is booked.",)),
        (
            GroupBookingState({ONE: ELSEWHEN, TWO: BOOKED}),
            ("1 date will be moved to another time.", "1 date will keep the time that is booked."),
        ),
        (
            GroupBookingState({TWO: ELSEWHEN, THREE: BOOKED}, goes_on=True),
            (
                "1 date will be moved to another time.",
                "1 date will be added.",
                "1 date will be cancelled.",
                "Later dates will follow as time passes.",
            ),
        ),
        (
            GroupBookingState({ONE: BOOKED, TWO: BOOKED}, question_id=OTHER, asked_dates=2),
            ("Administrators will be asked about 2 dates, and the series stays as it is until they decide.",),
        ),
    ],
)
def test_what_becomes_of_the_dates_of_a_group_is_said(after: GroupBookingState, sentences: tuple[str, ...]) -> None:
    assert say_change_of_group(NOT_CHANGED, after) == sentences


def test_a_question_about_a_group_that_gives_way_is_told() -> None:
    waits = replace(NOT_CHANGED, question_id=OTHER, asked_dates=2)
    given_up = "What administrators are asked about this series now is asked for no more."

    assert say_change_of_group(waits, NOT_CHANGED) == (given_up, "2 dates will keep the time that is booked.")
    assert say_change_of_group(waits, replace(waits, question_id=ONE))[0] == given_up
    assert say_change_of_group(waits, waits) == ("2 dates will keep the time that is booked.",)
