"""A1, A2, A3, A9: an invitation that nothing was decided about yet."""

from datetime import timedelta
from typing import Any

import pytest

from libs.contracts.values import Answer, Attendee, AttendeeKind, Outcome, Window
from tests.unit.policy.factories import (
    ADA,
    BOOKED,
    KEY,
    NEW,
    NO_SERIES,
    NOW,
    OTHER,
    RESERVATION,
    answered,
    beside_notes,
    booked,
    decided,
    in_flight,
    ledger,
    letter,
    meeting,
    noted,
    recorded,
    recurring,
    reservation,
    rules_of,
    saved,
    space,
    taken,
    wants,
    window,
)


def test_a_free_slot_is_booked_answered_and_written_down() -> None:
    decision = decided(ledger(), meeting())

    [made] = saved(decision)
    assert (made.id, made.status, made.window, made.ical_uid, made.origin) == (
        NEW,
        "confirmed",
        BOOKED,
        "uid-1",
        "outlook",
    )
    assert answered(decision).answer == "accepted"
    assert letter(decision, ledger())
    assert [(each.outcome, each.reasons) for each in recorded(decision)] == [(Outcome.ACCEPT, ())]
    assert noted(decision).reservation_id == NEW


def test_a_reservation_is_saved_before_whatever_names_it() -> None:
    kinds = [type(change).__name__ for change in decided(ledger(), meeting()).changes]

    assert kinds.index("Save") < kinds.index("NoteMeeting")
    assert kinds.index("Save") < kinds.index("Want")


def test_a_taken_slot_is_declined_and_names_who_has_it_and_what_is_free_next() -> None:
    decision = decided(ledger(taken=(taken(),)), meeting())

    [refused] = saved(decision)
    assert (refused.status, refused.outcome) == ("declined", Outcome.DECLINE)
    assert rules_of(refused.reasons) == ["availability"]
    comment = letter(decision, ledger(taken=(taken(),)))
    assert answered(decision).answer == "declined"
    assert "It is taken by Ben, " in comment
    assert "Tue 02 Mar 2027, 09:00-10:00 (Europe/Berlin)" in comment
    assert "next free time of this room is Tue 02 Mar 2027, 10:00-11:00" in comment


@pytest.mark.parametrize(
    ("different", "rule", "in_text"),
    [
        ({"attendees": tuple(Attendee(address=f"p{n}@example.org") for n in range(9))}, "capacity", "10 are expected"),
        ({"start": BOOKED.start, "end": BOOKED.start + timedelta(days=367)}, "maximum_duration", "366 days"),
        ({"start": BOOKED.start, "end": BOOKED.start}, "minimum_duration", "has to last some time"),
        (
            {"start": NOW + timedelta(days=4000), "end": NOW + timedelta(days=4000, hours=1)},
            "advance_window",
            "10 years ahead",
        ),
    ],
)
def test_each_broken_rule_is_named_with_its_sentence(different: dict[str, Any], rule: str, in_text: str) -> None:
    decision = decided(ledger(), meeting(**different))

    [refused] = saved(decision)
    assert rules_of(refused.reasons) == [rule]
    assert in_text in letter(decision, ledger())
    assert answered(decision).answer == "declined"


def test_all_reasons_are_given_not_just_the_first() -> None:
    crowd = tuple(Attendee(address=f"p{n}@example.org") for n in range(20))

    [refused] = saved(decided(ledger(taken=(taken(),)), meeting(attendees=crowd)))

    assert rules_of(refused.reasons) == ["capacity", "availability"]


def test_people_are_the_organizer_and_whoever_is_no_resource_each_once() -> None:
    attendees = (
        Attendee(address="ada@EXAMPLE.org"),
        Attendee(address="ben@example.org", kind=AttendeeKind.OPTIONAL),
        Attendee(address="Ben@example.org"),
        Attendee(address="beamer@example.org", kind=AttendeeKind.RESOURCE),
        Attendee(address="Room@example.org", kind=AttendeeKind.OPTIONAL),
    )

    [made] = saved(decided(ledger(), meeting(attendees=attendees)))

    assert made.attendee_count == 2


def test_a_meeting_without_an_organizer_is_booked_for_its_guests() -> None:
    guest = Attendee(address="ben@example.org")

    [made] = saved(decided(ledger(), meeting(organizer=None, attendees=(guest,))))

    assert (made.organizer_name, made.organizer_address, made.attendee_count) == (None, None, 1)


@pytest.mark.parametrize("shown", [Answer.ACCEPTED, Answer.DECLINED, Answer.TENTATIVE, Answer.NONE])
def test_an_answer_that_is_not_ours_is_decided_about_all_the_same(shown: Answer) -> None:
    assert answered(decided(ledger(), meeting(answer=shown))).answer == "accepted"
    assert answered(decided(ledger(taken=(taken(),)), meeting(answer=shown))).answer == "declined"


@pytest.mark.parametrize("verdict", [Answer.NOT_RESPONDED, Answer.ACCEPTED])
def test_a_meeting_that_is_over_is_never_answered(verdict: Answer) -> None:
    decision = decided(ledger(), meeting(window(-2), answer=verdict))

    assert wants(decision) == {}
    assert [each for each in saved(decision) if each.is_live] == []


def test_a_room_added_to_a_running_meeting_is_booked() -> None:
    [made] = saved(decided(ledger(), meeting(window(-0.5))))

    assert made.window == window(-0.5)


