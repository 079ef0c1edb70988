"""An organizer's own meetings in the way of a request are given time to leave, or to change places with it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest

from libs.contracts.keys import MeetingKey
from libs.contracts.messages import MeetingObserved
from libs.contracts.values import Meeting, Person
from services.policy.commands.apply import Patience
from services.policy.loops.look_loop import LookLoop
from services.policy.loops.settling import SETTLING
from tests.integration.policy.answering import accepted, answer_to
from tests.integration.policy.ledger import Ledger, Room, again, meeting, open_ledger, recurring, window

TIME_TO_SETTLE = timedelta(seconds=5)


@pytest.fixture(scope="module")
async def patient(database: str) -> AsyncIterator[Ledger]:
    """Open a ledger that gives an organizer's own meetings time to leave."""
    async with open_ledger(database, Patience(timedelta(seconds=60), TIME_TO_SETTLE)) as ledger:
        yield ledger


async def looks(ledger: Ledger, room: Room) -> list[dict[str, object]]:
    """Read the looks that were asked for in a room."""
    return [each for each in await ledger.owed(room) if each["type"] == "look.requested.v1"]


async def answer_look(ledger: Ledger, room: Room, seen: Meeting) -> None:
    """Answer the last look at a meeting: it is as it was."""
    last = (await looks(ledger, room))[-1]
    observation = await ledger.observation(room, seen)
    await ledger.deliver(MeetingObserved(space_id=room.id, observation=observation, look_id=UUID(str(last["look_id"]))))


async def settled(ledger: Ledger, room: Room) -> None:
    """Have the time to settle of a room's requests be over."""
    await ledger.pool.execute(
        "UPDATE meetings SET pending_look = jsonb_set(pending_look, '{settles_at}', to_jsonb(clock_timestamp())) "
        "WHERE space_id = $1 AND pending_look ->> 'settles_at' IS NOT NULL",
        room.id,
    )


def at(seen: Meeting, hour: float) -> Meeting:
    """Return a meeting after it was moved to this hour."""
    return again(seen, start=window(hour).start, end=window(hour).end, answer="notResponded")


async def test_a_request_in_the_place_of_an_own_meeting_is_refused_only_after_a_last_look(patient: Ledger) -> None:
    room = await patient.room()
    stays, _ = await accepted(patient, room)
    fresh, loop = meeting(window(9)), LookLoop(patient.pool, patient.codec, SETTLING)
    key = MeetingKey(room.id, fresh.ical_uid)

    await patient.observe_first(room, fresh)
    await answer_look(patient, room, fresh)
    await loop.once()
    before = await looks(patient, room)
    assert (len(before), await patient.issued(key)) == (1, [])
    await settled(patient, room)
    await asyncio.gather(loop.once(), loop.once())
    asked, again_asked = await looks(patient, room)
    assert again_asked == asked
    assert again_asked["in_the_way"] == [stays.ical_uid]
    await answer_look(patient, room, fresh)

    assert (await answer_to(patient, room, fresh)).answer == "declined"


async def test_a_request_is_granted_as_soon_as_what_was_in_its_way_has_left(patient: Ledger) -> None:
    room = await patient.room()
    leaving, _ = await accepted(patient, room)
    fresh = meeting(window(9))

    await patient.observe_first(room, fresh)
    await answer_look(patient, room, fresh)
    await patient.observe_first(room, None, leaving.ical_uid)
    await settled(patient, room)
    await LookLoop(patient.pool, patient.codec, SETTLING).once()
    await answer_look(patient, room, fresh)

    assert (await answer_to(patient, room, fresh)).answer == "accepted"


async def test_what_others_have_is_refused_by_the_first_look(patient: Ledger) -> None:
    room = await patient.room()
    await accepted(patient, room)
    foreign = meeting(window(9), organizer=Person(address="ben@example.org", name="Ben"))

    await patient.observe_first(room, foreign)
    await answer_look(patient, room, foreign)

    assert (await answer_to(patient, room, foreign)).answer == "declined"


async def test_a_series_in_the_place_of_an_own_meeting_is_refused_only_after_a_last_look(patient: Ledger) -> None:
    room = await patient.room()
    await accepted(patient, room)
    series = recurring(window(9), 3)
    key = MeetingKey(room.id, series.ical_uid)

    await patient.observe_first(room, series)
    await answer_look(patient, room, series)
    assert await patient.issued(key) == []
    await settled(patient, room)
    await LookLoop(patient.pool, patient.codec, SETTLING).once()
    await answer_look(patient, room, series)

    assert (await answer_to(patient, room, series)).answer == "declined"


async def test_b31_two_meetings_that_were_swapped_are_both_booked(patient: Ledger) -> None:
    room = await patient.room()
    one, one_id = await accepted(patient, room, 9)
    two, two_id = await accepted(patient, room, 14)

    await patient.observe_first(room, at(one, 14))
    await patient.observe_first(room, at(two, 9))

    booked = {each["id"]: each["starts_at"] for each in await patient.reservations(room)}
    assert booked == {one_id: window(14).start, two_id: window(9).start}
    assert [(await answer_to(patient, room, each)).answer for each in (one, two)] == ["accepted", "accepted"]


@pytest.mark.parametrize("is_told_twice", [False, True])
async def test_b31_a_move_that_was_refused_is_granted_once_the_other_asks_for_its_time(
    patient: Ledger, is_told_twice: bool
) -> None:
    room = await patient.room()
    one, one_id = await accepted(patient, room, 9)
    two, two_id = await accepted(patient, room, 14)
    await patient.observe_first(room, at(one, 14))
    await settled(patient, room)
    await LookLoop(patient.pool, patient.codec, SETTLING).once()
    await answer_look(patient, room, at(one, 14))
    assert (await answer_to(patient, room, one)).answer == "tentativelyAccepted"

    await patient.observe_first(room, at(two, 9))
    if is_told_twice:
        await patient.observe_first(room, at(two, 9))
        await patient.observe_first(room, at(one, 14))

    booked = {each["id"]: each["starts_at"] for each in await patient.reservations(room)}
    assert booked == {one_id: window(14).start, two_id: window(9).start}
    assert [(await answer_to(patient, room, each)).answer for each in (one, two)] == ["accepted", "accepted"]


async def test_a_meeting_that_was_moved_back_is_not_swapped(patient: Ledger) -> None:
    room = await patient.room()
    one, one_id = await accepted(patient, room, 9)
    two, two_id = await accepted(patient, room, 14)
    await patient.observe_first(room, at(one, 14))
    await patient.observe_first(room, one)

    await patient.observe_first(room, at(two, 9))

    booked = {each["id"]: each["starts_at"] for each in await patient.reservations(room)}
    assert booked == {one_id: window(9).start, two_id: window(14).start}
