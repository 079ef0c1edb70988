"""What an application may do is learned without a trace: nothing is written, and nothing about meetings is read."""

import pytest

from libs.graph.client import GraphClient
from libs.graph.errors import Forbidden, MailboxNotFound
from libs.graph.inspection import (
    MailboxProfile,
    read_calendar,
    read_place_capacities,
    read_profile,
    roles_in,
    try_to_write,
)
from tests.support.simulator import Simulator


async def grant(sim: Simulator, *roles: str) -> None:
    await sim.ask("PUT", "/access", {"roles": roles})


async def test_a_write_is_allowed_or_refused_and_changes_nothing(sim: Simulator, client: GraphClient) -> None:
    room = await sim.add_room("aula")

    await try_to_write(client, room)
    await grant(sim, "Calendars.Read")
    with pytest.raises(Forbidden):
        await try_to_write(client, room)
    await read_calendar(client, room)

    assert (await sim.ask("GET", f"/mailboxes/{room}/events"))["events"] == []


async def test_a_mailbox_that_is_not_there_is_not_taken_for_one_that_may_be_written_to(
    sim: Simulator, client: GraphClient
) -> None:
    with pytest.raises(MailboxNotFound):
        await try_to_write(client, "nobody@example.org")


async def test_the_token_names_what_was_granted(sim: Simulator, client: GraphClient) -> None:
    assert roles_in(await client.token()) == {"Calendars.ReadWrite", "Place.Read.All", "MailboxSettings.Read"}
    assert roles_in("no.token") == roles_in("") == frozenset()


async def test_profile_and_capacity_are_read_of_every_room(sim: Simulator, client: GraphClient) -> None:
    rooms = [await sim.add_room(f"room{number}", capacity=number + 1, time_zone="UTC") for number in range(1005)]

    capacities = await read_place_capacities(client)

    assert capacities == {room: number for number, room in enumerate(rooms, 1)}
    assert await read_profile(client, rooms[7]) == MailboxProfile("room", "UTC")
