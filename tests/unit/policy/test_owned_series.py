"""Recurring holds that come back as observations: agreed with, put back within bounds, taken away; never imported."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from libs.contracts.holds import transaction_id
from libs.contracts.intents import DropHold, KeepHold
from libs.contracts.keys import ReservationKey
from libs.contracts.values import Answer, Meeting
from services.policy.core.case import Case
from services.policy.core.changes import Decision, GiveUp, Seen, Want
from services.policy.core.decide import decide
from services.policy.core.holds import drop_hold
from services.policy.core.ledger import KnownIntent, Slice
from tests.unit.contracts.test_shown_holds import DATES, GROUP, at, hold, listed, removed, series, until
from tests.unit.policy.factories import NEW, intent, ledger, observation

NOW = at(DATES[0]).start - timedelta(days=10)


def ours(**more: Any) -> Meeting:
    made = {"is_room_owned": True, "reservation_id": GROUP, "transaction_id": str(transaction_id(GROUP, 1))}
    dates = more.pop("dates", ())
    return series(*dates, **{"answer": Answer.ORGANIZER, "ical_uid": "uid-hold", **made, **more})


def wanted(goal: KeepHold | DropHold | None = None, **more: Any) -> KnownIntent:
    known = intent(goal or hold(), event_id="master", ical_uid="uid-hold", **more)
    key = ReservationKey(ledger().space.id, GROUP)
    return replace(known, key=key, reservation_id=None, settled_at=NOW - timedelta(days=1))


def decided(found: Meeting | None, known: KnownIntent, now: datetime = NOW) -> Decision:
    of = replace(ledger(hold=known, reservation=None), now=now)
    return decide(Case(observation(found, now, "uid-hold"), of, NEW, hold_of=GROUP))


def test_a_recurring_hold_as_it_is_wanted_is_agreed_with() -> None:
    assert decided(ours(), wanted()).changes == ()
    assert decided(ours(), wanted()).note == "agreed"


def test_what_was_given_up_and_is_shown_after_all_is_seen() -> None:
    known = wanted(state="given_up")

    assert decided(ours(), known).changes == (Seen(known.key),)


EDITS = {
    "renamed": ours(subject="Mine"),
    "moved": ours(start=at(DATES[0], 8).start),
    "one date moved": ours(dates=[listed(DATES[0], **dict(at(DATES[0], 12))), *map(listed, DATES[1:])]),
    "one date deleted": ours(dates=list(map(listed, DATES[1:])), removed_dates=(DATES[0],)),
    "one date renamed": ours(dates=[listed(DATES[0], subject="Mine"), *map(listed, DATES[1:])]),
    "made single": ours().model_copy(update={"series": None, "is_series": False}),
}


@pytest.mark.parametrize("edited", EDITS.values(), ids=EDITS)
def test_a_persons_edit_of_it_or_of_one_date_is_put_back(edited: Meeting) -> None:
    known = wanted()

    assert decided(edited, known) == Decision(
        (Want(known.key, hold(), None, put_back=1, put_back_since=NOW),), note="hold_put_back"
    )


def test_it_is_put_back_three_times_in_an_hour_at_most() -> None:
    known = replace(wanted(), put_back=3, put_back_since=NOW - timedelta(minutes=30))

    (change,) = decided(ours(subject="Mine"), known).changes

    assert isinstance(change, GiveUp)


def test_a_recurring_hold_that_is_missing_is_put_back_until_its_last_date_is_over() -> None:
    (change,) = decided(None, wanted(), at(DATES[3]).end).changes
    assert isinstance(change, Want)
    assert decided(None, wanted(), at(DATES[-1]).end).note == "no_hold_wanted"


def test_a_date_that_a_person_took_out_after_it_was_over_stays_out() -> None:
    lost = ours(dates=list(map(listed, DATES[1:])), removed_dates=(DATES[0],))

    assert decided(lost, wanted(), at(DATES[0]).end).note == "agreed"


def test_one_that_nobody_wants_any_more_is_taken_away_although_its_first_date_is_over() -> None:
    known = wanted(DropHold(reservation_id=GROUP))
    left = ours(dates=list(map(listed, DATES[2:])))

    (change,) = decided(left, known, at(DATES[1]).end).changes

    assert isinstance(change, Want)
    assert change.goal == DropHold(reservation_id=GROUP, event_id="master")


def test_one_that_is_not_wanted_and_over_is_left() -> None:
    over = ours().model_copy(update={"series": ours().series.model_copy(update={"occurrences": ()})})  # type: ignore[union-attr]

    assert decided(over, wanted(DropHold(reservation_id=GROUP)), at(DATES[-1]).end).note == "over"


def test_a_hold_with_an_exception_agrees_with_what_shows_it() -> None:
    shown = ours(dates=list(map(listed, DATES[1:])), removed_dates=(DATES[0],))

    assert decided(shown, wanted(hold(removed(DATES[0])))).note == "agreed"


def test_dropping_it_is_about_the_group_until_its_last_date_is_over() -> None:
    def at_time(now: datetime) -> Slice:
        return replace(ledger(hold=wanted(), reservation=None), now=now)

    drop = DropHold(reservation_id=GROUP, event_id="master")
    assert drop_hold(at_time(at(DATES[3]).end)) == [Want(wanted().key, drop, None)]
    assert drop_hold(at_time(at(DATES[-1]).end)) == []


def test_what_a_person_does_to_it_matters_until_its_last_date_is_over() -> None:
    edited = ours(dates=list(map(listed, DATES[3:])), subject="Mine")

    assert decided(edited, wanted(), at(DATES[3]).end).note == "hold_put_back"
    assert decided(edited, wanted(), at(DATES[-1]).end).note == "over"


def test_one_that_was_to_end_with_what_is_over_is_put_back_if_it_shows_more() -> None:
    cut, now = wanted(hold(recurrence={"range": until(DATES[1])})), at(DATES[1]).end

    assert decided(ours(dates=[listed(each) for each in DATES[1:]]), cut, now).note == "hold_put_back"
    assert decided(ours(dates=[listed(DATES[1])]), cut, now).note == "over"
