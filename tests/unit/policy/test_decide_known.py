"""A6, B8, B18, B19, B21, B32, B36: a meeting that was decided about is seen again."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from libs.contracts.values import Answer, Attendee, Meeting
from services.policy.core.changes import GiveUp, Seen, Want
from services.policy.core.goals import GiveAnswer
from services.policy.core.ledger import KnownIntent
from services.policy.core.standing import Standing
from tests.unit.policy.factories import (
    ELSEWHEN,
    HOLD,
    KEY,
    NOW,
    RESERVATION,
    answer,
    answered,
    beside_notes,
    booked,
    decided,
    declined,
    hold,
    in_flight,
    intent,
    judged,
    kept,
    known,
    ledger,
    meeting,
    noted,
    recorded,
    reservation,
    saved,
    space,
    taken,
    wants,
    window,
)

ACCEPTED = meeting(answer=Answer.ACCEPTED)


def test_what_shows_our_answer_is_left_alone() -> None:
    decision = decided(booked(), ACCEPTED)

    assert decision.note == "agreed"
    assert beside_notes(decision) == []
    assert noted(decision).last_observed_at == NOW


@pytest.mark.parametrize(
    "last", [in_flight(answer()), intent(answer(), awaited_until=NOW), intent(answer(), state="given_up")]
)
def test_an_answer_that_is_seen_is_awaited_no_longer_and_has_not_failed(last: KnownIntent) -> None:
    decision = decided(booked(intent=last), ACCEPTED)

    assert beside_notes(decision) == [Seen(KEY)]


@pytest.mark.parametrize(
    ("last_observed_at", "settled_at", "is_stale"),
    [
        (NOW - timedelta(seconds=1), NOW - timedelta(seconds=1), False),
        (NOW + timedelta(seconds=1), NOW - timedelta(seconds=1), True),
        (NOW - timedelta(seconds=1), NOW + timedelta(seconds=1), True),
        (NOW, NOW, False),
    ],
)
def test_what_is_older_than_what_is_known_is_ignored(
    last_observed_at: datetime, settled_at: datetime, is_stale: bool
) -> None:
    slice_ = booked(meeting=known(last_observed_at=last_observed_at), intent=intent(answer(), settled_at=settled_at))

    decision = decided(slice_, meeting(ELSEWHEN))

    assert (decision.note == "stale") is is_stale
    assert (decision.changes == ()) is is_stale


def test_a_look_that_wrote_nothing_makes_no_observation_old() -> None:
    looked = intent(answer(), written_generation=None, settled_at=NOW + timedelta(seconds=1))

    assert decided(booked(intent=looked), meeting(ELSEWHEN)).note == "accepted"


@pytest.mark.parametrize(
    ("last", "note"),
    [
        (in_flight(answer()), "in_flight"),
        (in_flight(answer(), awaited_until=NOW), "asked_again"),
        (intent(answer(), awaited_until=NOW + timedelta(seconds=1)), "in_flight"),
        (intent(answer(), awaited_until=NOW), "asked_again"),
        (intent(answer(), awaited_until=None), "asked_again"),
        (intent(answer(), state="given_up", awaited_until=None), "asked_again"),
    ],
)
def test_an_answer_that_is_missing_is_waited_for_and_then_given_again(last: KnownIntent, note: str) -> None:
    decision = decided(booked(intent=last), meeting())

    assert decision.note == note
    assert set(wants(decision)) == (set() if note == "in_flight" else {KEY})
    assert saved(decision) == []


def test_what_is_asked_again_is_what_was_decided_not_what_would_be_decided_now() -> None:
    crowded = {"meeting": known(judged=judged(people=3)), "taken": (taken(),), "space": space(capacity=2)}
    guests = (Attendee(address="ben@example.org"), Attendee(address="cem@example.org"))

    decision = decided(booked(**crowded), meeting(event_id="event-2", attendees=guests))

    assert answered(decision) == answer(event_id="event-2")


def test_an_administrators_cancellation_is_not_undone_by_an_answer_that_stays() -> None:
    cancelled = ledger(
        meeting=known(standing=Standing.DECLINED),
        reservation=reservation(status="cancelled"),
        intent=intent(answer("declined"), state="given_up"),
    )

    decision = decided(cancelled, ACCEPTED)

    assert answered(decision).answer == "declined"
    assert saved(decision) == []


@pytest.mark.parametrize(
    "edited",
    [
        meeting(ELSEWHEN, answer="accepted"),
        meeting(window(24, 90)),
        meeting(attendees=(Attendee(address="ben@example.org"),), answer="accepted"),
        meeting(organizer={"address": "ben@example.org", "name": "Ben"}, answer="accepted"),
    ],
)
def test_an_edit_is_decided_again_whatever_answer_is_still_shown(edited: Meeting) -> None:
    decision = decided(booked(), edited)

    [changed] = saved(decision)
    assert (changed.id, changed.version, changed.status) == (RESERVATION, 2, "confirmed")
    assert changed.window.start == edited.start
    assert answered(decision).judged == changed.window


def test_an_edit_during_an_intent_in_flight_is_decided_at_once() -> None:
    decision = decided(booked(intent=in_flight(answer())), meeting(ELSEWHEN))

    assert answered(decision).judged == ELSEWHEN


def test_a_meeting_may_move_over_its_own_old_time() -> None:
    [moved] = saved(decided(booked(), meeting(window(24.5))))

    assert moved.window == window(24.5)


@pytest.mark.parametrize(
    ("seen", "title", "is_private"),
    [
        (meeting(answer="accepted", subject="Retrospective"), "Retrospective", False),
        (meeting(answer="accepted", subject="Layoffs", is_private=True), "Private", True),
    ],
)
def test_a_new_title_is_followed_without_an_answer(seen: Meeting | None, title: str, is_private: bool) -> None:
    decision = decided(booked(), seen)

    [retitled] = saved(decision)
    assert (retitled.title, retitled.is_private, retitled.version) == (title, is_private, 2)
    assert wants(decision) == {}
    assert recorded(decision) == []


@pytest.mark.parametrize("subject", ["Ada", "", " Ada "])
@pytest.mark.parametrize("is_private", [True, False])
def test_the_subject_a_room_writes_over_a_meeting_is_no_edit(subject: str, is_private: bool) -> None:
    title = "Private" if is_private else "Planning"
    slice_ = booked(reservation=reservation(title=title, is_private=is_private))

    assert beside_notes(decided(slice_, meeting(subject=subject, answer="accepted"))) == []


def test_a_private_meeting_that_is_made_public_shows_its_title() -> None:
    slice_ = booked(reservation=reservation(title="Private", is_private=True))

    [shown] = saved(decided(slice_, meeting(answer="accepted")))

    assert (shown.title, shown.is_private) == ("Planning", False)


def test_a_decline_that_the_mailbox_keeps_showing_is_agreement() -> None:
    assert beside_notes(decided(declined(), meeting(answer="declined", shows_as="free"))) == []


def test_an_accept_that_shows_as_another_event_is_agreement() -> None:
    decision = decided(booked(intent=in_flight(answer())), meeting(event_id="event-2", answer="accepted"))

    assert beside_notes(decision) == [Seen(KEY)]
    assert noted(decision).event_id == "event-2"


def test_a_meeting_moved_to_the_past_needs_its_time_no_longer() -> None:
    decision = decided(booked(), meeting(window(-3)))

    [freed] = saved(decision)
    assert freed.status == "cancelled"
    assert wants(decision) == {}
    assert noted(decision).judged is None


def test_a_meeting_moved_to_the_past_and_back_is_asked_for_anew() -> None:
    first = decided(booked(), meeting(window(-3)))
    then = ledger(meeting=noted(first), reservation=saved(first)[0], intent=intent(answer()))

    decision = decided(then, meeting())

    assert [each.status for each in saved(decision)] == ["confirmed"]
    assert answered(decision).answer == "accepted"


def test_a_booking_kept_at_its_time_survives_the_end_of_the_refused_one() -> None:
    refused = window(-2)
    slice_ = kept(refused=refused, meeting=known(refused, standing=Standing.PROPOSES_ORIGINAL))

    assert beside_notes(decided(slice_, meeting(refused, answer="tentativelyAccepted"))) == []


def test_deciding_twice_on_the_same_facts_changes_nothing_more() -> None:
    first = decided(declined(meeting=None, reservation=None, intent=None), meeting())
    goal = wants(first)[KEY]
    assert isinstance(goal, GiveAnswer)
    then = declined(meeting=noted(first), reservation=saved(first)[0], intent=in_flight(goal))

    assert beside_notes(decided(then, meeting())) == []


def test_a_hold_that_is_wanted_and_never_seen_is_put_back_by_a_correction() -> None:
    never_seen = ledger(reservation=reservation(ical_uid=None), hold=intent(hold(), state="given_up"))

    decision = decided(never_seen, None, ical_uid="", hold_of=RESERVATION)

    assert wants(decision) == {HOLD: hold()}


def test_an_answer_that_somebody_takes_back_without_end_is_asked_for_three_times() -> None:
    wanted, notes = intent(answer()), []
    for _ in range(5):
        decision = decided(booked(intent=wanted), meeting(answer=Answer.TENTATIVE))
        notes.append(decision.note)
        for change in decision.changes:
            if isinstance(change, Want):
                wanted = replace(wanted, put_back=change.put_back, put_back_since=change.put_back_since)
            if isinstance(change, GiveUp):
                wanted = replace(wanted, state="given_up")

    assert notes == ["asked_again"] * 3 + ["undone_too_often", "given_up"]


def test_an_accepted_meeting_that_outlook_shows_as_free_is_wanted_busy_at_once_and_not_for_ever() -> None:
    """Source: https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxocal/ (section 3.1.4.8.1)"""
    free = meeting(answer=Answer.ACCEPTED, shows_as="free")
    just_written = intent(answer(), awaited_until=NOW + timedelta(seconds=9))
    often = intent(answer(), put_back=3, put_back_since=NOW - timedelta(minutes=1))

    assert list(wants(decided(booked(intent=just_written), free)).values()) == [answer()]
    assert decided(booked(intent=in_flight(answer())), free).note == "in_flight"
    assert decided(booked(intent=often), free).note == "undone_too_often"
    assert decided(booked(), meeting(answer=Answer.ACCEPTED, shows_as="oof")).note == "agreed"
