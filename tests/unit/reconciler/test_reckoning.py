"""What one pass means for the drifts that are known."""

from dataclasses import replace
from datetime import timedelta

from libs.contracts.keys import Key, MeetingKey
from libs.contracts.messages import DriftKind
from libs.contracts.values import Answer, Occurrence
from services.reconciler.core.drift import (
    ContestedEvent,
    Drift,
    Duplicate,
    MissingInLedger,
    MissingInOutlook,
    name_conflicts,
)
from services.reconciler.core.pace import Pace
from services.reconciler.core.reckoning import AskingRules, KnownDrift, Reckoning, reckon, seen_as_of
from tests.unit.reconciler.factories import HOLD_KEY, NOW, SPACE, at, event, expected, hold, master, occurrence

PACE = Pace(usual=timedelta(minutes=5), polling=timedelta(minutes=1), quarantined=timedelta(minutes=30))
NEWS = MissingInLedger(MeetingKey(SPACE, "uid-1"), event())
GONE = MissingInOutlook(MeetingKey(SPACE, "uid-2"), None, expected("uid-2"))


def known(drift: Drift, *, asks: int = 1, ask_again_in_h: float | None = 1) -> KnownDrift:
    kind = DriftKind.MISSING_IN_LEDGER if drift is NEWS else DriftKind.MISSING_IN_OUTLOOK
    again = None if ask_again_in_h is None else at(ask_again_in_h)
    return KnownDrift(kind, drift.key, seen_as_of(drift), asks, again, at(-1))


def reckoned(
    *drifts: Drift, before: tuple[KnownDrift, ...] = (), undecided: tuple[Key, ...] = (), withholds: bool = False
) -> Reckoning:
    return reckon(before, drifts, undecided, NOW, AskingRules(PACE, withholds_cancels=withholds))


def test_a_new_drift_is_found_and_asked_about_at_once() -> None:
    result = reckoned(NEWS)

    [current] = result.current
    assert (current.is_new, current.asks, current.ask_again_at) == (True, 1, NOW + timedelta(minutes=5))
    assert result.to_ask == (NEWS,)


def test_a_drift_that_stands_as_it_stood_is_asked_about_again_when_its_time_has_come() -> None:
    assert reckoned(NEWS, before=(known(NEWS, ask_again_in_h=0.1),)).to_ask == ()

    result = reckoned(NEWS, before=(known(NEWS, asks=3, ask_again_in_h=-0.1),))
    assert result.to_ask == (NEWS,)
    assert (result.current[0].asks, result.current[0].ask_again_at) == (4, NOW + timedelta(minutes=40))


def test_policy_is_never_asked_about_a_conflict_and_at_once_about_what_is_left_of_it() -> None:
    contested = ContestedEvent("uid-1", NEWS.seen.start, NEWS.seen.end)
    [conflict] = name_conflicts([NEWS], {contested: "board"})

    found = reckoned(conflict)
    before = KnownDrift("conflict", conflict.key, found.current[0].seen_as, 0, None, NOW)
    stays, ends = reckoned(conflict, before=(before,)), reckoned(NEWS, before=(before,))

    assert (found.current[0].kind, found.to_ask, stays.to_ask) == ("conflict", (), ())
    assert (ends.to_ask, ends.gone) == ((NEWS,), (before,))


def test_policy_is_asked_about_a_conflict_once_something_else_is_in_the_way() -> None:
    contested = ContestedEvent("uid-1", NEWS.seen.start, NEWS.seen.end)
    [was], [is_now] = (name_conflicts([NEWS], {contested: against}) for against in ("board and choir", "board"))
    before = KnownDrift("conflict", was.key, seen_as_of(was), 0, None, NOW)

    assert reckoned(is_now, before=(before,)).to_ask == (NEWS,)


def test_an_event_that_moved_since_it_was_contested_is_no_conflict() -> None:
    moved = MissingInLedger(NEWS.key, event(start=30))

    assert name_conflicts([moved], {ContestedEvent("uid-1", NEWS.seen.start, NEWS.seen.end): "board"}) == (moved,)


