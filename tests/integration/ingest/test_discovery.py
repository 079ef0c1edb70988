"""Rooms are listed from the directory of places, and mapped mailboxes are found again when they were renamed."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from libs.contracts.messages import RetryRequested
from services.ingest.loops.discover import discover_due
from tests.integration.ingest.test_admission import ROLES, reaching
from tests.integration.ingest.world import World

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
async def nothing_known(world: World) -> AsyncIterator[None]:
    await world.admin.execute("TRUNCATE ingest.discoveries, ingest.discovered_rooms, ingest.known_places")
    yield
    await world.admin.execute("TRUNCATE ingest.discoveries, ingest.discovered_rooms, ingest.known_places")


async def discover(world: World) -> None:
    await discover_due(world.pool, world.clients, HOUR)


async def listing(world: World) -> Any:
    return await world.admin.fetchrow(
        "SELECT listed_at, tried_at, problem, problem_since, due_at > now() AS is_put_off "
        "FROM ingest.discoveries WHERE connection_id = $1",
        world.connection_id,
    )


async def rooms(world: World) -> set[str]:
    return {row["address"] for row in await world.admin.fetch("SELECT address FROM ingest.discovered_rooms")}


async def known(world: World, space_id: object) -> Any:
    return await world.admin.fetchrow("SELECT * FROM ingest.known_places WHERE space_id = $1", space_id)


async def rename(world: World, address: str) -> str:
    renamed = f"renamed-{uuid4().hex[:8]}@contoso.example"
    await world.simulator.ask("PATCH", f"/mailboxes/{address}", {"address": renamed, "user_principal_name": renamed})
    return renamed


async def test_the_rooms_of_a_connection_are_listed_and_not_again_before_they_are_due(world: World) -> None:
    first = await world.simulator.add_room("Aurora")
    await discover(world)
    assert first in await rooms(world)
    found = await listing(world)
    assert (found["listed_at"] is not None, found["problem"], found["is_put_off"]) == (True, None, True)
    assert found["tried_at"] is not None

    second = await world.simulator.add_room("Borealis")
    await discover(world)

    assert second not in await rooms(world)


async def test_an_administrator_has_them_listed_at_once(world: World) -> None:
    await discover(world)
    added = await world.simulator.add_room("Aurora")

    await world.tell(RetryRequested(connection_id=world.connection_id, reason="administrator_asked"))
    await discover(world)

    assert added in await rooms(world)


async def test_a_room_that_is_gone_is_forgotten(world: World) -> None:
    address = await world.simulator.add_room("Aurora")
    await discover(world)
    await world.simulator.ask("DELETE", f"/mailboxes/{address}")

    await world.tell(RetryRequested(connection_id=world.connection_id, reason="administrator_asked"))
    await discover(world)

    assert address not in await rooms(world)


async def test_rooms_that_may_not_be_listed_stay_as_they_are_known(world: World) -> None:
    address = await world.simulator.add_room("Aurora")
    await discover(world)
    before = await listing(world)
    rule = {"match": {"path": "/places/"}, "effect": {"status": 403, "code": "ErrorAccessDenied"}}
    await world.simulator.ask("PUT", "/faults", {"rules": [rule]})
    try:
        await world.tell(RetryRequested(connection_id=world.connection_id, reason="administrator_asked"))
        await discover(world)
    finally:
        await world.simulator.ask("PUT", "/faults", {"rules": []})

    found = await listing(world)
    assert "Place.Read.All" in found["problem"]
    assert (found["problem_since"] is not None, found["is_put_off"]) == (True, True)
    assert found["listed_at"] == before["listed_at"]
    assert found["tried_at"] > before["tried_at"]
    assert address in await rooms(world)


async def test_a_mapped_mailbox_is_known_by_its_place_and_found_under_its_new_address(world: World) -> None:
    space = await world.room()
    await discover(world)
    before = await known(world, space.id)
    assert (before["room_mailbox"], before["address_now"]) == (space.address, None)

    renamed = await rename(world, space.address)
    await world.tell(RetryRequested(connection_id=world.connection_id, reason="administrator_asked"))
    await discover(world)

    [row] = await world.admin.fetch(
        "SELECT address FROM ingest.discovered_rooms WHERE place_id = $1", before["place_id"]
    )
    assert row["address"] == renamed
    assert (await known(world, space.id))["place_id"] == before["place_id"]


async def test_a_mailbox_that_is_mapped_after_its_room_was_listed_is_known_by_its_place_at_once(world: World) -> None:
    address = await world.simulator.add_room("Aurora")
    await discover(world)

    space = await world.watched(address=address)

    found = await known(world, space.id)
    assert (found["room_mailbox"], found["place_id"] is not None) == (address, True)


async def test_a_mailbox_that_the_directory_never_had_is_found_by_its_owner(world: World) -> None:
    shared = await world.simulator.add_user("Shared")
    space = await world.room(address=shared)
    object_id = (await world.simulator.ask("PATCH", f"/mailboxes/{shared}", {}))["id"]
    await world.admin.execute("UPDATE ingest.watches SET object_id = $2 WHERE space_id = $1", space.id, object_id)

    renamed = await rename(world, shared)
    async with reaching(world, "all", [*ROLES, "User.ReadBasic.All"]):
        await discover(world)

    found = await known(world, space.id)
    assert (found["room_mailbox"], found["place_id"], found["address_now"]) == (shared, None, renamed)


async def test_what_a_mailbox_is_known_as_is_forgotten_with_its_mapping(world: World) -> None:
    space = await world.room()
    await discover(world)
    assert await known(world, space.id) is not None

    await world.unmap(space)
    await world.tell(RetryRequested(connection_id=world.connection_id, reason="administrator_asked"))
    await discover(world)

    assert await known(world, space.id) is None
