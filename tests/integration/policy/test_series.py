"""Recurring meetings in the ledger: one group, a reservation for each date, and only what was meant changes."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from libs.contracts.intents import AnswerMeeting
from libs.contracts.keys import MeetingKey
from libs.contracts.messages import IntentIssued, IntentProblem, MeetingObserved, Settlement
from libs.contracts.values import Window
from services.policy.commands.closing import close_space
from tests.integration.policy import rules
from tests.integration.policy.acting import ADMINISTRATOR
from tests.integration.policy.asking import granted
from tests.integration.policy.ledger import Ledger, Room, answered, meeting, on_dates, recurring, window
from tests.integration.policy.patience import PATIENCE
from tests.integration.policy.series import booked, groups, last_answers, windows_of, without


async def set_rule(ledger: Ledger, room: Room, rule: dict[str, Any]) -> None:
    async with ledger.pool.acquire() as conn, conn.transaction():
        await rules.set_rule(conn, rule, rules.at_space(room.id))


async def test_a_series_is_a_group_with_a_reservation_for_each_date_and_one_answer(ledger: Ledger) -> None:
    room, series = await ledger.room(), recurring(window(9))

    await ledger.observe(room, series)

    rows = await ledger.reservations(room)
    assert await ledger.windows(room) == windows_of(series)
    assert len({row["group_id"] for row in rows} | {None}) == 2
    assert [row["original_date"] for row in rows] == [each.start.date() for each in windows_of(series)]
    assert await groups(ledger, room) == [("confirmed", None)]
    answers = await last_answers(ledger, room)
    assert {day: answer for day, (answer, _) in answers.items()} == {None: "accepted"}
    assert "on 4 dates" in answers[None][1]


async def test_what_is_seen_again_changes_nothing(ledger: Ledger) -> None:
    room = await ledger.room()
    shown = await booked(ledger, room, recurring(window(9)))
    rows, owed = await ledger.reservations(room), len(await ledger.owed(room))

    await ledger.observe(room, shown)

    assert (await ledger.reservations(room), len(await ledger.owed(room))) == (rows, owed)


async def test_a_series_with_one_conflict_is_declined_and_the_date_is_named(ledger: Ledger) -> None:
    room, series = await ledger.room(), recurring(window(9))
    await ledger.observe(room, meeting(window(9.5, day=14), subject="Board"))

    await ledger.observe(room, series)

    assert await ledger.windows(room) == [window(9.5, day=14)]
    assert await groups(ledger, room) == []
    answer, comment = (await last_answers(ledger, room))[None]
    assert answer == "declined"
    assert "because of 1 of its 4 dates. It begins on " in comment
    assert ". It is taken by Ada, " in comment
    assert f"{window(9.5, day=14).start.astimezone():%d}" in comment


async def test_by_policy_only_the_dates_that_conflict_are_declined(ledger: Ledger) -> None:
    room, series = await ledger.room(), recurring(window(9))
    await set_rule(ledger, room, {"kind": "series", "allowed": True, "on_conflict": "skip_conflicts"})
    await ledger.observe(room, meeting(window(9.5, day=14), subject="Board"))

    await ledger.observe(room, series)

    expected = sorted([*windows_of(series)[:2], window(9.5, day=14), windows_of(series)[3]], key=lambda at: at.start)
    assert await ledger.windows(room) == expected
    answers = await last_answers(ledger, room)
    skipped = window(9, day=14).start.date().isoformat()
    assert {day: answer for day, (answer, _) in answers.items()} == {None: "accepted", skipped: "declined"}
    assert "on 3 dates" in answers[None][1]

    gone = answered(on_dates(series, without(2)))
    before = len(await ledger.owed(room))
    await ledger.observe(room, gone)
    assert await ledger.windows(room) == expected
    assert len(await ledger.owed(room)) == before


@pytest.mark.parametrize("limits", [{"allowed": False}, {"allowed": True, "most_occurrences": 3}])
async def test_a_rule_about_series_declines_it_as_a_whole(ledger: Ledger, limits: dict[str, Any]) -> None:
    room = await ledger.room()
    await set_rule(ledger, room, {"kind": "series", **limits})

    await ledger.observe(room, recurring(window(9)))

    assert await ledger.windows(room) == []
    assert (await last_answers(ledger, room))[None][0] == "declined"


async def test_a_rule_is_judged_for_each_date(ledger: Ledger) -> None:
    room = await ledger.room()
    await set_rule(ledger, room, {"kind": "quota", "limit": 3, "measure": "bookings", "per": "future"})

    await ledger.observe(room, recurring(window(9), organizer={"address": "quota@example.org", "name": "Quota"}))

    assert await ledger.windows(room) == []
    answer, comment = (await last_answers(ledger, room))[None]
    assert answer == "declined"
    assert "because of 1 of its 4 dates" in comment
    [refused] = await ledger.reservations(room, "declined")
    [quota] = [each for each in refused["policies"] if each["kind"] == "quota"]
    assert quota["breach"] is not None


async def test_a_series_that_overlaps_itself_is_declined(ledger: Ledger) -> None:
    room = await ledger.room()

    await ledger.observe(room, recurring(window(9, 9 + 25), days=1))

    assert await ledger.windows(room) == []
    assert (await last_answers(ledger, room))[None][0] == "declined"


@pytest.mark.parametrize("by", [timedelta(minutes=30), timedelta(days=7), timedelta(days=-1)])
async def test_a_series_moves_over_itself(ledger: Ledger, by: timedelta) -> None:
    room = await ledger.room()
    shown = await booked(ledger, room, recurring(window(9, day=3)))
    assert shown.series is not None
    at = Window(start=shown.start + by, end=shown.end + by)
    later = recurring(at, event_id=shown.event_id, ical_uid=shown.ical_uid)

    await ledger.observe(room, later)

    assert await ledger.windows(room) == windows_of(later)
    assert [status for status, _ in await groups(ledger, room)] == ["confirmed"]


async def test_a_series_that_cannot_move_stays_as_it_was(ledger: Ledger) -> None:
    room = await ledger.room()
    shown = await booked(ledger, room, recurring(window(9)))
    await ledger.observe(room, meeting(window(12, day=14), subject="Board"))
    later = recurring(window(12), event_id=shown.event_id, ical_uid=shown.ical_uid)

    await ledger.observe(room, later)
    before = await ledger.reservations(room), len(await ledger.owed(room))
    await ledger.observe(room, later)

    assert (await ledger.reservations(room), len(await ledger.owed(room))) == before
    assert await ledger.windows(room) == sorted([*windows_of(shown), window(12, day=14)], key=lambda at: at.start)
    assert (await last_answers(ledger, room))[None][0] == "tentativelyAccepted"
    intents = [each["intent"] for each in await ledger.owed(room) if each["type"].startswith("intent")]
    assert [each["want"] for each in intents].count("hold") == 4

    await ledger.observe(room, shown)

    assert await ledger.windows(room) == sorted([*windows_of(shown), window(12, day=14)], key=lambda at: at.start)
    assert {row["refused_request"] for row in await ledger.reservations(room)} == {None}
    assert (await last_answers(ledger, room))[None][0] == "accepted"


async def test_a_series_that_cannot_go_on_for_longer_is_held_on_the_dates_that_it_has(ledger: Ledger) -> None:
    room = await ledger.room()
    shown = await booked(ledger, room, recurring(window(9), 3))
    await ledger.observe(room, meeting(window(9, day=21), subject="Board"))

    await ledger.observe(room, recurring(window(9), 4, event_id=shown.event_id, ical_uid=shown.ical_uid))

    assert await ledger.windows(room) == [*windows_of(shown), window(9, day=21)]
    assert (await last_answers(ledger, room))[None][0] == "tentativelyAccepted"
    intents = [each["intent"] for each in await ledger.owed(room) if each["type"].startswith("intent")]
    assert [each["want"] for each in intents].count("hold") == 3


async def test_dates_that_leave_the_calendar_while_their_series_is_being_declined_stay_booked(ledger: Ledger) -> None:
    """A date that is an exception is declined right before its series; a look may come between."""
    room = await ledger.declining_room()
    shown = await booked(ledger, room, recurring(window(9), 3))
    await ledger.observe(room, meeting(window(9, day=21), subject="Board"))
    asked = recurring(window(9), 4, event_id=shown.event_id, ical_uid=shown.ical_uid)
    await ledger.observe(room, asked)
    assert (await last_answers(ledger, room))[None][0] == "declined"

    await ledger.observe(room, on_dates(asked, without(1)))

    assert await ledger.windows(room) == [*windows_of(shown), window(9, day=21)]


@pytest.mark.parametrize("dates", [4, 6], ids=["as it was after all", "longer by then"])
async def test_a_series_that_was_not_answered_because_it_recurs_otherwise_is_answered_as_it_is_seen_next(
    ledger: Ledger, dates: int
) -> None:
    room, series = await ledger.room(), recurring(window(9))
    key = MeetingKey(room.id, series.ical_uid)
    await ledger.observe(room, series)
    await ledger.settle(key, Settlement.SUPERSEDED, has_written=False, problem=IntentProblem.CHANGED_MEANWHILE)

    await ledger.observe(room, recurring(window(9), dates, event_id=series.event_id, ical_uid=series.ical_uid))

    first, second = [each.intent for each in await ledger.issued(key)]
    assert isinstance(first, AnswerMeeting)
    assert isinstance(second, AnswerMeeting)
    assert (first.answer, second.answer) == ("accepted", "accepted")
    assert (first.judged, first.pattern == second.pattern) == (second.judged, dates == 4)
    assert len(await ledger.windows(room)) == dates


async def test_an_answer_from_before_recurrences_were_named_is_asked_for_again_with_the_recurrence(
    ledger: Ledger,
) -> None:
    room, series = await ledger.room(), recurring(window(9))
    key = MeetingKey(room.id, series.ical_uid)
    await ledger.observe(room, series)
    named = await ledger.wanted(key)
    await ledger.pool.execute("UPDATE intents SET wanted = wanted - 'pattern' WHERE space_id = $1", room.id)
    await ledger.settle(key, Settlement.SUPERSEDED, has_written=False, problem=IntentProblem.CHANGED_MEANWHILE)

    await ledger.observe(room, series)

    assert isinstance(named, AnswerMeeting)
    assert named.pattern is not None
    assert await ledger.wanted(key) == named


async def test_a_series_that_cannot_move_to_other_days_stays_as_it_was(ledger: Ledger) -> None:
    room = await ledger.room()
    shown = await booked(ledger, room, recurring(window(9)))
    await ledger.observe(room, meeting(window(9, day=15), subject="Board"))

    later = recurring(window(9, day=1), event_id=shown.event_id, ical_uid=shown.ical_uid)
    await ledger.observe(room, later)

    assert await ledger.windows(room) == sorted([*windows_of(shown), window(9, day=15)], key=lambda at: at.start)
    assert (await last_answers(ledger, room))[None][0] == "tentativelyAccepted"
    assert "stays booked for you as it was before" in (await last_answers(ledger, room))[None][1]


async def test_a_date_that_is_deleted_after_a_refused_change_is_free(ledger: Ledger) -> None:
    room = await ledger.room()
    shown = await booked(ledger, room, recurring(window(9), 3))
    await ledger.observe(room, meeting(window(9, day=21), subject="Board"))
    longer = recurring(window(9), 4, event_id=shown.event_id, ical_uid=shown.ical_uid)
    await ledger.observe(room, longer)

    await ledger.observe(room, on_dates(answered(longer, "tentativelyAccepted"), without(1)))

    assert await ledger.windows(room) == [window(9), window(9, day=14), window(9, day=21)]
    [ended] = await ledger.reservations(room, "cancelled")
    assert ended["starts_at"] == window(9, day=7).start


async def test_a_date_that_a_refused_change_leaves_out_stays_booked(ledger: Ledger) -> None:
    room = await ledger.room()
    shown = await booked(ledger, room, recurring(window(9)))
    await ledger.observe(room, meeting(window(9, day=15), subject="Board"))
    later = recurring(window(9, day=1), event_id=shown.event_id, ical_uid=shown.ical_uid)
    await ledger.observe(room, later)

    await ledger.observe(room, answered(later, "tentativelyAccepted"))

    assert await ledger.windows(room) == sorted([*windows_of(shown), window(9, day=15)], key=lambda at: at.start)


async def test_a_cancelled_series_frees_every_date(ledger: Ledger) -> None:
    room = await ledger.room()
    shown = await booked(ledger, room, recurring(window(9)))

    await ledger.observe(room, shown.model_copy(update={"is_cancelled": True, "series": None}))

    assert await ledger.windows(room) == []
    assert await groups(ledger, room) == [("cancelled", None)]


async def test_a_series_that_is_gone_frees_every_date(ledger: Ledger) -> None:
    room = await ledger.room()
    shown = await booked(ledger, room, recurring(window(9), 12))

    await ledger.observe(room, None, shown.ical_uid)

    assert await ledger.windows(room) == []
    assert await groups(ledger, room) == [("cancelled", None)]


async def test_a_single_meeting_becomes_a_series_and_single_again(ledger: Ledger) -> None:
    room, single = await ledger.room(), meeting(window(9))
    await ledger.observe(room, single)
    series = recurring(window(9), event_id=single.event_id, ical_uid=single.ical_uid)

    await ledger.observe(room, series)
    assert await ledger.windows(room) == windows_of(series)

    await ledger.observe(room, single)
    assert await ledger.windows(room) == [window(9)]
    assert await groups(ledger, room) == [("cancelled", None)]


async def test_a_series_that_was_accepted_before_the_room_was_mapped_is_taken_over(ledger: Ledger) -> None:
    room = await ledger.room()
    accepted = answered(recurring(window(9))).model_copy(update={"answered_at": datetime.now(UTC) - timedelta(days=2)})

    await ledger.observe(room, accepted)

    assert await ledger.windows(room) == windows_of(accepted)
    assert await last_answers(ledger, room) == {}


async def test_a_series_in_a_space_that_closes_is_declined_once(ledger: Ledger) -> None:
    room = await ledger.room()
    await booked(ledger, room, recurring(window(9)))

    messages = await granted(ledger, lambda conn: close_space(conn, room.id, None, patience=PATIENCE, by=ADMINISTRATOR))

    assert await ledger.windows(room) == []
    [intent] = [each for each in messages if isinstance(each, IntentIssued)]
    assert isinstance(intent.intent, AnswerMeeting)
    assert (intent.key, intent.intent.answer) == (MeetingKey(room.id, intent.intent.ical_uid), "declined")
    assert intent.intent.pattern is not None


async def test_a_series_that_takes_over_from_another_is_looked_at_first_and_then_booked(ledger: Ledger) -> None:
    """This and following: the new series is seen before the old one is cut."""
    room = await ledger.room()
    old = await booked(ledger, room, recurring(window(9), 6))
    new = recurring(window(9, day=21), 3)

    await ledger.observe_first(room, new)
    [look] = [each for each in await ledger.owed(room) if each["type"].startswith("look.requested")]
    assert (look["about"], look["in_the_way"]) == (new.ical_uid, [old.ical_uid])
    assert set(await last_answers(ledger, room)) == {None}
    cut = on_dates(old, lambda number, each: each if number < 3 else None)
    await ledger.observe(room, cut)
    observation = await ledger.observation(room, new)
    await ledger.deliver(MeetingObserved(space_id=room.id, observation=observation, look_id=UUID(look["look_id"])))

    assert await ledger.windows(room) == windows_of(old)
    assert [status for status, _ in await groups(ledger, room)] == ["confirmed", "confirmed"]
    assert (await last_answers(ledger, room))[None][0] == "accepted"
