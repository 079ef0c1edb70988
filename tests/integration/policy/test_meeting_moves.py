"""The back office moves a meeting that was made in Outlook on its organizer's own calendar, where it may."""

from datetime import timedelta

import pytest

from libs.contracts.intents import AnswerMeeting, MoveBack
from libs.contracts.keys import MeetingKey, ReservationKey
from libs.contracts.messages import IntentProblem, Settlement
from libs.contracts.values import Window
from services.policy.commands.reservations import (
    ReservationRefused,
    Reserved,
)
from tests.integration.policy.answering import accepted, answer_to
from tests.integration.policy.changing_meetings import (
    NINE,
    NOON,
    THREE,
    at,
    cancel,
    change,
    editing_room,
    held,
    moved_to,
    moving,
    refused,
    row_of,
)
from tests.integration.policy.ledger import Ledger, again, meeting, on_dates, recurring
from tests.integration.policy.series import booked, moved, windows_of


async def test_with_organizer_access_the_meeting_is_moved_and_its_old_time_held_until_that_shows(
    ledger: Ledger,
) -> None:
    room, shown, reservation_id = await moving(ledger)
    key = MeetingKey(room.id, shown.ical_uid)

    goal = await ledger.wanted(key)
    assert isinstance(goal, MoveBack)
    assert (goal.kept, goal.refused, goal.organizer) == (NOON, NINE, "ada@example.org")
    assert await ledger.windows(room) == [NOON]
    assert await held(ledger, room) == [("proposed", NINE), ("reserved", NOON)]
    await ledger.settle(key)
    await ledger.observe(room, again(shown))
    assert await ledger.windows(room) == [NOON]

    await ledger.observe(room, moved_to(shown, NOON))

    assert await held(ledger, room) == [("reserved", NOON)]
    answer = await answer_to(ledger, room, shown)
    assert (answer.answer, "moved this meeting from" in answer.comment) == ("accepted", True)
    row = await row_of(ledger, room)
    assert (row["changed_by"]["kind"], row["moving_from"]) == ("administrator", None)
    assert await ledger.wanted(ReservationKey(room.id, reservation_id)) is None


async def test_the_meeting_of_somebody_external_is_not_moved_but_proposed_the_time(ledger: Ledger) -> None:
    connection_id = await ledger.connection(edits_organizer_events=True, own_domains=["contoso.example"])
    room = await ledger.room(connection_id=connection_id)
    shown, reservation_id = await accepted(ledger, room, 9)

    assert isinstance(await change(ledger, reservation_id, at(NOON)), Reserved)

    answer = await ledger.wanted(MeetingKey(room.id, shown.ical_uid))
    assert isinstance(answer, AnswerMeeting)
    assert (answer.answer, answer.proposed) == ("tentativelyAccepted", NOON)
    assert await held(ledger, room) == [("reserved", NINE), ("proposed", NOON)]


async def test_while_a_meeting_is_being_moved_it_is_not_changed_or_cancelled_here(ledger: Ledger) -> None:
    _, _, reservation_id = await moving(ledger)

    assert (await refused(ledger, reservation_id, at(THREE)))[0] == "being_moved"
    assert isinstance(await cancel(ledger, reservation_id), ReservationRefused)


async def test_an_organizer_who_moves_the_meeting_meanwhile_is_judged_as_usual(ledger: Ledger) -> None:
    room, shown, _ = await moving(ledger)
    problem = IntentProblem.CHANGED_MEANWHILE
    await ledger.settle(MeetingKey(room.id, shown.ical_uid), Settlement.SUPERSEDED, has_written=False, problem=problem)

    await ledger.observe(room, moved_to(shown, THREE))

    assert await held(ledger, room) == [("reserved", THREE)]
    assert (await answer_to(ledger, room, shown)).answer == "accepted"


async def test_an_organizer_out_of_reach_is_proposed_the_time_and_the_room_is_back_at_the_old_one(
    ledger: Ledger,
) -> None:
    room, shown, _ = await moving(ledger)

    problem = IntentProblem.ORGANIZER_UNREACHABLE
    await ledger.settle(MeetingKey(room.id, shown.ical_uid), Settlement.GIVEN_UP, has_written=False, problem=problem)

    answer = await answer_to(ledger, room, shown)
    assert (answer.answer, answer.proposed) == ("tentativelyAccepted", NOON)
    assert await held(ledger, room) == [("reserved", NINE), ("proposed", NOON)]
    await ledger.observe(room, moved_to(shown, NOON))
    assert await held(ledger, room) == [("reserved", NOON)]


async def test_a_move_that_never_shows_is_proposed_instead(ledger: Ledger) -> None:
    room, shown, _ = await moving(ledger)
    await ledger.pool.execute("UPDATE intents SET awaited_until = now() WHERE space_id = $1", room.id)

    await ledger.observe(room, again(shown))

    assert await held(ledger, room) == [("reserved", NINE), ("proposed", NOON)]
    assert (await answer_to(ledger, room, shown)).proposed == NOON


async def test_an_organizer_who_is_neither_moved_nor_asked_keeps_the_meeting_as_it_was(ledger: Ledger) -> None:
    room = await editing_room(ledger)
    seen = meeting(NINE, allows_new_time=False)
    await ledger.observe(room, seen)
    row = await row_of(ledger, room)
    await change(ledger, row["id"], at(NOON))

    problem = IntentProblem.ORGANIZER_UNREACHABLE
    await ledger.settle(MeetingKey(room.id, seen.ical_uid), Settlement.GIVEN_UP, has_written=False, problem=problem)

    assert await held(ledger, room) == [("reserved", NINE)]
    assert (await row_of(ledger, room))["refused_request"]["reasons"][0]["why"] == "no_proposals"


async def test_one_date_of_a_series_is_moved_with_organizer_access(ledger: Ledger) -> None:
    room = await editing_room(ledger)
    series = await booked(ledger, room, recurring(NINE))
    second = windows_of(series)[1]
    later = Window(start=second.start + timedelta(hours=3), end=second.end + timedelta(hours=3))
    [_, row, *_] = await ledger.reservations(room)
    date_key = MeetingKey(room.id, series.ical_uid, row["original_date"])

    assert isinstance(await change(ledger, row["id"], at(later)), Reserved)

    goal = await ledger.wanted(date_key)
    assert isinstance(goal, MoveBack)
    assert (goal.kept, goal.refused) == (later, second)
    await ledger.settle(date_key)
    await ledger.observe(room, series)
    edited = on_dates(series, moved(1, timedelta(hours=3)))
    await ledger.observe(room, edited)
    assert await ledger.windows(room) == windows_of(edited)
    assert [each[0] for each in await held(ledger, room)] == ["reserved"] * 4
    wanted = await ledger.wanted(date_key)
    assert isinstance(wanted, AnswerMeeting)
    assert wanted.answer == "accepted"


@pytest.mark.parametrize("edits", [True, False])
async def test_with_organizer_access_a_cancelled_meeting_loses_the_room(ledger: Ledger, edits: bool) -> None:
    room = await editing_room(ledger) if edits else await ledger.room()
    shown, reservation_id = await accepted(ledger, room, 9)

    await cancel(ledger, reservation_id)

    answer = await answer_to(ledger, room, shown)
    assert (answer.answer, answer.takes_room_off) == ("declined", "ada@example.org" if edits else None)
