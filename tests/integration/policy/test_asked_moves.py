"""What the back office wants of meetings in Outlook and has to be approved: asked about first, and made after that."""

from typing import Any, Literal
from uuid import UUID

import pytest

from libs.common.db import Connection
from libs.contracts.intents import AnswerMeeting, MoveBack
from libs.contracts.keys import MeetingKey
from libs.contracts.values import Meeting, Window
from services.policy.commands.questions import Ruled, decide_question, expire_question
from services.policy.commands.reservations import Reserved
from services.policy.commands.undecidable import AlreadyDecided
from services.policy.core.approvals.question import Question
from tests.integration.policy.acting import ADMINISTRATOR
from tests.integration.policy.answering import accepted
from tests.integration.policy.asking import granted
from tests.integration.policy.changed_series import asked
from tests.integration.policy.changing_meetings import (
    ALWAYS,
    NINE,
    NOON,
    THREE,
    at,
    cancel,
    change,
    editing_room,
    held,
    moved_to,
    proposed,
    refused,
    row_of,
    send,
)
from tests.integration.policy.ledger import Ledger, Room, again, recurring, window
from tests.integration.policy.patience import PATIENCE
from tests.integration.policy.rules import at_space, set_rule
from tests.integration.policy.series import booked, windows_of


async def rule(ledger: Ledger, room: Room, terms: dict[str, Any]) -> None:
    await granted(ledger, lambda conn: set_rule(conn, terms, at_space(room.id)))


async def need_approval(ledger: Ledger, room: Room, **terms: Any) -> None:
    await rule(ledger, room, {**ALWAYS, **terms})


async def wanted_move(
    ledger: Ledger, *, may_edit: bool = True, to: Window = NOON, **terms: Any
) -> tuple[Room, Meeting, UUID, Question]:
    """Have the back office want a meeting at nine elsewhere, where that needs approval."""
    room = await editing_room(ledger) if may_edit else await ledger.room()
    shown, reservation_id = await accepted(ledger, room, 9)
    await need_approval(ledger, room, **terms)
    result = await change(ledger, reservation_id, at(to))
    assert isinstance(result, Reserved)
    assert result.reservation.window == NINE
    [question] = await asked(ledger, room)
    return room, shown, reservation_id, question


async def wanted_shift(ledger: Ledger, scope: str) -> tuple[Room, Meeting, list[UUID], Question]:
    """Have the back office want dates of a series at nine moved to noon, where that needs approval."""
    room = await editing_room(ledger)
    series = await booked(ledger, room, recurring(NINE, 4))
    ids = [row["id"] for row in await ledger.reservations(room)]
    await need_approval(ledger, room)
    result = await change(ledger, ids[1], at(window(12, day=7), scope=scope))
    assert isinstance(result, Reserved)
    [question] = await asked(ledger, room)
    return room, series, ids, question


async def decide(ledger: Ledger, question: Question, ruling: Literal["approve", "reject"]) -> None:
    async def work(conn: Connection) -> None:
        ruled = Ruled(ruling, "Because")
        messages = await decide_question(
            conn, question.id, ruled, expected_version=None, patience=PATIENCE, by=ADMINISTRATOR
        )
        await send(ledger, conn, messages)

    await granted(ledger, work)


def at_noon(*weeks: int) -> list[Window]:
    return [window(12, day=7 * each) for each in weeks]


def both(booked: list[Window], purpose: str, other: list[Window]) -> list[tuple[str, Window]]:
    found = [*(("reserved", each) for each in booked), *((purpose, each) for each in other)]
    return sorted(found, key=lambda each: each[1].start)


def key_of(room: Room, shown: Meeting) -> MeetingKey:
    return MeetingKey(room.id, shown.ical_uid)


async def test_a_move_that_needs_approval_waits_and_nothing_is_written_to_outlook(ledger: Ledger) -> None:
    room, shown, reservation_id, question = await wanted_move(ledger)

    assert (question.reservation_id, question.asked.window, question.moves) == (reservation_id, NOON, "this")
    assert await held(ledger, room) == [("reserved", NINE), ("proposed", NOON)]
    assert isinstance(await ledger.wanted(key_of(room, shown)), AnswerMeeting)
    before = len(await ledger.owed(room))
    await ledger.observe(room, again(shown))
    assert len(await ledger.owed(room)) == before
    assert [each.id for each in await asked(ledger, room)] == [question.id]


