"""The back office moves several dates of a series that was made in Outlook, on its organizer's own calendar."""

from datetime import timedelta
from uuid import UUID

import pytest

from libs.contracts.intents import AnswerMeeting, MoveBack
from libs.contracts.keys import MeetingKey
from libs.contracts.messages import IntentProblem, Settlement
from libs.contracts.values import Answer, Meeting, Window
from services.policy.commands.reservations import ReservationChange, ReservationRefused, Reserved, Result
from tests.integration.policy.answering import accepted
from tests.integration.policy.asking import granted
from tests.integration.policy.changing_meetings import NINE, at, cancel, change, editing_room, held, refused
from tests.integration.policy.ledger import Ledger, Room, again, answered, on_dates, recurring, window
from tests.integration.policy.rules import at_space, set_rule
from tests.integration.policy.series import booked, groups, moved, only, windows_of, without

THREE_HOURS = timedelta(hours=3)


def later(window_: Window, by: timedelta = THREE_HOURS) -> Window:
    return Window(start=window_.start + by, end=window_.end + by)


def moved_to(series: Meeting, by: timedelta = THREE_HOURS) -> Meeting:
    """Return a series as the room's calendar shows it, unanswered, once its organizer's was moved."""

    return on_dates(
        series,
        lambda _, each: each.model_copy(
            update={"start": each.start + by, "end": each.end + by, "answer": Answer.NOT_RESPONDED}
        ),
        start=series.start + by,
        end=series.end + by,
        answer="notResponded",
    )


async def booked_series(ledger: Ledger, dates: int = 4, **more: object) -> tuple[Room, Meeting, list[UUID]]:
    room = await editing_room(ledger)
    series = await booked(ledger, room, recurring(NINE, dates, **more))  # type: ignore[arg-type]
    return room, series, [row["id"] for row in await ledger.reservations(room)]


async def move_all(ledger: Ledger, reservation_id: UUID, to: Window) -> Result:
    return await change(ledger, reservation_id, at(to, scope="all"))


async def moving(ledger: Ledger) -> tuple[Room, Meeting, MeetingKey]:
    room, series, ids = await booked_series(ledger)
    result = await move_all(ledger, ids[1], later(windows_of(series)[1]))
    assert isinstance(result, Reserved)
    assert result.reservation.id == ids[1]
    assert result.reservation.window == later(windows_of(series)[1])
    return room, series, MeetingKey(room.id, series.ical_uid)


async def test_all_of_a_series_is_moved_by_one_write_and_its_old_times_held_until_that_shows(ledger: Ledger) -> None:
    room, series, key = await moving(ledger)

    goal = await ledger.wanted(key)
    assert isinstance(goal, MoveBack)
    assert (goal.refused, goal.kept, goal.organizer) == (NINE, later(NINE), "ada@example.org")
    assert goal.pattern is not None
    for each in windows_of(series):
        assert await ledger.wanted(MeetingKey(room.id, series.ical_uid, each.start.date())) is None
    new = [later(each) for each in windows_of(series)]
    assert await ledger.windows(room) == new
    both = [("proposed", each) for each in windows_of(series)] + [("reserved", each) for each in new]
    assert sorted(await held(ledger, room), key=lambda one: one[1].start) == sorted(both, key=lambda one: one[1].start)
    await ledger.settle(key)
    await ledger.observe(room, again(series))
    assert await ledger.windows(room) == new


async def test_a_series_that_was_moved_is_accepted_once_and_is_then_as_it_is_booked(ledger: Ledger) -> None:
    room, series, key = await moving(ledger)
    await ledger.settle(key)
    versions = [row["version"] for row in await ledger.reservations(room)]

    await ledger.observe(room, moved_to(series))

    new = [later(each) for each in windows_of(series)]
    assert await held(ledger, room) == [("reserved", each) for each in new]
    answer = await ledger.wanted(key)
    assert isinstance(answer, AnswerMeeting)
    assert (answer.answer, "moved this meeting from" in answer.comment) == ("accepted", True)
    assert answer.judged == later(NINE)
    rows = await ledger.reservations(room)
    assert [row["version"] for row in rows] == versions
    assert {row["changed_by"]["kind"] for row in rows} == {"administrator"}
    assert [status for status, _ in await groups(ledger, room)] == ["confirmed"]
    before = len(await ledger.owed(room))
    shown = on_dates(
        moved_to(series), lambda _, each: each.model_copy(update={"answer": Answer.ACCEPTED}), answer="accepted"
    )
    await ledger.settle(key)
    await ledger.observe(room, shown)
    assert len(await ledger.owed(room)) == before


