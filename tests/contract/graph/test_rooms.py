"""The rooms of the directory of places, page by page, against the simulated Microsoft 365."""

import pytest

from libs.graph.client import GraphClient
from libs.graph.errors import Forbidden, IncompleteListing
from libs.graph.protocol import ROOMS_PER_PAGE
from tests.support.simulator import Simulator


async def test_all_rooms_are_listed_however_many_pages_they_fill(sim: Simulator, client: GraphClient) -> None:
    added = {await sim.add_room(f"Room {number}") for number in range(ROOMS_PER_PAGE + 3)}

    found = await client.room_places()

    addresses = [each.address for each in found]
    assert added <= set(addresses)
    assert len(addresses) == len(set(addresses))


async def test_the_address_of_a_user_is_found_by_the_object_id(sim: Simulator, client: GraphClient) -> None:
    room = await sim.add_room("Aurora")
    await sim.ask("PUT", "/access", {"roles": ["User.ReadBasic.All"]})
    object_id = await client.user_id(room)

    assert object_id is not None
    assert await client.user_address(object_id) == room
    assert await client.user_address("00000000-0000-4000-8000-000000000000") is None


async def test_rooms_that_may_not_be_listed_are_forbidden(sim: Simulator, client: GraphClient) -> None:
    rule = {
        "match": {"path": "/places/"},
        "effect": {"status": 403, "code": "ErrorAccessDenied"},
        "times": 1,
    }
    await sim.ask("PUT", "/faults", {"rules": [rule]})

    with pytest.raises(Forbidden):
        await client.room_places()


async def test_a_directory_that_gives_the_same_page_again_is_no_endless_listing(
    sim: Simulator, client: GraphClient
) -> None:
    await sim.add_room("Aurora")
    await sim.ask("PUT", "/options", {"places_ignore_skip": True})

    with pytest.raises(IncompleteListing, match="same rooms"):
        await client.room_places()
