"""What policy asks ingest to look at before it answers."""

from uuid import UUID

from libs.contracts.keys import MeetingKey
from libs.contracts.messages import IntentProblem, MeetingObserved, Settlement
from services.policy.loops.look_loop import LookLoop
from services.policy.loops.replaced_holds import REPLACED_HOLDS
from tests.integration.policy.answering import accepted, answer_to
from tests.integration.policy.ledger import Ledger, Room, again, meeting, window


async def plain_looks(ledger: Ledger, room: Room) -> list[dict[str, object]]:
    """Read the looks asked for at a meeting with nothing in its way."""
    asked = [each for each in await ledger.owed(room) if each["type"] == "look.requested.v1"]
    return [each for each in asked if not each["in_the_way"]]


async def test_what_is_leaving_is_looked_at_before_the_meeting_in_its_place_is_declined(ledger: Ledger) -> None:
    room = await ledger.room()
    leaving, _ = await accepted(ledger, room)
    fresh = meeting(window(9))

    await ledger.observe_first(room, fresh)
    await ledger.observe_first(room, fresh)
    [asked] = [each for each in await ledger.owed(room) if each["type"] == "look.requested.v1"]
    assert (asked["about"], asked["in_the_way"]) == (fresh.ical_uid, [leaving.ical_uid])
    assert await ledger.issued(MeetingKey(room.id, fresh.ical_uid)) == []
    gone = await ledger.observation(room, None, leaving.ical_uid)
    about = await ledger.observation(room, fresh)
    await ledger.deliver(MeetingObserved(space_id=room.id, observation=gone))
    await ledger.deliver(MeetingObserved(space_id=room.id, observation=about, look_id=UUID(asked["look_id"])))

    assert (await answer_to(ledger, room, fresh)).answer == "accepted"
    assert [each["ical_uid"] for each in await ledger.reservations(room)] == [fresh.ical_uid]
    assert await ledger.reservations(room, "declined") == []


async def test_a_look_that_is_lost_delays_the_answer_for_seconds_only(ledger: Ledger) -> None:
    room = await ledger.room()
    await accepted(ledger, room)
    late = meeting(window(9))
    await ledger.observe_first(room, late)
    await ledger.pool.execute(
        "UPDATE meetings SET pending_look = jsonb_set(pending_look, '{until}', to_jsonb(clock_timestamp())) "
        "WHERE pending_look IS NOT NULL"
    )

    await ledger.correct(room, MeetingKey(room.id, late.ical_uid), late)

    assert (await answer_to(ledger, room, late)).answer == "declined"


async def test_a_reservation_of_the_back_office_is_not_looked_for(ledger: Ledger) -> None:
    room = await ledger.room()
    await ledger.occupy(room, window(9))
    late = meeting(window(9))

    await ledger.observe_first(room, late)

    assert (await answer_to(ledger, room, late)).answer == "declined"


async def test_an_answer_that_found_no_copy_has_the_meeting_looked_for(ledger: Ledger) -> None:
    room, seen = await ledger.room(), meeting(window(9))
    key = MeetingKey(room.id, seen.ical_uid)
    await ledger.observe(room, seen)

    await ledger.settle(key, Settlement.GIVEN_UP, has_written=False, problem=IntentProblem.GONE)

    asked = [each for each in await ledger.owed(room) if each["type"] == "look.requested.v1"]
    assert [(each["about"], each["in_the_way"]) for each in asked] == [(seen.ical_uid, [])]


async def test_a_hold_whose_accept_nobody_saw_is_looked_at_again(ledger: Ledger) -> None:
    room = await ledger.declining_room()
    shown, _ = await accepted(ledger, room, 9)
    await accepted(ledger, room, 14)
    key = MeetingKey(room.id, shown.ical_uid)
    await ledger.observe(room, again(shown, start=window(14).start, end=window(14).end, answer="notResponded"))
    await ledger.settle(key)
    await ledger.observe(room, None, shown.ical_uid)
    await ledger.observe(room, again(shown, event_id="event-again", answer="notResponded"))
    loop = LookLoop(ledger.pool, ledger.codec, REPLACED_HOLDS)

    await loop.once()
    on_its_way = await plain_looks(ledger, room)
    await ledger.settle(key)
    await ledger.pool.execute("UPDATE intents SET awaited_until = clock_timestamp() WHERE space_id = $1", room.id)
    await loop.once()

    asked = await plain_looks(ledger, room)
    assert (on_its_way, [each["about"] for each in asked]) == ([], [shown.ical_uid])
