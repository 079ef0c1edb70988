"""What of a listing is a drift, case by case, and what never is one."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.contracts.keys import Key, MeetingKey
from libs.contracts.messages import DriftKind
from libs.contracts.values import Answer, Meeting
from services.reconciler.core.diff import Difference, compare_looked_up, compare_series, diff, is_in_flight
from services.reconciler.core.drift import Drift, FoundKind, MissingInOutlook, ical_uid_of, kind_of
from services.reconciler.core.expectation import Expectation
from tests.unit.reconciler.factories import HOLD_KEY, NOW, SPACE, at, event, expected, expected_hold, hold, own_event

KEY = MeetingKey(SPACE, "uid-1")
PARTLY = expected(answer=Answer.ORGANIZER, yields=True)
"""An event that blocks only what others leave of its time."""


def kinds(drifts: tuple[Drift, ...] | list[Drift]) -> list[tuple[FoundKind, Key]]:
    return [(kind_of(drift), drift.key) for drift in drifts]


@pytest.mark.parametrize(
    ("expectation", "listed"),
    [
        pytest.param(expected(), event(), id="an accepted meeting"),
        pytest.param(
            expected(answer=Answer.TENTATIVE), event(answer=Answer.TENTATIVE), id="one that waits for approval"
        ),
        pytest.param(
            expected(answer=Answer.DECLINED), event(answer=Answer.DECLINED), id="a declined one that was kept"
        ),
        pytest.param(expected_hold(), hold(), id="a hold"),
        pytest.param(
            expected_hold(starts_at=at(24).replace(microsecond=7)), hold(), id="a hold that Exchange wrote in seconds"
        ),
        pytest.param(
            expected(answer=Answer.DECLINED, ends_at=at(24)),
            event(end=at(-24), answer=Answer.DECLINED),
            id="a declined meeting that ends before it starts",
        ),
        pytest.param(expected_hold(None), hold(), id="a hold found by its reservation"),
        pytest.param(
            expected_hold(), hold(reservation_id=None), id="a hold without our property, found by its iCalUId"
        ),
        pytest.param(expected(answer=Answer.ORGANIZER), own_event(), id="an event that was taken over"),
        pytest.param(
            expected(), event(is_unreadable=True, answer=Answer.ORGANIZER), id="an accepted one that cannot be read now"
        ),
        pytest.param(
            expected(answer=Answer.ORGANIZER),
            event(is_unreadable=True, answer=Answer.ORGANIZER),
            id="one that never could be read and blocks its time",
        ),
        pytest.param(
            expected_hold(title="x" * 300 + " "), hold(subject="x" * 255), id="a hold of which Exchange cut the title"
        ),
        pytest.param(
            expected(title="Private", is_private=True),
            event(subject="Salaries", is_private=True),
            id="a private meeting, of which no title is kept",
        ),
        pytest.param(
            expected(title="Seminar"), event(subject=""), id="a meeting of which the room mailbox deleted the subject"
        ),
        pytest.param(expected(title=None), event(subject="Seminar"), id="an answered meeting that has no reservation"),
        pytest.param(
            expected(is_given_up=True),
            event(is_unreadable=True, answer=Answer.ORGANIZER),
            id="one that failed, and of which nobody can read what it shows",
        ),
        pytest.param(None, event(answer=Answer.DECLINED), id="a declined meeting nobody knows"),
        pytest.param(None, event(is_cancelled=True), id="a cancelled meeting nobody knows"),
        pytest.param(None, own_event(shows_as="free"), id="somebody's note that blocks nothing"),
        pytest.param(None, event(start=-3), id="a meeting that is over"),
        pytest.param(expected(answer=Answer.DECLINED), None, id="a declined meeting that left the calendar"),
        pytest.param(
            expected(answer=Answer.DECLINED),
            event(is_cancelled=True, answer=Answer.DECLINED),
            id="or that was cancelled then",
        ),
        pytest.param(None, None, id="nothing"),
    ],
)
def test_these_agree(expectation: Expectation | None, listed: Meeting | None) -> None:
    assert diff(SPACE, [expectation] if expectation else [], [listed] if listed else [], NOW) == Difference()


@pytest.mark.parametrize(
    ("expectation", "listed", "kind", "key"),
    [
        (None, event(), DriftKind.MISSING_IN_LEDGER, KEY),
        (None, hold(), DriftKind.ORPHAN_HOLD, HOLD_KEY),
        (None, own_event(), DriftKind.UNMANAGED, KEY),
        (None, hold(transaction_id=None), DriftKind.UNMANAGED, KEY),
        (None, event(is_unreadable=True, answer=Answer.ORGANIZER), DriftKind.UNMANAGED, KEY),
        (expected(), event(shows_as="free"), DriftKind.DIFFERENT_ANSWER, KEY),
        (expected(), event(start=30), DriftKind.DIFFERENT_TIME, KEY),
        (expected(), event(end=at(26)), DriftKind.DIFFERENT_TIME, KEY),
        (expected_hold(), hold(start=30), DriftKind.DIFFERENT_TIME, HOLD_KEY),
        (expected(), event(answer=Answer.NOT_RESPONDED), DriftKind.DIFFERENT_ANSWER, KEY),
        (expected(answer=Answer.DECLINED), event(), DriftKind.DIFFERENT_ANSWER, KEY),
        (expected(want="move_back", answer=None), event(), DriftKind.DIFFERENT_ANSWER, KEY),
        (expected_hold(), hold(shows_as="free"), DriftKind.DIFFERENT_ANSWER, HOLD_KEY),
        (expected(answer=Answer.ORGANIZER), own_event(shows_as="free"), DriftKind.DIFFERENT_ANSWER, KEY),
        (expected(title="Seminar"), event(subject="Lecture"), DriftKind.DIFFERENT_TITLE, KEY),
        (expected(title="Seminar"), event(subject="Seminar", is_private=True), DriftKind.DIFFERENT_TITLE, KEY),
        (expected_hold(title="Seminar"), hold(subject="Lecture"), DriftKind.DIFFERENT_TITLE, HOLD_KEY),
        (
            expected(answer=Answer.ORGANIZER, title="Seminar"),
            own_event(subject="Lecture"),
            DriftKind.DIFFERENT_TITLE,
            KEY,
        ),
        (expected(is_given_up=True), event(), DriftKind.SHOWN_AFTER_ALL, KEY),
        (expected_hold(is_given_up=True), hold(), DriftKind.SHOWN_AFTER_ALL, HOLD_KEY),
        (expected_hold(is_given_up=True, title="Seminar"), hold(), DriftKind.DIFFERENT_TITLE, HOLD_KEY),
        (expected_hold(want="no_hold", is_given_up=True, title=None), hold(), DriftKind.ORPHAN_HOLD, HOLD_KEY),
        (PARTLY, own_event(), DriftKind.UNMANAGED, KEY),
        (PARTLY, own_event(start=30), DriftKind.UNMANAGED, KEY),
        (PARTLY, event(), DriftKind.MISSING_IN_LEDGER, KEY),
        (PARTLY, event(is_unreadable=True, answer=Answer.ORGANIZER), DriftKind.UNMANAGED, KEY),
        (PARTLY, own_event(shows_as="free"), DriftKind.DIFFERENT_ANSWER, KEY),
        (PARTLY, own_event(is_cancelled=True), DriftKind.MISSING_IN_OUTLOOK, KEY),
        (expected(), event(is_cancelled=True), DriftKind.MISSING_IN_OUTLOOK, KEY),
        (expected_hold(), hold(is_cancelled=True), DriftKind.MISSING_IN_OUTLOOK, HOLD_KEY),
    ],
)
def test_these_differ(expectation: Expectation | None, listed: Meeting, kind: DriftKind, key: Key) -> None:
    found = diff(SPACE, [expectation] if expectation else [], [listed], NOW)

    assert kinds(found.drifts) == [(kind, key)]
    assert found.drifts[0].seen == listed
    assert found.to_look_up == ()


@pytest.mark.parametrize(
    "missing",
    [
        expected(),
        PARTLY,
        expected_hold(),
        expected_hold(None),
        expected_hold(want="no_hold", is_given_up=True),
        expected(want="move_back", answer=None),
    ],
)
def test_what_is_not_listed_is_looked_up_and_not_called_absent(missing: Expectation) -> None:
    assert diff(SPACE, [missing], [], NOW) == Difference(to_look_up=(missing,))


def test_a_second_hold_is_the_duplicate_and_the_known_one_stays() -> None:
    second = hold("uid-0")

    found = diff(SPACE, [expected_hold()], [second, hold()], NOW)

    assert kinds(found.drifts) == [(DriftKind.DUPLICATE, HOLD_KEY)]
    assert found.drifts[0].seen == second


def test_a_copy_of_our_hold_is_no_duplicate_of_it() -> None:
    copy = hold("uid-copy", event_id="copy-1", transaction_id=None)

    found = diff(SPACE, [expected_hold()], [hold(), copy], NOW)

    assert kinds(found.drifts) == [(DriftKind.UNMANAGED, MeetingKey(SPACE, "uid-copy"))]


@pytest.mark.parametrize("known", [None, "a", "b"])
def test_a_cancelled_copy_beside_a_standing_one_is_nothing(known: str | None) -> None:
    listed = [event(event_id="a", is_cancelled=True), event(event_id="b")]

    assert diff(SPACE, [expected(event_id=known)], listed, NOW) == Difference()


@pytest.mark.parametrize(
    "listed", [None, event(start=30), event(answer=Answer.NOT_RESPONDED), event(is_cancelled=True)]
)
def test_what_is_in_flight_is_no_drift_and_says_nothing(listed: Meeting | None) -> None:
    flying = expected(awaited_until=at(0.01))

    assert diff(SPACE, [flying], [listed] if listed else [], NOW) == Difference(undecided=frozenset({KEY}))


def test_what_was_in_flight_too_long_is_a_drift() -> None:
    late = expected(awaited_until=NOW)

    assert kinds(diff(SPACE, [late], [event(answer=Answer.NOT_RESPONDED)], NOW).drifts) == [
        (DriftKind.DIFFERENT_ANSWER, KEY)
    ]


def test_what_is_awaited_and_shown_already_is_agreement() -> None:
    given_now = expected(awaited_until=at(0.01))

    assert diff(SPACE, [given_now], [event(answer=Answer.NOT_RESPONDED)], NOW) == Difference(undecided=frozenset({KEY}))
    assert diff(SPACE, [given_now], [event()], NOW) == Difference()


def test_a_move_that_has_arrived_is_owed_its_answer_although_it_is_awaited() -> None:
    moving = expected(want="move_back", answer=None, awaited_until=at(0.01))

    assert diff(SPACE, [moving], [event(start=30)], NOW).undecided == {KEY}
    assert kinds(diff(SPACE, [moving], [event()], NOW).drifts) == [(DriftKind.DIFFERENT_ANSWER, KEY)]


def test_another_time_shows_once_nothing_is_awaited_any_more() -> None:
    moved = event(start=30, answer=Answer.NOT_RESPONDED)

    assert diff(SPACE, [expected(awaited_until=at(0.01))], [moved], NOW).drifts == ()
    assert kinds(diff(SPACE, [expected(awaited_until=None)], [moved], NOW).drifts) == [(DriftKind.DIFFERENT_TIME, KEY)]


@pytest.mark.parametrize(
    ("expectation", "found", "drifts"),
    [
        (expected(), None, [(DriftKind.MISSING_IN_OUTLOOK, KEY)]),
        (expected_hold(), None, [(DriftKind.MISSING_IN_OUTLOOK, HOLD_KEY)]),
        (expected(answer=Answer.DECLINED), None, []),
        (expected_hold(want="no_hold", is_given_up=True, title=None), None, [(DriftKind.SHOWN_AFTER_ALL, HOLD_KEY)]),
        (expected_hold(want="no_hold", is_given_up=True, title=None), hold(), [(DriftKind.ORPHAN_HOLD, HOLD_KEY)]),
        (expected(), event(), []),
        (expected(), event(start=9000), [(DriftKind.DIFFERENT_TIME, KEY)]),
        (expected(), event(start=-30), [(DriftKind.DIFFERENT_TIME, KEY)]),
        (expected(), event(is_series=True), [(DriftKind.DIFFERENT_TIME, KEY)]),
        (expected(), event(is_cancelled=True), [(DriftKind.MISSING_IN_OUTLOOK, KEY)]),
    ],
)
def test_a_look_up_tells(expectation: Expectation, found: Meeting | None, drifts: list[tuple[DriftKind, Key]]) -> None:
    assert kinds(compare_looked_up(expectation, found)) == drifts


def test_a_date_of_a_series_is_neither_looked_up_nor_a_drift_of_its_own() -> None:
    dates = [expected(key=MeetingKey(SPACE, "uid-1", date(2027, 3, day)), start=24 * day) for day in range(2, 5)]
    occurrences = [event("uid-1", start=24 * day, event_id=f"event {day}", is_series=True) for day in range(1, 5)]

    assert diff(SPACE, dates, [], NOW) == Difference()
    assert diff(SPACE, [], occurrences, NOW) == Difference()


def test_a_series_that_is_a_single_meeting_now_differs_even_at_the_time_of_its_first_date() -> None:
    series = expected(reservation_id=None)

    assert kinds(diff(SPACE, [series], [event()], NOW).drifts) == [(DriftKind.DIFFERENT_TIME, KEY)]
    assert kinds(compare_looked_up(series, event())) == [(DriftKind.DIFFERENT_TIME, KEY)]


@pytest.mark.parametrize(
    ("expectations", "master", "drifts"),
    [
        ([], event(is_series=True, answer=Answer.NOT_RESPONDED), [(DriftKind.MISSING_IN_LEDGER, KEY)]),
        ([], own_event(is_series=True), [(DriftKind.UNMANAGED, KEY)]),
        ([], event(is_series=True, answer=Answer.DECLINED), []),
        ([], event(is_series=True, is_cancelled=True), []),
        ([expected(answer=Answer.DECLINED)], event(is_series=True, answer=Answer.DECLINED), []),
        ([expected(answer=Answer.DECLINED)], event(is_series=True), [(DriftKind.DIFFERENT_ANSWER, KEY)]),
        (
            [expected(answer=Answer.DECLINED, is_given_up=True)],
            event(is_series=True, answer=Answer.DECLINED),
            [(DriftKind.SHOWN_AFTER_ALL, KEY)],
        ),
        ([expected(answer=Answer.DECLINED, awaited_until=at(1))], event(is_series=True), []),
        (
            [expected(answer=Answer.TENTATIVE)],
            event(is_series=True, answer=Answer.NOT_RESPONDED),
            [(DriftKind.DIFFERENT_ANSWER, KEY)],
        ),
        ([expected(answer=Answer.TENTATIVE)], event(is_series=True, answer=Answer.TENTATIVE), []),
        ([expected()], event(is_series=True), [(DriftKind.DIFFERENT_TIME, KEY)]),
        ([expected(reservation_id=None)], event(is_series=True), []),
        (
            [expected(reservation_id=None)],
            event(is_series=True, answer=Answer.NOT_RESPONDED),
            [(DriftKind.DIFFERENT_ANSWER, KEY)],
        ),
        ([expected(answer=Answer.ORGANIZER)], own_event(is_series=True), [(DriftKind.DIFFERENT_TIME, KEY)]),
        ([expected(answer=Answer.ORGANIZER, reservation_id=None)], own_event(is_series=True), []),
    ],
)
def test_a_series_is_compared_by_its_answer(
    expectations: list[Expectation], master: Meeting, drifts: list[tuple[DriftKind, Key]]
) -> None:
    assert kinds(compare_series(SPACE, expectations, master, NOW)) == drifts


def test_a_series_that_is_moved_by_us_is_in_flight_until_it_has_come_or_comes_too_late() -> None:
    moving = expected(want="move_back", answer=None, reservation_id=None, awaited_until=at(0.01))
    late = expected(want="move_back", answer=None, reservation_id=None, awaited_until=None)
    before, after = event(is_series=True, start=30), event(is_series=True)

    assert compare_series(SPACE, [moving], before, NOW) == []
    assert is_in_flight([moving], KEY, before, NOW)
    assert kinds(compare_series(SPACE, [moving], after, NOW)) == [(DriftKind.DIFFERENT_ANSWER, KEY)]
    assert kinds(compare_series(SPACE, [late], before, NOW)) == [(DriftKind.DIFFERENT_TIME, KEY)]


def test_what_is_in_flight_to_a_series_is_so_until_its_master_shows_it() -> None:
    flying = [expected(answer=Answer.DECLINED, awaited_until=at(1))]

    assert is_in_flight(flying, KEY, event(is_series=True), NOW)
    assert not is_in_flight(flying, KEY, event(is_series=True, answer=Answer.DECLINED), NOW)
    assert not is_in_flight(flying, KEY, event(is_series=True), at(2))
    assert not is_in_flight(flying, MeetingKey(SPACE, "uid-2"), event(is_series=True), NOW)


def test_a_drift_names_its_meeting_even_when_nothing_was_seen() -> None:
    assert ical_uid_of(MissingInOutlook(KEY, None, expected())) == "uid-1"
    assert ical_uid_of(MissingInOutlook(HOLD_KEY, None, expected_hold(None))) is None


# --- promises

uids = st.lists(st.text("abc", min_size=1, max_size=3), unique=True, max_size=8)
hours = st.integers(1, 2000)


@st.composite
def agreeing(draw: st.DrawFn) -> tuple[list[Expectation], list[Meeting]]:
    """A ledger and a calendar that agree, each in any order."""
    pairs = []
    for uid in draw(uids):
        start, answer = draw(hours), draw(st.sampled_from([Answer.ACCEPTED, Answer.TENTATIVE, Answer.DECLINED]))
        pairs.append((expected(uid, start=start, answer=answer), event(uid, start=start, answer=answer)))
    expectations = draw(st.permutations([each for each, _ in pairs]))
    return expectations, draw(st.permutations([each for _, each in pairs]))


@given(agreeing())
def test_a_ledger_and_a_calendar_that_agree_have_no_difference(sides: tuple[list[Expectation], list[Meeting]]) -> None:
    assert diff(SPACE, *sides, NOW) == Difference()


@given(agreeing(), st.randoms(use_true_random=False))
def test_events_that_are_listed_twice_count_once(
    sides: tuple[list[Expectation], list[Meeting]], chance: object
) -> None:
    expectations, listing = sides
    half = expectations[::2]

    assert diff(SPACE, half, listing + listing[::-1], NOW) == diff(SPACE, half, listing, NOW)


@given(agreeing(), hours)
def test_whatever_differs_is_named_and_nothing_else(sides: tuple[list[Expectation], list[Meeting]], shift: int) -> None:
    expectations, listing = sides
    moved = [replace_start(each, shift) for each in listing[::2]]

    found = diff(SPACE, expectations, moved + listing[1::2], NOW)

    assert {drift.key for drift in found.drifts} == {MeetingKey(SPACE, each.ical_uid) for each in moved}
    assert found.to_look_up == ()


@given(agreeing())
def test_an_empty_listing_alone_never_shows_a_drift(sides: tuple[list[Expectation], list[Meeting]]) -> None:
    found = diff(SPACE, sides[0], [], NOW)

    assert found.drifts == ()
    assert set(found.to_look_up) == {each for each in sides[0] if each.answer is not Answer.DECLINED}


def replace_start(meeting: Meeting, by: int) -> Meeting:
    moved = replace(expected(), starts_at=meeting.start)
    return meeting.model_copy(update={"start": moved.starts_at + (at(by) - NOW), "end": meeting.end + (at(by) - NOW)})
