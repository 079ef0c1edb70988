"""A mailbox that the space is mapped to is written to only when ingest has admitted it as a room."""

from uuid import uuid4

import pytest

from libs.contracts.messages import IntentProblem, Settlement
from tests.integration.outbound.world import ComesAgain, Room, World, holding


async def mapped(world: World) -> Room:
    """A room that policy has mapped, and that ingest has not looked at."""
    room = await world.room()
    await world.admin.execute(
        "INSERT INTO policy.spaces (id, name, capacity, time_zone, connection_id, room_mailbox, mapped_at) "
        "VALUES ($1, $1::uuid::text, 8, 'Europe/Berlin', $2, $3, now())",
        room.space_id,
        room.connection_id,
        room.mailbox,
    )
    return room


async def watched(world: World, room: Room, state: str, object_id: str | None = None) -> None:
    await world.admin.execute(
        "INSERT INTO ingest.watches (space_id, room_mailbox, connection_id, state, is_admitted, detail, object_id) "
        "VALUES ($1, $2, $3, $4, $5, 'It is a person''s mailbox.', $6)",
        room.space_id,
        room.mailbox,
        room.connection_id,
        state,
        state != "refused",
        object_id,
    )


async def calls(world: World, room: Room) -> list[str]:
    return [call["path"] for call in await world.sim.requests(room.mailbox) if call["app"] == "roomsync"]


async def test_nothing_is_looked_at_or_written_before_the_mailbox_is_admitted(world: World) -> None:
    room = await mapped(world)
    message = room.issued(holding(uuid4()))

    with pytest.raises(ComesAgain, match="it is not known yet whether this mailbox is a room"):
        await world.settle(message)
    assert await calls(world, room) == []

    await watched(world, room, "active")
    assert (await world.settle(message)).settlement is Settlement.DONE


async def test_an_intent_for_a_mailbox_that_is_no_room_is_given_up_with_the_reason(world: World) -> None:
    room = await mapped(world)
    await watched(world, room, "refused")

    settled = await world.settle(room.issued(holding(uuid4())))

    assert (settled.settlement, settled.problem, settled.detail) == (
        Settlement.GIVEN_UP,
        IntentProblem.REFUSED_BY_GRAPH,
        "It is a person's mailbox.",
    )
    assert await calls(world, room) == []


async def test_a_mailbox_is_written_to_by_its_object_id(world: World) -> None:
    room = await mapped(world)
    object_id = (await world.outlook.get(f"/users/{room.mailbox}"))["id"]
    await watched(world, room, "active", object_id)

    await world.settle(room.issued(holding(uuid4())))

    assert {path.split("/")[3] for path in await calls(world, room)} == {object_id}