async def test_an_approved_move_is_made_in_outlook_as_one_that_needs_no_approval(ledger: Ledger) -> None:
    room, shown, _, question = await wanted_move(ledger)
    await rule(ledger, room, {"kind": "lead_time", "minutes": 100_000})

    await decide(ledger, question, "approve")

    goal = await ledger.wanted(key_of(room, shown))
    assert isinstance(goal, MoveBack)
    assert (goal.refused, goal.kept) == (NINE, NOON)
    assert await held(ledger, room) == [("proposed", NINE), ("reserved", NOON)]
    row = await row_of(ledger, room)
    assert [each["kind"] for each in row["reasons"]] == ["approved_by_administrator"]
    await ledger.settle(key_of(room, shown))
    await ledger.observe(room, moved_to(shown, NOON))
    assert await held(ledger, room) == [("reserved", NOON)]
    assert [each.state for each in await asked(ledger, room, None)] == ["approved"]


async def test_an_approved_move_is_proposed_where_the_organizers_calendar_is_closed_to_us(ledger: Ledger) -> None:
    room, shown, _, question = await wanted_move(ledger, may_edit=False)

    await decide(ledger, question, "approve")

    answer = await ledger.wanted(key_of(room, shown))
    assert isinstance(answer, AnswerMeeting)
    assert (answer.answer, answer.proposed) == ("tentativelyAccepted", NOON)
    assert await held(ledger, room) == [("reserved", NINE), ("proposed", NOON)]


@pytest.mark.parametrize("end", ["reject", "deadline", "taken back", "cancelled"])
async def test_a_move_that_is_not_approved_leaves_the_meeting_and_frees_the_time(ledger: Ledger, end: str) -> None:
    room, shown, reservation_id, question = await wanted_move(ledger, deadline_minutes=60)
    before = len(await ledger.issued(key_of(room, shown)))

    match end:
        case "reject":
            await decide(ledger, question, "reject")
        case "deadline":
            await ledger.pool.execute("UPDATE approvals SET due_at = now(), deadline_at = now()")
            await granted(ledger, lambda conn: expire_question(conn, question.id, PATIENCE))
        case "taken back":
            await change(ledger, reservation_id, at(NINE))
        case _:
            await cancel(ledger, reservation_id)

    assert await asked(ledger, room) == []
    assert await held(ledger, room) == ([] if end == "cancelled" else [("reserved", NINE)])
    if end != "cancelled":
        assert len(await ledger.issued(key_of(room, shown))) == before


async def test_a_move_that_is_approved_at_its_deadline_is_made(ledger: Ledger) -> None:
    room, _, _, question = await wanted_move(ledger, deadline_minutes=60, at_deadline="approve")
    await ledger.pool.execute("UPDATE approvals SET due_at = now(), deadline_at = now()")

    await granted(ledger, lambda conn: expire_question(conn, question.id, PATIENCE))

    assert await held(ledger, room) == [("proposed", NINE), ("reserved", NOON)]
    assert [each.state for each in await asked(ledger, room, None)] == ["expired"]


async def test_another_time_is_another_question_and_the_same_none(ledger: Ledger) -> None:
    room, _, reservation_id, question = await wanted_move(ledger)
    await change(ledger, reservation_id, at(NOON))
    assert [(each.id, each.version) for each in await asked(ledger, room)] == [(question.id, 1)]

    await change(ledger, reservation_id, at(THREE))

    [newer] = await asked(ledger, room)
    assert newer.asked.window == THREE
    assert await held(ledger, room) == [("reserved", NINE), ("proposed", THREE)]
    with pytest.raises(AlreadyDecided):
        await decide(ledger, question, "approve")


@pytest.mark.parametrize("to", [NOON, THREE])
async def test_an_organizer_who_moves_the_meeting_is_asked_about_instead(ledger: Ledger, to: Window) -> None:
    room, shown, _, question = await wanted_move(ledger)

    await ledger.observe(room, moved_to(shown, to))

    [theirs] = await asked(ledger, room)
    assert (theirs.id != question.id, theirs.moves, theirs.asked.window) == (True, None, to)
    assert await held(ledger, room) == [("reserved", NINE), ("proposed", to)]
    await decide(ledger, theirs, "approve")
    assert await held(ledger, room) == [("reserved", to)]