async def test_a_series_whose_organizer_is_out_of_reach_is_back_where_it_was(ledger: Ledger) -> None:
    room, series, key = await moving(ledger)

    problem = IntentProblem.ORGANIZER_UNREACHABLE
    await ledger.settle(key, Settlement.GIVEN_UP, has_written=False, problem=problem)

    assert await held(ledger, room) == [("reserved", each) for each in windows_of(series)]
    rows = await ledger.reservations(room)
    assert {row["refused_request"]["reasons"][0]["why"] for row in rows} == {"series_not_moved"}
    answer = await ledger.wanted(key)
    assert isinstance(answer, AnswerMeeting)
    assert answer.answer == "accepted"
    await ledger.observe(room, again(series))
    assert await ledger.windows(room) == windows_of(series)


async def test_a_move_of_a_series_that_never_shows_is_given_up(ledger: Ledger) -> None:
    room, series, key = await moving(ledger)
    await ledger.settle(key)
    await ledger.pool.execute("UPDATE intents SET awaited_until = now() WHERE space_id = $1", room.id)

    await ledger.observe(room, again(series))

    assert await held(ledger, room) == [("reserved", each) for each in windows_of(series)]


async def test_an_organizer_who_moves_the_series_meanwhile_is_judged_as_usual(ledger: Ledger) -> None:
    room, series, key = await moving(ledger)
    problem = IntentProblem.CHANGED_MEANWHILE
    await ledger.settle(key, Settlement.SUPERSEDED, has_written=False, problem=problem)

    await ledger.observe(room, moved_to(series, timedelta(hours=5)))

    wanted = [("reserved", later(each, timedelta(hours=5))) for each in windows_of(series)]
    assert await held(ledger, room) == wanted
    answer = await ledger.wanted(key)
    assert isinstance(answer, AnswerMeeting)
    assert answer.answer == "accepted"


async def test_while_a_series_is_being_moved_none_of_its_dates_is_changed_or_cancelled_here(ledger: Ledger) -> None:
    room, series, _ = await moving(ledger)
    first = (await ledger.reservations(room))[0]["id"]

    assert isinstance(await cancel(ledger, first), ReservationRefused)
    assert (await refused(ledger, first, at(NINE)))[0] == "being_moved"
    result = await move_all(ledger, first, NINE)
    assert isinstance(result, ReservationRefused)
    assert {each.actual for each in result.reasons} == {"being_moved"}
    assert len(result.reasons) == len(windows_of(series))


async def test_one_date_that_is_taken_keeps_all_and_is_named(ledger: Ledger) -> None:
    room, series, ids = await booked_series(ledger)
    taken = later(windows_of(series)[2])
    await accepted(ledger, room, (taken.start - window(0).start) / timedelta(hours=1))

    result = await move_all(ledger, ids[0], later(NINE))

    assert isinstance(result, ReservationRefused)
    [reason] = result.reasons
    assert reason.rule == "availability"
    assert reason.actual == f"{taken.start.isoformat()}/{taken.end.isoformat()}"
    assert set(windows_of(series)) <= set(await ledger.windows(room))


async def test_a_rule_that_is_broken_refuses_all_unless_an_administrator_allows_it(ledger: Ledger) -> None:
    room, series, ids = await booked_series(ledger)
    short = {"kind": "maximum_duration", "minutes": 60}
    await granted(ledger, lambda conn: set_rule(conn, short, at_space(room.id)))
    longer = Window(start=NINE.start, end=NINE.end + timedelta(hours=1))

    result = await move_all(ledger, ids[0], longer)
    assert isinstance(result, ReservationRefused)
    assert {each.rule for each in result.reasons} == {"maximum_duration"}
    allowed = await change(ledger, ids[0], at(longer, scope="all", override_reason="The hall is large."))

    assert isinstance(allowed, Reserved)
    await ledger.settle(MeetingKey(room.id, series.ical_uid))
    stretched = on_dates(
        series,
        lambda _, each: each.model_copy(update={"end": each.end + timedelta(hours=1), "answer": Answer.NOT_RESPONDED}),
        end=longer.end,
        answer="notResponded",
    )
    await ledger.observe(room, stretched)
    assert await ledger.windows(room) == windows_of(stretched)
    assert {one for one, _ in await held(ledger, room)} == {"reserved"}


