"""Holds: one for each reservation, as wanted, whatever gets lost on the way; and nobody is mailed."""

import asyncio
from uuid import uuid4

import pytest

from libs.contracts.holds import transaction_id
from libs.contracts.messages import Settlement
from tests.contract.graphsim.graph import Json
from tests.integration.outbound.world import KEPT, REFUSED, ComesAgain, Room, World, dropping, edges, holding

DONE = Settlement.DONE


async def held(world: World, room: Room) -> list[tuple[str, str, str]]:
    return [(each["start"]["dateTime"][:16], each["subject"], each["showAs"]) for each in await world.events(room)]


async def duplicate(world: World, room: Room, reservation_id: object, **more: object) -> Json:
    """Put another event on the calendar that bears the reservation's mark, as a copy does."""
    name = "String {00020329-0000-0000-c000-000000000046} Name RoomsyncReservation"
    marked = {"singleValueExtendedProperties": [{"id": name, "value": str(reservation_id)}]}
    body = {"subject": "Board", "showAs": "busy", **edges(KEPT), **marked, **more}
    made: Json = await world.outlook.call("POST", f"/users/{room.mailbox}/events", body, expect=201)
    return made


async def test_a_reservation_blocks_the_room_and_nobody_is_mailed(world: World) -> None:
    room = await world.room()

    settled = await world.settle(room.issued(holding(uuid4())))

    assert (settled.settlement, settled.has_written, settled.awaited_until) == (DONE, True, None)
    assert settled.event_id
    assert settled.ical_uid
    assert settled.etag
    assert await held(world, room) == [("2027-03-01T10:00", "Board", "busy")]
    assert (await world.sim.ask("GET", "/mails"))["mails"] == []


async def test_asking_again_writes_nothing_and_names_the_same_event(world: World) -> None:
    room = await world.room()
    message = room.issued(holding(uuid4()))
    first = await world.settle(message)

    again = await world.settle(message)

    assert (again.settlement, again.has_written, again.event_id) == (DONE, False, first.event_id)
    assert await world.writes(room.mailbox) == ["POST 201"]


async def test_a_hold_is_moved_and_renamed_in_place(world: World) -> None:
    room, reservation = await world.room(), uuid4()
    first = await world.settle(room.issued(holding(reservation)))

    moved = await world.settle(room.issued(holding(reservation, REFUSED, subject="Bored", event_id=first.event_id), 2))

    assert (moved.event_id, moved.has_written) == (first.event_id, True)
    assert moved.etag != first.etag
    assert await held(world, room) == [("2027-03-01T13:00", "Bored", "busy")]


async def test_a_hold_that_a_person_shortened_is_put_back(world: World) -> None:
    room, reservation = await world.room(), uuid4()
    first = await world.settle(room.issued(holding(reservation)))
    await world.outlook.call("PATCH", f"/users/{room.mailbox}/events/{first.event_id}", {"showAs": "free"})

    await world.settle(room.issued(holding(reservation), 2))

    assert await held(world, room) == [("2027-03-01T10:00", "Board", "busy")]


async def test_a_hold_that_a_person_deleted_is_made_anew_by_the_next_intent(world: World) -> None:
    room, reservation = await world.room(), uuid4()
    first = await world.settle(room.issued(holding(reservation)))
    await world.outlook.call("DELETE", f"/users/{room.mailbox}/events/{first.event_id}", expect=204)

    again = await world.settle(room.issued(holding(reservation, event_id=first.event_id), 2))

    assert again.event_id != first.event_id
    assert len(await held(world, room)) == 1


async def test_a_hold_is_taken_away_and_taking_it_away_again_is_done(world: World) -> None:
    room, reservation = await world.room(), uuid4()
    first = await world.settle(room.issued(holding(reservation)))

    dropped = await world.settle(room.issued(dropping(reservation, first.event_id), 2))
    again = await world.settle(room.issued(dropping(reservation, first.event_id), 3))

    assert [(each.settlement, each.has_written) for each in (dropped, again)] == [(DONE, True), (DONE, False)]
    assert await held(world, room) == []
    assert await world.writes(room.mailbox) == ["POST 201", "DELETE 204"]


async def test_duplicates_are_taken_away_and_the_known_one_stays(world: World) -> None:
    room, reservation = await world.room(), uuid4()
    first = await world.settle(room.issued(holding(reservation)))
    for generation in (2, 3):
        await duplicate(world, room, reservation, transactionId=str(transaction_id(reservation, generation)))

    settled = await world.settle(room.issued(holding(reservation, event_id=first.event_id), 4))

    assert settled.event_id == first.event_id
    assert len(await held(world, room)) == 1


async def test_a_copy_of_a_hold_is_not_ours_to_change_or_take_away(world: World) -> None:
    """Source: https://learn.microsoft.com/graph/api/resources/extended-properties-overview"""
    room, reservation = await world.room(), uuid4()
    first = await world.settle(room.issued(holding(reservation)))
    await duplicate(world, room, reservation, subject="Copy")

    await world.settle(room.issued(holding(reservation, subject="Renamed"), 2))
    both = await held(world, room)
    await world.settle(room.issued(dropping(reservation, first.event_id), 3))

    assert sorted(subject for _, subject, _ in both) == ["Copy", "Renamed"]
    assert [subject for _, subject, _ in await held(world, room)] == ["Copy"]


async def test_what_others_put_on_the_calendar_is_never_touched(world: World) -> None:
    room, reservation, other = await world.room(), uuid4(), uuid4()
    await duplicate(world, room, other)
    foreign = await world.outlook.call(
        "POST", f"/users/{room.mailbox}/events", {"subject": "Repair", **edges(KEPT)}, expect=201
    )
    await world.settle(room.issued(holding(reservation, event_id=foreign["id"])))

    await world.settle(room.issued(dropping(reservation, foreign["id"]), 2))

    assert sorted(subject for _, subject, _ in await held(world, room)) == ["Board", "Repair"]