async def test_a_proposal_that_stands_is_withdrawn_for_what_is_asked_about_instead(ledger: Ledger) -> None:
    room, shown, reservation_id = await proposed(ledger)
    await need_approval(ledger, room)

    result = await change(ledger, reservation_id, at(THREE))

    assert isinstance(result, Reserved)
    [question] = await asked(ledger, room)
    assert question.asked.window == THREE
    answer = await ledger.wanted(key_of(room, shown))
    assert isinstance(answer, AnswerMeeting)
    assert (answer.answer, answer.proposed) == ("accepted", None)
    assert await held(ledger, room) == [("reserved", NINE), ("proposed", THREE)]


async def test_a_rejected_move_does_not_speak_against_the_organizer(ledger: Ledger) -> None:
    room, shown, _, question = await wanted_move(ledger)
    await decide(ledger, question, "reject")

    await ledger.observe(room, moved_to(shown, NOON))

    [theirs] = await asked(ledger, room)
    assert theirs.asked.window == NOON


async def test_nobody_is_asked_about_a_move_that_could_not_be_made(ledger: Ledger) -> None:
    room = await ledger.room()
    series = await booked(ledger, room, recurring(NINE, 4))
    ids = [row["id"] for row in await ledger.reservations(room)]
    await need_approval(ledger, room)

    assert (await refused(ledger, ids[0], at(NOON, title="Board")))[0] == "title"

    assert await asked(ledger, room) == []
    assert await ledger.windows(room) == windows_of(series)


@pytest.mark.parametrize(("scope", "weeks"), [("all", (0, 1, 2, 3)), ("following", (1, 2, 3))])
async def test_a_move_of_several_dates_waits_as_one_question_and_is_made_once_it_is_approved(
    ledger: Ledger, scope: str, weeks: tuple[int, ...]
) -> None:
    room, series, ids, question = await wanted_shift(ledger, scope)

    assert (list(question.asked.dates), question.moves) == (at_noon(*weeks), scope)
    assert question.change is not None
    assert list(question.change.booked) == [window(9, day=7 * each) for each in weeks]
    assert await held(ledger, room) == both(windows_of(series), "asked", at_noon(*weeks))
    assert isinstance(await ledger.wanted(key_of(room, series)), AnswerMeeting)
    before = len(await ledger.owed(room))
    await ledger.observe(room, again(series, answer="accepted"))
    assert len(await ledger.owed(room)) == before

    await decide(ledger, question, "approve")

    now = [window(12 if each in weeks else 9, day=7 * each) for each in range(4)]
    assert sorted(await ledger.windows(room), key=lambda each: each.start) == now
    assert await held(ledger, room) == both(now, "proposed", [window(9, day=7 * each) for each in weeks])
    first = await ledger.wanted(key_of(room, series))
    assert isinstance(first, MoveBack if scope == "all" else AnswerMeeting)
    second = await ledger.wanted(MeetingKey(room.id, series.ical_uid, window(9, day=7).start.date()))
    assert isinstance(second, MoveBack) is (scope == "following")
    assert {row["id"] for row in await ledger.reservations(room)} == set(ids)
    assert [each.state for each in await asked(ledger, room, None)] == ["approved"]


@pytest.mark.parametrize("end", ["reject", "taken back"])
async def test_a_move_of_several_dates_that_is_not_approved_leaves_them(ledger: Ledger, end: str) -> None:
    room, series, ids, question = await wanted_shift(ledger, "all")
    before = len(await ledger.issued(key_of(room, series)))

    if end == "reject":
        await decide(ledger, question, "reject")
    else:
        await change(ledger, ids[1], at(window(9, day=7), scope="all"))

    assert await asked(ledger, room) == []
    assert await held(ledger, room) == [("reserved", each) for each in windows_of(series)]
    assert len(await ledger.issued(key_of(room, series))) == before


async def test_a_date_that_is_cancelled_meanwhile_is_not_moved_with_the_others(ledger: Ledger) -> None:
    room, _, ids, question = await wanted_shift(ledger, "all")

    await cancel(ledger, ids[0])

    [left] = await asked(ledger, room)
    assert (left.id, list(left.asked.dates)) == (question.id, at_noon(1, 2, 3))
    await decide(ledger, left, "approve")
    assert await ledger.windows(room) == at_noon(1, 2, 3)


async def test_one_of_the_dates_is_not_moved_by_itself_meanwhile(ledger: Ledger) -> None:
    _, _, ids, _ = await wanted_shift(ledger, "following")

    assert (await refused(ledger, ids[2], at(window(16, day=14))))[0] == "awaits_approval"
    result = await change(ledger, ids[0], at(window(16)))
    assert isinstance(result, Reserved)
