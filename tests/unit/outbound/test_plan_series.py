"""Plans for recurring holds: the fewest calls, in an order that never leaves the room free in between."""

from datetime import date
from typing import Any

from libs.contracts.holds import renewal_id, transaction_id
from libs.contracts.intents import HeldDate, KeepHold
from libs.contracts.messages import Settlement
from libs.contracts.values import Meeting
from services.outbound.core.calls import (
    Apply,
    ChangeDate,
    CreateHold,
    NameHold,
    Plan,
    RecurOtherwise,
    Recurs,
    RemoveDate,
    RemoveHold,
    Settle,
)
from services.outbound.core.plan import Actual, plan
from tests.unit.contracts.test_shown_holds import DATES, FIRST, GROUP, NOW, at, hold, listed, removed, series, until


def ours(**more: Any) -> Meeting:
    made = {"is_room_owned": True, "reservation_id": GROUP, "etag": 'W/"1"'}
    return series(*more.pop("dates", ()), **{"transaction_id": str(transaction_id(GROUP, 1)), **made, **more})


def planned(goal: KeepHold, *found: Meeting, generation: int = 2) -> Plan:
    return plan(goal, generation, Actual(found), NOW)


def recurs(goal: KeepHold) -> Recurs:
    assert goal.series is not None
    return Recurs(goal.series.recurrence, "Europe/Berlin")


def created(goal: KeepHold, named: object = None) -> CreateHold:
    return CreateHold(GROUP, named or transaction_id(GROUP, 2), at(FIRST), "Board", recurs(goal))  # type: ignore[arg-type]


def lacking(day: date, **more: Any) -> Meeting:
    return ours(dates=[listed(each) for each in DATES if each != day], removed_dates=(day,), **more)


def test_what_is_shown_needs_no_call() -> None:
    shown = ours()

    assert planned(hold(), shown) == Settle(Settlement.DONE, meeting=shown)


def test_without_exceptions_one_call_makes_it_all() -> None:
    assert planned(hold()) == Apply((created(hold()),))


def test_with_exceptions_another_look_finds_the_dates_that_they_are_of() -> None:
    goal = hold(removed(DATES[1]))

    assert planned(goal) == Apply((created(goal),), looks_again=True)


def test_single_dates_are_changed_by_themselves() -> None:
    goal, shown = hold(removed(DATES[1]), HeldDate(original_date=DATES[2], window=at(DATES[2], 14))), ours()

    calls = (RemoveDate(f"event {DATES[1]}"), ChangeDate(f"event {DATES[2]}", at(DATES[2], 14), "Board"))
    assert planned(goal, shown) == Apply(calls, about=shown)


def test_a_new_subject_is_one_call_whatever_the_dates_show_now() -> None:
    goal = hold(subject="Council")

    assert planned(goal, ours()) == Apply((NameHold("master", 'W/"1"', "Council"),), looks_again=True)


def test_a_new_end_does_not_write_the_times() -> None:
    goal = hold(recurrence={"range": until(DATES[2])})

    assert planned(goal, ours()) == Apply((RecurOtherwise("master", 'W/"1"', None, recurs(goal)),), looks_again=True)


def test_a_new_time_is_written_with_the_recurrence() -> None:
    goal = hold(window=at(FIRST, 11))

    expected = RecurOtherwise("master", 'W/"1"', at(FIRST, 11), recurs(goal))
    assert planned(goal, ours()) == Apply((expected,), looks_again=True)


def test_a_lost_date_has_the_event_written_anew_before_the_old_one_goes() -> None:
    calls = (created(hold()), RemoveHold("master"))

    assert planned(hold(), lacking(DATES[1])) == Apply(calls)


def test_within_one_generation_it_is_written_anew_under_another_id() -> None:
    lost = lacking(DATES[1], transaction_id=str(transaction_id(GROUP, 2)))

    assert planned(hold(), lost) == Apply((created(hold(), renewal_id(GROUP, 2)), RemoveHold("master")))


def test_an_event_that_was_written_anew_is_kept_instead_of_the_one_that_lost_a_date() -> None:
    goal = hold(event_id="master")

    assert planned(goal, lacking(DATES[1]), anew := ours(event_id="anew")) == Apply((RemoveHold("master"),), about=anew)


def test_a_lost_date_that_is_over_has_nothing_written_anew() -> None:
    lost = lacking(DATES[0])
    goal = hold()

    assert plan(goal, 2, Actual((lost,)), at(DATES[0]).end) == Settle(Settlement.DONE, meeting=lost)


def test_what_is_over_is_left_alone() -> None:
    assert plan(hold(), 2, Actual(()), at(DATES[-1]).end) == Settle(Settlement.DONE)


def test_an_event_that_shows_more_than_what_is_over_is_cut_to_that() -> None:
    goal, now = hold(recurrence={"range": until(DATES[1])}), at(DATES[1]).end
    shown = ours(dates=[listed(each) for each in DATES[1:]])

    assert plan(goal, 2, Actual((shown,)), now) == Apply(
        (RecurOtherwise("master", 'W/"1"', None, recurs(goal)),), looks_again=True
    )
    assert plan(goal, 2, Actual((ours(dates=[listed(DATES[1])]),)), now) == Settle(Settlement.DONE)