async def test_a_title_that_exchange_cuts_is_written_once(world: World) -> None:
    """Source: https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxcical/ (SUMMARY)"""
    room, reservation = await world.room(), uuid4()
    at = KEPT.model_copy(update={"start": KEPT.start.replace(microsecond=600_000)})
    party = holding(reservation, at, subject="\U0001f389" * 140)

    first = await world.settle(room.issued(party))
    again = await world.settle(room.issued(party, 2))

    assert (first.has_written, again.has_written) == (True, False)
    assert [subject for _, subject, _ in await held(world, room)] == ["\U0001f389" * 127]


@pytest.mark.parametrize("duplicate_status", [400, 409])
@pytest.mark.parametrize(
    "effect",
    [{"drop_after_commit": True}, {"drop_after_commit": True, "status": 503, "retry_after": 0}, {"reset": True}],
    ids=["answer lost", "error after the deed", "never arrived"],
)
async def test_a_hold_is_made_once_whatever_became_of_the_answer(
    world: World, effect: Json, duplicate_status: int
) -> None:
    await world.sim.ask("PUT", "/options", {"duplicate_transaction_status": duplicate_status})
    room, reservation = await world.room(), uuid4()
    message = room.issued(holding(reservation))
    async with world.sim.faults({"match": {"method": "POST", "mailbox": room.mailbox}, "effect": effect, "times": 1}):
        settled = await world.settle_in_the_end(message)

    again = await world.settle(message)
    assert (settled.settlement, settled.has_written) == (DONE, True)
    assert again.event_id == settled.event_id
    assert len(await held(world, room)) == 1


async def test_a_hold_is_made_once_although_every_answer_was_lost(world: World) -> None:
    room = await world.room()
    message = room.issued(holding(uuid4()))
    fault = {"match": {"method": "POST", "mailbox": room.mailbox}, "effect": {"drop_after_commit": True}}
    async with world.sim.faults(fault):
        settled = await world.settle_in_the_end(message)

    assert settled.settlement is DONE
    assert len(await held(world, room)) == 1


async def test_two_processes_make_one_hold(world: World) -> None:
    await world.sim.ask("PUT", "/limits", {"latency_ms": 30})
    room = await world.room()
    message = room.issued(holding(uuid4()))

    settled = await asyncio.gather(*(world.settle_in_the_end(message) for _ in range(3)))

    assert len({each.event_id for each in settled}) == 1
    assert len(await held(world, room)) == 1


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_a_change_whose_answer_was_lost_is_done_once(world: World, method: str) -> None:
    room, reservation = await world.room(), uuid4()
    first = await world.settle(room.issued(holding(reservation)))
    goal = (
        holding(reservation, REFUSED, event_id=first.event_id)
        if method == "PATCH"
        else dropping(reservation, first.event_id)
    )
    fault = {"match": {"method": method, "mailbox": room.mailbox}, "effect": {"drop_after_commit": True}, "times": 1}
    async with world.sim.faults(fault):
        settled = await world.settle_in_the_end(room.issued(goal, 2))

    assert (settled.settlement, settled.has_written) == (DONE, True)
    assert len(await held(world, room)) == (1 if method == "PATCH" else 0)


async def test_a_hold_that_changed_between_look_and_write_is_looked_at_again(world: World) -> None:
    room, reservation = await world.room(), uuid4()
    first = await world.settle(room.issued(holding(reservation)))
    fault = {"match": {"method": "PATCH", "mailbox": room.mailbox}, "effect": {"status": 412}, "times": 1}
    async with world.sim.faults(fault):
        settled = await world.settle(room.issued(holding(reservation, REFUSED, event_id=first.event_id), 2))

    assert settled.settlement is DONE
    assert await world.writes(room.mailbox) == ["POST 201", "PATCH 412", "PATCH 200"]


async def test_a_time_that_is_over_is_not_held_any_more(world: World) -> None:
    room = await world.room()
    long_ago = KEPT.model_copy(update={"start": KEPT.start.replace(year=2020), "end": KEPT.end.replace(year=2020)})

    settled = await world.settle(room.issued(holding(uuid4(), long_ago)))

    assert (settled.settlement, settled.has_written) == (DONE, False)
    assert await world.writes(room.mailbox) == []


async def test_a_mailbox_that_is_not_there_is_waited_for_alone(world: World) -> None:
    room, gone = await world.room(), await world.room()
    gone.mailbox = "nobody@example.org"
    await world.map(gone, gone.mailbox)
    message = gone.issued(holding(uuid4()))

    with pytest.raises(ComesAgain, match="NotFound") as later:
        await world.handle(message, room.issued(holding(uuid4())))

    assert later.value.messages == [message]
    assert [(each.settlement, each.problem) for each in later.value.done] == [(DONE, None)]


async def test_holds_of_one_batch_are_made_side_by_side_and_those_that_fail_come_again(world: World) -> None:
    rooms = [await world.room() for _ in range(4)]
    messages = [room.issued(holding(uuid4())) for room in rooms]
    fault = {"match": {"method": "POST", "mailbox": rooms[1].mailbox}, "effect": {"status": 429, "retry_after": 60}}
    async with world.sim.faults(fault):
        with pytest.raises(ComesAgain) as later:
            await world.handle(*messages)

    assert later.value.messages == [messages[1]]
    assert len(later.value.done) == 3
    assert [len(await held(world, room)) for room in rooms] == [1, 0, 1, 1]
