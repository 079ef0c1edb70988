"""Spaces that are closing: deleted, and still mapped until those who invited them have been told."""

from collections.abc import Sequence
from uuid import UUID

import pytest

from libs.contracts.intents import AnswerMeeting, DropHold
from libs.contracts.keys import MeetingKey, ReservationKey
from libs.contracts.message import Message
from libs.contracts.messages import IntentIssued, IntentProblem, Settlement
from services.policy.commands.closing import close_space, delete_unused_space
from services.policy.commands.reservations import ReservationRequest, Reserved, create_reservation
from services.policy.commands.space_errors import SpaceStillReserved
from services.policy.commands.unknown import UnknownSpace
from services.policy.loops.closings import ClosingLoop
from tests.integration.policy.acting import ADMINISTRATOR
from tests.integration.policy.asking import granted, refused
from tests.integration.policy.ledger import Ledger, Room, again, meeting, window
from tests.integration.policy.patience import PATIENCE


async def close(ledger: Ledger, room: Room) -> Sequence[Message]:
    return await granted(ledger, lambda conn: close_space(conn, room.id, None, patience=PATIENCE, by=ADMINISTRATOR))


async def finish(ledger: Ledger) -> None:
    await ClosingLoop(ledger.pool, ledger.codec).once()


async def is_mapped(ledger: Ledger, room: Room) -> bool:
    found: bool = await ledger.pool.fetchval("SELECT room_mailbox IS NOT NULL FROM spaces WHERE id = $1", room.id)
    return found


async def reserve(ledger: Ledger, room: Room, hour: float) -> UUID:
    asked = ReservationRequest(room.id, window(hour).start, window(hour).end, "Board")
    made = await granted(ledger, lambda conn: create_reservation(conn, asked, PATIENCE, by=ADMINISTRATOR))
    assert isinstance(made, Reserved)
    return made.reservation.id


async def test_who_would_be_told_is_who_invited_the_room(ledger: Ledger) -> None:
    room = await ledger.room()
    await ledger.observe(room, meeting(window(9)))
    await ledger.observe(room, meeting(window(11), answer="organizer", is_room_owned=True))
    await reserve(ledger, room, 14)

    error = await refused(ledger, SpaceStillReserved, lambda conn: delete_unused_space(conn, room.id, None))

    would = error.would_end
    assert (would.reservations, would.told) == (3, 1)
    assert (would.first, would.last, would.time_zone) == (window(9).start, window(14).end, "Europe/Berlin")


async def test_the_answers_and_the_holds_of_a_closing_space_are_written_before_it_is_unmapped(ledger: Ledger) -> None:
    room, seen = await ledger.room(), meeting(window(9))
    await ledger.observe(room, seen)
    key, held = MeetingKey(room.id, seen.ical_uid), ReservationKey(room.id, await reserve(ledger, room, 11))

    messages = await close(ledger, room)

    intents = {each.key: each.intent for each in messages if isinstance(each, IntentIssued)}
    answer, hold = intents[key], intents[held]
    assert isinstance(answer, AnswerMeeting)
    assert answer.answer == "declined"
    assert "This room can no longer be booked." in answer.comment
    assert isinstance(hold, DropHold)
    await finish(ledger)
    assert await is_mapped(ledger, room)
    await ledger.settle(key)
    await finish(ledger)
    assert await is_mapped(ledger, room)
    await ledger.settle(held)
    await finish(ledger)
    assert not await is_mapped(ledger, room)
    assert [each["type"] for each in await ledger.owed(room)][-1] == "space.unmapped.v1"


async def test_an_answer_that_is_given_up_keeps_nothing_waiting(ledger: Ledger) -> None:
    room, seen = await ledger.room(), meeting(window(9))
    await ledger.observe(room, seen)
    await close(ledger, room)
    key = MeetingKey(room.id, seen.ical_uid)

    await ledger.settle(key, Settlement.GIVEN_UP, has_written=False, problem=IntentProblem.REFUSED_BY_GRAPH)
    await finish(ledger)

    assert not await is_mapped(ledger, room)


async def test_an_answer_too_late_keeps_nothing_waiting(ledger: Ledger) -> None:
    room, seen = await ledger.room(), meeting(window(9))
    await ledger.observe(room, seen)
    await close(ledger, room)

    await ledger.settle(MeetingKey(room.id, seen.ical_uid), has_written=False, problem=IntentProblem.OVER)
    await finish(ledger)

    assert not await is_mapped(ledger, room)


@pytest.mark.parametrize("is_known", [True, False], ids=["moved", "new"])
async def test_an_invitation_that_comes_while_a_space_is_closing_is_declined(ledger: Ledger, is_known: bool) -> None:
    room, seen = await ledger.room(), meeting(window(9))
    if is_known:
        await ledger.observe(room, seen)
    await close(ledger, room)
    moved = again(seen, start=window(15).start, end=window(15).end)
    key = MeetingKey(room.id, seen.ical_uid)

    await ledger.observe(room, moved)

    answer = await ledger.wanted(key)
    assert isinstance(answer, AnswerMeeting)
    assert (answer.answer, answer.judged) == ("declined", window(15))
    assert await ledger.reservations(room) == []
    asked = len(await ledger.issued(key))
    await ledger.observe(room, moved)
    assert len(await ledger.issued(key)) == asked
    await ledger.settle(key)
    await ledger.observe(room, again(moved, answer="declined"))
    await ledger.observe(room, None, seen.ical_uid)
    assert len(await ledger.issued(key)) == asked
    await finish(ledger)
    assert not await is_mapped(ledger, room)
    await ledger.observe(room, moved)
    assert len(await ledger.issued(key)) == asked


async def test_what_a_closing_space_shows_of_its_own_is_left_alone(ledger: Ledger) -> None:
    room = await ledger.room()
    await close(ledger, room)
    before = len(await ledger.owed(room))

    await ledger.observe(room, meeting(window(9), answer="organizer", is_room_owned=True))
    await ledger.observe(room, meeting(window(10), is_cancelled=True))
    await ledger.observe(room, meeting(window(-30)))

    assert len(await ledger.owed(room)) == before


async def test_a_closing_space_cannot_be_reserved(ledger: Ledger) -> None:
    room = await ledger.room()
    await close(ledger, room)
    asked = ReservationRequest(room.id, window(9).start, window(9).end, "Board")

    await refused(ledger, UnknownSpace, lambda conn: create_reservation(conn, asked, PATIENCE, by=ADMINISTRATOR))