async def test_from_one_date_on_each_is_moved_by_itself(ledger: Ledger) -> None:
    room, series, ids = await booked_series(ledger)
    windows = windows_of(series)

    result = await change(ledger, ids[2], at(later(windows[2]), scope="following"))

    assert isinstance(result, Reserved)
    assert await ledger.windows(room) == [*windows[:2], *map(later, windows[2:])]
    for each in windows[2:]:
        goal = await ledger.wanted(MeetingKey(room.id, series.ical_uid, each.start.date()))
        assert isinstance(goal, MoveBack)
        assert (goal.refused, goal.kept, goal.pattern) == (each, later(each), None)
        await ledger.settle(MeetingKey(room.id, series.ical_uid, each.start.date()))
    edited = on_dates(on_dates(series, moved(2, THREE_HOURS)), moved(3, THREE_HOURS))
    await ledger.observe(room, edited)
    assert await held(ledger, room) == [("reserved", each) for each in windows_of(edited)]


@pytest.mark.parametrize("edit", [moved(1, timedelta(hours=1)), without(1)])
async def test_a_series_with_dates_that_differ_is_moved_date_by_date_so_that_they_stay_so(
    ledger: Ledger, edit: object
) -> None:
    room, series, _ = await booked_series(ledger)
    await ledger.observe(room, on_dates(series, edit))  # type: ignore[arg-type]
    rows = await ledger.reservations(room)
    before = await ledger.windows(room)

    result = await move_all(ledger, rows[0]["id"], later(NINE))

    assert isinstance(result, Reserved)
    assert await ledger.windows(room) == [later(each) for each in before]
    for row in rows:
        assert isinstance(await ledger.wanted(MeetingKey(room.id, series.ical_uid, row["original_date"])), MoveBack)


async def test_a_series_that_goes_on_is_moved_as_a_whole_or_not_at_all(ledger: Ledger) -> None:
    until = NINE.start + timedelta(days=25)
    room, series, ids = await booked_series(ledger, until=until)

    assert (await refused(ledger, ids[1], at(later(windows_of(series)[1]), scope="following")))[0] == "series_goes_on"
    assert isinstance(await move_all(ledger, ids[0], later(NINE)), Reserved)
    assert isinstance(await ledger.wanted(MeetingKey(room.id, series.ical_uid)), MoveBack)


@pytest.mark.parametrize("by", [timedelta(days=7), timedelta(days=-7), timedelta(days=10)])
async def test_no_date_is_moved_to_the_place_of_another(ledger: Ledger, by: timedelta) -> None:
    room, series, _ = await booked_series(ledger)
    [_, second, *_] = await ledger.reservations(room)

    wanted = at(later(windows_of(series)[1], by), scope="following")
    assert (await refused(ledger, second["id"], wanted))[0] == "over_itself"


async def test_what_is_the_organizers_of_a_series_stays_theirs(ledger: Ledger) -> None:
    _, _, ids = await booked_series(ledger)

    found = await refused(ledger, ids[0], ReservationChange(title="Mine", scope="all"))

    assert found[0] == "title"


async def test_asking_for_what_is_booked_changes_nothing(ledger: Ledger) -> None:
    room, _, ids = await booked_series(ledger)
    before = len(await ledger.owed(room))

    assert isinstance(await move_all(ledger, ids[0], NINE), Reserved)
    assert len(await ledger.owed(room)) == before


async def test_a_date_that_was_answered_by_itself_before_is_not_again_when_its_series_has_moved(ledger: Ledger) -> None:
    room, series, ids = await booked_series(ledger)
    second = MeetingKey(room.id, series.ical_uid, windows_of(series)[1].start.date())
    await ledger.observe(room, on_dates(series, moved(1, timedelta(hours=1))))
    await ledger.settle(second)
    await ledger.observe(room, on_dates(series, only(1, answer=Answer.NOT_RESPONDED)))
    await ledger.settle(second)
    await ledger.observe(room, again(series))
    before = await ledger.issued(second)
    assert before

    assert isinstance(await move_all(ledger, ids[0], later(NINE)), Reserved)
    await ledger.settle(MeetingKey(room.id, series.ical_uid))
    await ledger.observe(room, moved_to(series))
    await ledger.settle(MeetingKey(room.id, series.ical_uid))
    await ledger.observe(room, answered(moved_to(series)))

    assert await ledger.issued(second) == before
    assert {purpose for purpose, _ in await held(ledger, room)} == {"reserved"}


async def test_a_series_that_comes_with_a_date_elsewhere_holds_no_old_time_any_more(ledger: Ledger) -> None:
    room, series, key = await moving(ledger)
    await ledger.settle(key)
    shown = on_dates(moved_to(series), moved(2, timedelta(hours=1)))

    await ledger.observe(room, shown)

    assert await held(ledger, room) == [("reserved", each) for each in windows_of(shown)]
