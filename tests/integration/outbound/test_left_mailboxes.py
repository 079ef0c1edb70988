"""Mailboxes that a space has left: nothing is written there any more but that our holds go."""

from uuid import uuid4

from libs.contracts.keys import ReservationKey
from libs.contracts.messages import Settlement
from tests.integration.outbound.world import World, answering, dropping, holding


async def test_an_intent_for_a_mailbox_that_was_left_is_never_written(world: World) -> None:
    room = await world.room()
    _, _, [copy] = await world.invited(room)
    await world.map(room, None)

    answered = await world.settle(room.issued(answering(copy)))
    held = await world.settle(room.issued(holding(uuid4())))

    assert [each.settlement for each in (answered, held)] == [Settlement.SUPERSEDED] * 2
    assert (held.connection_id, held.room_mailbox) == (room.connection_id, room.mailbox)
    assert await world.writes(room.mailbox) == []


async def test_an_intent_for_the_mailbox_before_is_not_written_into_it_after_a_move(world: World) -> None:
    room, other = await world.room(), await world.room()
    await world.map(other, None)
    await world.map(room, other.mailbox)

    held = await world.settle(room.issued(holding(uuid4())))

    assert held.settlement is Settlement.SUPERSEDED
    assert await world.writes(room.mailbox) == []


async def test_a_hold_is_taken_out_of_a_mailbox_that_was_left_and_stays_in_one_that_is_mapped_again(
    world: World,
) -> None:
    room, reservation = await world.room(), uuid4()
    await world.settle(room.issued(holding(reservation)))
    drop = room.issued(dropping(reservation), 2).model_copy(update={"key": ReservationKey(room.space_id, uuid4())})

    again = await world.settle(drop)
    stayed = await world.events(room)
    await world.map(room, None)
    gone = await world.settle(drop)

    assert (again.settlement, len(stayed)) == (Settlement.SUPERSEDED, 1)
    assert gone.settlement is Settlement.DONE
    assert await world.events(room) == []