def test_an_all_day_meeting_takes_the_day() -> None:
    midnight = NOW.replace(hour=23) + timedelta(days=1)
    day = Window(start=midnight, end=midnight + timedelta(days=1))

    [made] = saved(decided(ledger(), meeting(day, is_all_day=True, time_zone="Europe/Berlin")))

    assert made.window == day


def test_a_meeting_that_ends_before_it_starts_is_declined_and_parks_nothing() -> None:
    backwards = meeting(start=BOOKED.end, end=BOOKED.start)

    [refused] = saved(decided(ledger(), backwards))

    assert rules_of(refused.reasons) == ["minimum_duration"]


def test_a_series_that_is_declined_is_not_declined_again_when_it_is_seen_again() -> None:
    series = recurring()
    first = decided(ledger(policies=(NO_SERIES,)), series)
    then = ledger(meeting=noted(first), reservation=saved(first)[0], intent=in_flight(answered(first)))

    assert "cannot be booked for recurring meetings" in letter(first, ledger())
    assert rules_of(saved(first)[0].reasons) == ["series"]
    assert beside_notes(decided(then, series)) == []


def test_a_private_meeting_is_masked_in_the_ledger() -> None:
    [made] = saved(decided(ledger(), meeting(subject="Layoffs", is_private=True)))

    assert (made.title, made.is_private) == ("Private", True)


def test_a_private_meeting_is_masked_in_the_reasons_others_are_told() -> None:
    private = taken(title="Private", is_private=True, organizer_name="Ben")

    slice_ = ledger(taken=(private,))

    comment = letter(decided(slice_, meeting()), slice_)

    assert "It is taken, Tue 02 Mar 2027, 09:00-10:00" in comment
    assert "private" not in comment.lower()
    assert "Ben" not in comment


@pytest.mark.parametrize(
    ("other", "named"),
    [
        (taken(), "It is taken by Ben, Tue"),
        (taken(organizer_name=None), "It is taken, Tue"),
        (taken(organizer_name="  "), "It is taken, Tue"),
        (taken(organizer_name="Ben\nof\tSales"), "It is taken by Ben of Sales, Tue"),
    ],
)
def test_what_is_in_the_way_is_named_as_well_as_it_is_known(other: object, named: str) -> None:
    slice_ = ledger(taken=(other,))

    comment = letter(decided(slice_, meeting()), slice_)

    assert named in comment
    assert "Board" not in comment


@pytest.mark.parametrize(
    ("starts", "minutes", "is_free"),
    [(23, 60, True), (25, 60, True), (23.5, 60, False), (24.25, 30, False), (24.5, 60, False), (23, 180, False)],
)
def test_windows_are_half_open(starts: float, minutes: int, is_free: bool) -> None:
    decision = decided(ledger(taken=(taken(BOOKED),)), meeting(window(starts, minutes)))

    assert answered(decision).answer == ("accepted" if is_free else "declined")


@pytest.mark.parametrize(
    ("starts", "is_free"),
    [(22.5, True), (22.75, False), (25.25, True), (25, False)],
)
def test_set_up_and_clean_down_have_to_fit_too(starts: float, is_free: bool) -> None:
    buffered = space(setup=timedelta(minutes=15), cleanup=timedelta(minutes=30))

    decision = decided(ledger(space=buffered, taken=(taken(BOOKED),)), meeting(window(starts)))

    assert answered(decision).answer == ("accepted" if is_free else "declined")


def test_a_declined_request_that_is_changed_and_still_declined_keeps_its_row() -> None:
    first = reservation(status="declined", outcome=Outcome.DECLINE)
    slice_ = booked(reservation=first, taken=(taken(window(30)),))

    decision = decided(slice_, meeting(window(30)))

    [refused] = saved(decision)
    assert (refused.id, refused.version, refused.window) == (RESERVATION, 2, window(30))


def test_a_room_invited_again_after_a_cancellation_is_a_new_reservation() -> None:
    slice_ = booked(reservation=reservation(status="cancelled"), taken=())
    slice_gone = ledger(meeting=noted(decided(booked(), None)), reservation=slice_.reservation, intent=slice_.intent)

    [made] = saved(decided(slice_gone, meeting(event_id="event-2")))

    assert (made.id, made.status) == (NEW, "confirmed")


@pytest.mark.parametrize(
    ("room_mailbox", "mapped_to"), [("room@example.org", None), ("old@example.org", "room@example.org")]
)
@pytest.mark.parametrize("is_there", [True, False])
def test_what_is_not_in_the_mailbox_of_the_space_decides_nothing(
    room_mailbox: str, mapped_to: str | None, is_there: bool
) -> None:
    elsewhere = booked(space=space(room_mailbox=mapped_to))

    decision = decided(elsewhere, meeting(window(48)) if is_there else None, room_mailbox=room_mailbox)

    assert decision.changes == ()


def test_addresses_of_mailboxes_are_compared_without_regard_to_case() -> None:
    assert wants(decided(ledger(), meeting(), room_mailbox="Room@Example.org"))[KEY]


def test_the_organizer_is_known_by_address_and_name() -> None:
    [made] = saved(decided(ledger(), meeting(organizer=ADA)))

    assert (made.organizer_name, made.organizer_address) == ("Ada", "ada@example.org")


def test_the_conflicts_named_are_few_and_the_rest_is_counted() -> None:
    many = tuple(taken(window(24 + n / 4, 15), reservation_id=OTHER, organizer_name=f"Speaker {n}") for n in range(6))
    slice_ = ledger(taken=many)

    comment = letter(decided(slice_, meeting(window(24, 90))), slice_)

    assert "Speaker 2" in comment
    assert "Speaker 3" not in comment
    assert "3 more bookings are in the way." in comment
