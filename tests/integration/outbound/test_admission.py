"""A mailbox that the space is mapped to is written to only when ingest has admitted it as a room."""

from uuid import uuid4

import pytest

from libs.contracts.messages import IntentProblem, Settlement
from tests.integration.outbound.world import ComesAgain, Room, World, holding


async def calls(world: World, room: Room) -> list[str]:
    return [call["path"] for call in await world.sim.requests(room.mailbox) if call["app"] == "roomsync"]


async def test_nothing_is_looked_at_or_written_before_the_mailbox_is_admitted(world: World) -> None:
    room = await world.room()
    await world.admin.execute("DELETE FROM ingest.watches WHERE space_id = $1", room.space_id)
    message = room.issued(holding(uuid4()))

    with pytest.raises(ComesAgain, match="it is not known yet whether this mailbox is a room"):
        await world.settle(message)
    assert await calls(world, room) == []

    await world.examined(room, "active")
    assert (await world.settle(message)).settlement is Settlement.DONE


async def test_an_intent_for_a_mailbox_that_is_no_room_is_given_up_with_the_reason(world: World) -> None:
    room = await world.room()
    await world.examined(room, "refused")

    settled = await world.settle(room.issued(holding(uuid4())))

    assert (settled.settlement, settled.problem, settled.detail) == (
        Settlement.GIVEN_UP,
        IntentProblem.REFUSED_BY_GRAPH,
        "It is a person's mailbox.",
    )
    assert await calls(world, room) == []


async def test_a_mailbox_is_written_to_by_its_object_id(world: World) -> None:
    room = await world.room()
    object_id = (await world.outlook.get(f"/users/{room.mailbox}"))["id"]
    await world.examined(room, "active", object_id)

    await world.settle(room.issued(holding(uuid4())))

    assert {path.split("/")[3] for path in await calls(world, room)} == {object_id}
