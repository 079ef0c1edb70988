"""What holds for every plan: carried out once it leaves nothing to do, and what is not ours is never touched."""

from dataclasses import replace
from typing import assert_never

from hypothesis import given
from hypothesis import strategies as st

from libs.contracts.holds import is_our_hold
from libs.contracts.intents import AnswerMeeting, DropHold, Intent, KeepHold, MoveBack
from libs.contracts.messages import Settlement
from libs.contracts.values import Meeting
from services.outbound.core.calls import (
    Apply,
    Call,
    ChangeDate,
    ChangeHold,
    CreateHold,
    Move,
    NameHold,
    RecurOtherwise,
    RemoveDate,
    RemoveHold,
    Respond,
    Settle,
    ShowBusy,
    TakeRoomOff,
)
from services.outbound.core.plan import Actual, plan
from tests.unit.outbound.factories import ELSEWHEN, JUDGED, NOW, RESERVATION, hold, meeting, window

GENERATION = 3
MOST_ROUNDS = 2  # a meeting that was accepted may show as free only then
WINDOWS = st.sampled_from([JUDGED, ELSEWHEN, window(60), window(-2), window(24, 90)])
ANSWERS = st.sampled_from(["accepted", "declined", "tentativelyAccepted"])
SHOWN = st.sampled_from(["none", "notResponded", "accepted", "declined", "tentativelyAccepted"])

copies = st.lists(
    st.builds(
        lambda at, answer, is_cancelled, shows: meeting(at, answer=answer, is_cancelled=is_cancelled, shows_as=shows),
        WINDOWS,
        SHOWN,
        st.booleans(),
        st.sampled_from(["busy", "free"]),
    ),
    max_size=1,
)
own = st.lists(st.builds(lambda at, is_theirs: hold(at, is_room_owned=is_theirs), WINDOWS, st.booleans()), max_size=1)
holds = st.lists(
    st.builds(
        lambda name, at, subject, shows: hold(at, event_id=name, subject=subject, shows_as=shows),
        st.sampled_from("abcd"),
        WINDOWS,
        st.sampled_from(["Board", "Old"]),
        st.sampled_from(["busy", "free"]),
    ),
    max_size=4,
    unique_by=lambda each: each.event_id,
)
situations = st.one_of(
    st.tuples(
        st.builds(
            lambda answer, judged: AnswerMeeting(ical_uid="uid-1", answer=answer, comment="So.", judged=judged),
            ANSWERS,
            WINDOWS,
        ),
        copies,
    ),
    st.tuples(
        st.builds(
            lambda kept, refused: MoveBack(ical_uid="uid-1", organizer="a", kept=kept, refused=refused),
            WINDOWS,
            WINDOWS,
        ),
        own,
    ),
    st.tuples(
        st.builds(
            lambda at, known: KeepHold(
                reservation_id=RESERVATION, window=at, time_zone="UTC", subject="Board", event_id=known
            ),
            WINDOWS,
            st.sampled_from([None, "a", "gone"]),
        ),
        holds,
    ),
    st.tuples(st.just(DropHold(reservation_id=RESERVATION)), holds),
)


def after(call: Call, events: list[Meeting]) -> list[Meeting]:
    """Return the calendar as it is once a call took effect."""
    match call:
        case Respond():
            answered = [each.model_copy(update={"answer": call.answer}) for each in events]
            return [each for each in answered if call.answer != "declined"]
        case ShowBusy():
            return [each.model_copy(update={"shows_as": "busy"}) for each in events]
        case Move() | ChangeHold():
            change: dict[str, object] = {"start": call.window.start, "end": call.window.end, "shows_as": "busy"}
            if isinstance(call, ChangeHold):
                change["subject"] = call.subject
            return [each.model_copy(update=change) if each.event_id == call.event_id else each for each in events]
        case CreateHold():
            return [*events, hold(call.window, event_id="new", subject=call.subject)]
        case TakeRoomOff() | RecurOtherwise() | NameHold() | ChangeDate() | RemoveDate():
            return events  # They are planned elsewhere, for another calendar, and for recurring holds.
        case RemoveHold():
            return [each for each in events if each.event_id != call.event_id]
        case _:
            assert_never(call)


@given(situations)
def test_a_plan_that_was_carried_out_leaves_nothing_to_do(situation: tuple[Intent, list[Meeting]]) -> None:
    goal, events = situation
    first = then = plan(goal, GENERATION, Actual(tuple(events)), NOW)
    for _ in range(MOST_ROUNDS):
        for call in then.calls if isinstance(then, Apply) else ():
            events = after(call, events)
        then = plan(goal, GENERATION, Actual(tuple(events)), NOW)
    assert isinstance(then, Settle)
    assert then.settlement is Settlement.DONE or then == first


@given(situations)
def test_a_plan_touches_only_what_was_found(situation: tuple[Intent, list[Meeting]]) -> None:
    goal, events = situation
    planned = plan(goal, GENERATION, Actual(tuple(events)), NOW)
    calls = planned.calls if isinstance(planned, Apply) else ()
    touched = {call.event_id for call in calls if not isinstance(call, CreateHold)}
    assert touched <= {each.event_id for each in events}
    assert not any(isinstance(call, RemoveHold) for call in calls if isinstance(goal, AnswerMeeting | MoveBack))
    assert all(
        is_our_hold(each, RESERVATION, GENERATION, ()) for each in events if each.event_id in touched
    ) or not isinstance(goal, KeepHold | DropHold)


@given(situations)
def test_an_answer_on_its_way_is_never_sent_again(situation: tuple[Intent, list[Meeting]]) -> None:
    goal, events = situation
    actual = Actual(tuple(events))
    planned = plan(goal, GENERATION, replace(actual, is_awaited=True), NOW)
    if isinstance(goal, AnswerMeeting):
        assert not isinstance(planned, Apply) or not any(isinstance(call, Respond) for call in planned.calls)
