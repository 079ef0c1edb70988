"""A change of a booked series that needs approval: what is asked, what stays, and what a decision makes of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from libs.contracts.values import Meeting, Window
from services.policy.core.approvals.closing import close_questions
from services.policy.core.approvals.deciding import approve, expire, reject
from services.policy.core.approvals.question import AskedFor, SeriesChange
from services.policy.core.approvals.series_change import leave_out
from services.policy.core.changes import Decision, LookAgain, NoteMeeting, SaveGroup
from services.policy.core.ledger import Slice
from services.policy.core.standing import Standing
from tests.unit.policy.approving import GRACE, asked, asking
from tests.unit.policy.changed_series import (
    BEYOND,
    EARLIER,
    GROUP,
    HOUR,
    LAST,
    LATER,
    LONGER,
    changing,
    day_of,
    series,
)
from tests.unit.policy.factories import (
    BOOKED,
    NOW,
    UID,
    answer,
    decided,
    intent,
    known,
    ledger,
    meeting,
    recorded,
    recurring,
    reservation,
    saved,
    taken,
    weekly,
)


def closed(slice_: Slice, seen: Meeting | None) -> Decision:
    return close_questions(slice_, decided(slice_, seen))


def states(decision: Decision) -> list[str]:
    return [each.state for each in asked(decision)]


def test_a_change_of_a_booked_series_leaves_its_dates_and_asks_one_question() -> None:
    decision = decided(series(), recurring(LATER))

    assert (decision.note, saved(decision)) == ("series_change_awaits_approval", [])
    [question] = asked(decision)
    assert question.change is not None
    assert (question.group_id, question.reservation_id, question.mode) == (GROUP, None, "hold")
    assert question.change.windows == tuple(weekly(number, LATER) for number in range(4))
    assert question.change.booked == tuple(weekly(number) for number in range(4))
    assert question.asked.dates == question.change.windows


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (recurring(LATER), []),
        (recurring(LONGER), ["superseded", "pending"]),
        (recurring(EARLIER), ["superseded", "pending"]),
        (recurring(LATER, dates=3), ["pending"]),
        (recurring(BOOKED), ["withdrawn"]),
        (recurring(LATER, is_cancelled=True), ["withdrawn"]),
        (None, ["withdrawn"]),
        (recurring(BEYOND), ["superseded"]),
        (meeting(BOOKED, answer="tentativelyAccepted"), ["withdrawn", "pending"]),
    ],
    ids=["same", "longer", "earlier", "fewer dates", "back", "cancelled", "gone", "refused", "single"],
)
def test_what_a_series_asks_for_next_decides_what_becomes_of_the_question(
    seen: Meeting | None, expected: list[str]
) -> None:
    slice_, _ = changing()

    assert sorted(states(closed(slice_, seen))) == sorted(expected)


def test_a_shorter_time_within_what_is_asked_for_keeps_the_question() -> None:
    slice_, question = changing(LONGER)

    decision = closed(slice_, recurring(LATER))

    [same] = asked(decision)
    assert (same.id, same.state, same.asked.window) == (question.id, "pending", LATER)


@pytest.mark.parametrize(
    ("to", "first"), [(LATER, BOOKED), (EARLIER, EARLIER)], ids=["the booked one is first", "the new one is first"]
)
def test_the_deadline_is_counted_back_from_the_first_start_of_old_and_new(to: Window, first: Window) -> None:
    _, question = changing(to, asking(before_start_minutes=60))

    assert question.deadline_at == first.start - HOUR


def test_an_approval_books_every_date_as_asked_and_moves_the_group() -> None:
    slice_, question = changing()

    decision = close_questions(slice_, approve(question, slice_, None, GRACE))

    assert [(each.status, each.window) for each in saved(decision)] == [
        ("confirmed", weekly(number, LATER)) for number in range(4)
    ]
    [group] = [each.group for each in decision.changes if isinstance(each, SaveGroup)]
    assert (group.window, group.status) == (LATER, "confirmed")
    assert states(decision) == ["approved"]
    assert len(recorded(decision)) == 4


def test_a_series_that_is_approved_anew_is_wanted_on_all_of_its_dates() -> None:
    slice_, question = changing()
    assert slice_.group is not None
    cut = replace(slice_, group=replace(slice_.group, taken_away_from=day_of(3)))

    [group] = [each.group for each in approve(question, cut, None, GRACE).changes if isinstance(each, SaveGroup)]

    assert group.taken_away_from is None


def test_an_approval_ends_the_dates_that_the_series_has_no_more_and_makes_those_that_are_new() -> None:
    tuesday = Window(start=BOOKED.start + timedelta(days=1), end=BOOKED.end + timedelta(days=1))
    slice_, question = changing(tuesday)

    decision = approve(question, slice_, None, GRACE)

    assert sorted((each.status, each.window.start) for each in saved(decision)) == sorted(
        [("cancelled", weekly(number).start) for number in range(4)]
        + [("confirmed", weekly(number, tuesday).start) for number in range(4)]
    )
    assert {each.original_date for each in saved(decision) if each.is_live} == {
        weekly(number, tuesday).start.date() for number in range(4)
    }


def test_a_date_that_is_over_is_neither_booked_nor_ended_by_an_approval() -> None:
    slice_, question = changing()
    later = replace(slice_, now=weekly(0, LATER).end)

    decision = approve(question, later, None, GRACE)

    assert [each.window for each in saved(decision)] == [weekly(number, LATER) for number in range(1, 4)]


@pytest.mark.parametrize("ends", ["rejected", "expired"])
def test_what_was_not_approved_is_looked_at_and_then_refused_like_any_other_change(ends: str) -> None:
    slice_, question = changing(LATER, asking(deadline_minutes=60))
    if ends == "rejected":
        decision = reject(question, slice_, "No", GRACE)
    else:
        due = replace(question, due_at=NOW)
        decision = expire(due, replace(slice_, question=due))
    assert (saved(decision), states(decision)) == ([], [ends])
    assert [each.about for each in decision.changes if isinstance(each, LookAgain)] == [UID]
    [decided_question] = asked(decision)
    known_now = replace(slice_.meeting, standing=None) if slice_.meeting is not None else None

    refused = decided(replace(slice_, question=None, rejected=decided_question, meeting=known_now), recurring(LATER))

    assert (refused.note, asked(refused)) == ("series_edit_refused", [])
    assert all(each.refused_request is not None for each in saved(refused))


def test_another_change_after_a_rejected_one_is_asked_about() -> None:
    slice_, question = changing()
    rejected = replace(question, state="rejected", decided_at=NOW)

    decision = decided(replace(slice_, question=None, rejected=rejected), recurring(EARLIER))

    assert states(decision) == ["pending"]


def test_a_date_that_was_ended_is_asked_for_no_more_and_the_last_withdraws_the_question() -> None:
    slice_, question = changing()
    reservations = [each.reservation for each in slice_.dates.values() if each.reservation is not None]

    less = leave_out(question, reservations[:1], slice_.now)
    none = leave_out(question, reservations, slice_.now)

    assert less.question.asked.dates == tuple(weekly(number, LATER) for number in range(1, 4))
    assert (less.question.state, less.question.version) == ("pending", question.version + 1)
    assert none.question.state == "withdrawn"


def test_a_single_booking_that_becomes_a_series_is_refused_where_that_needs_approval() -> None:
    single = ledger(
        meeting=known(),
        reservation=reservation(),
        intent=intent(answer()),
        taken=(taken(reservation_id=reservation().id),),
        policies=(asking(),),
    )

    decision = decided(single, recurring(BOOKED))

    assert asked(decision) == []
    assert decision.note == "edit_refused"


ASKED = AskedFor(
    window=weekly(0), organizer="ada@example.org", people=2, dates=tuple(map(weekly, range(3))), pattern="weekly"
)


@pytest.mark.parametrize(
    ("different", "expected"),
    [
        ({}, True),
        ({"window": weekly(1), "dates": tuple(map(weekly, range(1, 3)))}, True),
        ({"dates": tuple(map(weekly, range(5)))}, True),
        ({"people": 1}, False),
        ({"pattern": "daily"}, False),
        ({"pattern": None}, False),
        ({"organizer": "ben@example.org"}, False),
        ({"dates": (weekly(0), LAST)}, True),
        ({"dates": (EARLIER, *map(weekly, range(3)))}, False),
    ],
)
def test_what_is_left_of_a_series_is_the_same_as_what_was_asked_for_before(
    different: dict[str, Any], expected: bool
) -> None:
    assert ASKED.model_copy(update=different).is_left_of(ASKED) is expected


def test_a_calendar_shows_a_change_until_one_of_its_dates_differs_whatever_is_over() -> None:
    _, question = changing()
    change = question.change
    assert isinstance(change, SeriesChange)
    shown = [(each.original_date, each.window, each.people) for each in change.dates]
    day, at, people = shown[1]

    assert change.is_shown_by(shown, NOW)
    assert change.is_shown_by(shown[1:], weekly(0, LATER).end)
    assert not change.is_shown_by(shown[1:], NOW)
    assert not change.is_shown_by([shown[0], (day, at, people + 1), *shown[2:]], NOW)
    assert not change.is_shown_by([*shown, (LAST.start.date(), LAST, 1)], datetime.now(UTC))


def test_a_change_that_is_decided_leaves_the_standing_that_the_look_refuses_or_the_accept_confirms() -> None:
    slice_, question = changing()

    standings = [
        [each.meeting.standing for each in decision.changes if isinstance(each, NoteMeeting)]
        for decision in (approve(question, slice_, None, GRACE), reject(question, slice_, None, GRACE))
    ]

    assert standings == [[Standing.ACCEPTED], [None]]