def test_a_drift_that_stands_otherwise_than_before_is_asked_about_at_once() -> None:
    moved = MissingInLedger(MeetingKey(SPACE, "uid-1"), event(start=30))

    result = reckoned(moved, before=(known(NEWS, asks=7),))

    assert (result.to_ask, result.current[0].asks, result.current[0].is_new) == ((moved,), 1, False)


def test_a_series_whose_dates_have_changed_is_asked_about_at_once() -> None:
    def of(*occurrences: Occurrence) -> Drift:
        return MissingInLedger(MeetingKey(SPACE, "uid-1"), master(*occurrences))

    stood = replace(known(NEWS), seen_as=seen_as_of(of(occurrence(1), occurrence(2))))

    assert reckoned(of(occurrence(1), occurrence(2)), before=(stood,)).to_ask == ()
    for changed in (
        of(occurrence(1)),
        of(occurrence(1), occurrence(2, start=50)),
        of(occurrence(1), occurrence(2, answer=Answer.DECLINED)),
        of(occurrence(1), occurrence(2, is_cancelled=True)),
    ):
        assert reckoned(changed, before=(stood,)).to_ask == (changed,)


def test_what_is_said_of_a_series_is_short_and_names_no_subject() -> None:
    year = master(*(occurrence(day, subject="Salaries") for day in range(1, 366)), subject="Salaries")

    said = seen_as_of(MissingInLedger(MeetingKey(SPACE, "uid-1"), year))

    assert len(said) < 200
    assert "Salaries" not in said


def test_a_drift_that_is_not_found_any_more_is_gone() -> None:
    assert reckoned(before=(known(NEWS),)).gone == (known(NEWS),)


def test_what_is_on_its_way_is_not_gone_yet() -> None:
    result = reckoned(before=(known(NEWS),), undecided=(MeetingKey(SPACE, "uid-1"),))

    assert (result.gone, result.current) == ((), ())


def test_cancellations_that_wait_are_remembered_and_not_asked_about() -> None:
    result = reckoned(NEWS, GONE, withholds=True)

    assert result.to_ask == (NEWS,)
    assert [(each.key, each.asks, each.ask_again_at) for each in result.current if each.key == GONE.key] == [
        (GONE.key, 0, None)
    ]


def test_cancellations_that_may_go_on_are_asked_about_at_once() -> None:
    waiting = replace(known(GONE, ask_again_in_h=None), asks=0)

    assert reckoned(GONE, before=(waiting,)).to_ask == (GONE,)


def test_two_drifts_of_one_name_are_one() -> None:
    result = reckoned(Duplicate(HOLD_KEY, hold("uid-3")), Duplicate(HOLD_KEY, hold("uid-4")))

    assert (len(result.current), len(result.to_ask)) == (1, 1)


def test_asking_slows_down_and_never_stops() -> None:
    waits = [PACE.of_asking(asks) for asks in range(1, 100)]

    assert waits[:3] == [timedelta(minutes=5), timedelta(minutes=10), timedelta(minutes=20)]
    assert waits == sorted(waits)
    assert waits[-1] == timedelta(hours=6)


def test_what_cannot_be_reached_is_looked_at_again_soon_and_then_as_often_however_long_it_lasts() -> None:
    pace = replace(PACE, quarantined=timedelta(seconds=10))

    assert [pace.after_failure(times).total_seconds() for times in (1, 2, 3, 500)] == [5, 10, 10, 10]


def test_after_an_outage_asking_starts_over() -> None:
    asked_often = known(NEWS, asks=9, ask_again_in_h=6)
    assert reckoned(NEWS, before=(asked_often,)).to_ask == ()

    result = reckon((asked_often,), (NEWS,), (), NOW, AskingRules(PACE, starts_over=True))

    assert result.to_ask == (NEWS,)
    assert (result.current[0].asks, result.current[0].is_new) == (1, False)


def test_a_room_that_nobody_is_notified_of_is_compared_more_often() -> None:
    assert [PACE.after_comparison(state) for state in ("active", None, "polling")] == [
        timedelta(minutes=5),
        timedelta(minutes=5),
        timedelta(minutes=1),
    ]
