"""Which mailboxes are watched as rooms, and what is done with those that are not; against the simulator."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from deploy.driver.eventually import eventually
from libs.common.topology import Lane
from libs.graph.admission import AdmissionRules
from services.ingest.handlers.reader import Reader
from tests.integration.ingest.conftest import Start
from tests.integration.ingest.looks import settled
from tests.integration.ingest.reading import look, notified
from tests.integration.ingest.world import Json, Space, World

ROLES = ["Calendars.ReadWrite", "Place.Read.All", "MailboxSettings.Read"]


@asynccontextmanager
async def reaching(world: World, scope: str, roles: list[str] | None = None) -> AsyncIterator[None]:
    """Grant our application other mailboxes or permissions while the context is open."""
    await world.simulator.ask("PUT", "/access", {"scope": scope, "roles": ROLES if roles is None else roles})
    try:
        yield
    finally:
        await world.simulator.ask("PUT", "/access", {"scope": "rooms", "roles": ROLES})


async def in_state(world: World, space: Space, state: str) -> Json:
    async def looked() -> Json:
        watch = await world.watch(space)
        assert watch["state"] == state, watch
        return watch

    return await eventually(looked)


async def our_calls(world: World, mailbox: str) -> list[Json]:
    calls = await world.simulator.requests(mailbox)
    return [call for call in calls if call["client_id"] == world.simulator.client_id]


async def test_a_persons_mailbox_is_refused_and_left_alone(world: World, start: Start) -> None:
    ada = await world.simulator.add_user("Ada")
    async with reaching(world, "all"):
        space = await world.watched(address=ada)
        await start(world.loop())
        watch = await in_state(world, space, "refused")

        assert (watch["is_admitted"], watch["purpose"]) == (False, "user")
        assert watch["detail"] == (
            f"{ada} is a person's mailbox, not a room: nothing is read from it or written to it. Map the space to its "
            "room mailbox."
        )
        event = await world.put(space)
        assert await look(Reader(world.pool, world.clients, Lane.LIVE, 0.1, 16), notified(space, event["id"])) == []
        assert await world.subscriptions(space) == []
        assert await world.sweeps(space) == []
    paths = [call["path"] for call in await our_calls(world, ada)]
    assert not [path for path in paths if "events" in path or "calendar" in path], paths


async def test_a_room_is_admitted_and_reached_by_its_object_id(world: World, start: Start) -> None:
    space = await world.watched()
    await start(world.loop())
    watch = await settled(world, space)

    assert (watch["is_admitted"], watch["purpose"], watch["detail"]) == (True, "room", None)
    (subscription,) = await world.subscriptions(space)
    assert subscription["resource"] == f"users/{watch['object_id']}/events"
    event = await world.put(space)
    (observed,) = await look(Reader(world.pool, world.clients, Lane.LIVE, 0.1, 16), notified(space, event["id"]))
    assert observed.room_mailbox == space.address
    read = [call["path"] for call in await our_calls(world, space.address) if "/events/" in call["path"]]
    assert read == [f"/v1.0/users/{watch['object_id']}/events/{event['id']}"]


@pytest.mark.parametrize(("shared", "state"), [(False, "refused"), (True, "active")])
async def test_a_shared_mailbox_is_a_matter_of_a_setting(world: World, start: Start, shared: bool, state: str) -> None:
    address = await world.simulator.add_user("Desk", kind="shared")
    async with reaching(world, "all"):
        space = await world.watched(address=address)
        await start(with_rules(world, shared=shared, unverified=True).loop())

        watch = await in_state(world, space, state)

    assert watch["purpose"] == "shared"
    assert ("ROOMSYNC_ADMITS_SHARED_MAILBOXES" in (watch["detail"] or "")) == (state == "refused")


async def test_a_room_whose_principal_name_is_not_its_address_is_reached(world: World, start: Start) -> None:
    address = await world.simulator.add_room("Birch", user_principal_name=f"r{uuid4().hex[:8]}@example.org")
    async with reaching(world, "rooms", [*ROLES, "User.ReadBasic.All"]):
        space = await world.watched(address=address)
        await start(world.loop())
        await settled(world, space)

    event = await world.put(Space(space.id, (await world.watch(space))["object_id"]))
    (observed,) = await look(Reader(world.pool, world.clients, Lane.LIVE, 0.1, 16), notified(space, event["id"]))
    assert observed.room_mailbox == address


def with_rules(world: World, **rules: Any) -> World:
    return replace(world, admission=AdmissionRules(**rules))


async def test_places_are_asked_where_mailbox_settings_may_not_be_read(world: World, start: Start) -> None:
    async with reaching(world, "all", ["Calendars.ReadWrite", "Place.Read.All"]):
        space = await world.watched()
        await start(world.loop())

        watch = await settled(world, space)

    assert (watch["purpose"], watch["detail"]) == ("room", None)


async def test_a_mailbox_that_cannot_be_verified_is_watched_and_says_so(world: World, start: Start) -> None:
    async with reaching(world, "rooms", ["Calendars.ReadWrite"]):
        space = await world.watched()
        await start(world.loop())
        watch = await settled(world, space)
        assert watch["purpose"] is None
        assert watch["detail"].startswith(f"It cannot be verified that {space.address} is a room, because ")

        await world.set(space, "due_at = now()")
        renewed = await settled(world, space)
        assert renewed["detail"] == watch["detail"]

    await world.set(space, "due_at = now()")

    async def verified() -> None:
        watch = await world.watch(space)
        assert (watch["purpose"], watch["detail"]) == ("room", None)

    await eventually(verified)


async def test_a_mailbox_that_cannot_be_verified_is_refused_if_a_setting_says_so(world: World, start: Start) -> None:
    async with reaching(world, "rooms", ["Calendars.ReadWrite"]):
        space = await world.watched()
        await start(with_rules(world, shared=False, unverified=False).loop())

        watch = await in_state(world, space, "refused")

        assert "Grant the application MailboxSettings.Read or Place.Read.All" in watch["detail"]
        assert await world.subscriptions(space) == []


async def test_a_room_that_was_watched_before_and_is_none_loses_its_subscription(world: World, start: Start) -> None:
    ada = await world.simulator.add_user("Ada")
    async with reaching(world, "all"):
        space = await world.watched(address=ada)
        await world.set(
            space, "is_admitted = true, state = 'active', subscription_id = 'X', expires_at = now() + interval '1 day'"
        )
        await start(world.loop())

        watch = await in_state(world, space, "refused")

    assert (watch["is_admitted"], watch["subscription_id"]) == (False, None)


async def test_a_mailbox_that_was_made_anew_is_examined_anew(world: World, start: Start) -> None:
    space = await world.watched()
    await start(world.loop())
    first = await settled(world, space)
    await world.simulator.add_mailbox(space.address, display_name="Room", kind="room")
    await world.set(space, "due_at = now(), subscription_id = NULL, expires_at = NULL, failures = 1")
    await in_state(world, space, "quarantined")

    await world.set(space, "due_at = now()")

    second = await settled(world, space)
    assert second["object_id"] not in {None, first["object_id"]}


async def test_a_room_with_an_apostrophe_in_its_address_is_watched(world: World, start: Start) -> None:
    address = await world.simulator.add_room("O'Brien")
    assert "'" in address
    space = await world.watched(address=address)
    await start(world.loop())

    await settled(world, space)

    assert len(await world.subscriptions(space)) == 1
