"""Watches when Graph refuses or is slow, and when there are several of us; against the simulator."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg

from deploy.driver.eventually import eventually, throughout
from libs.common.db import open_pool
from libs.contracts.messages import RetryRequested
from services.ingest.store import watches
from tests.integration.ingest.conftest import Start
from tests.integration.ingest.looks import ONE_SWEEP, settled
from tests.integration.ingest.world import Json, Space, World, reported

TIMED_OUT = {
    "match": {"method": "POST", "path": "/subscriptions$"},
    "effect": {"status": 400, "code": "InvalidRequest", "message": "Subscription validation request timed out."},
}


async def test_a_room_whose_handshake_fails_is_tried_again_then_polled_and_at_last_active(
    world: World, start: Start
) -> None:
    space = await world.watched()

    async def is_in(state: str) -> Json:
        async def look() -> Json:
            watch = await world.watch(space)
            assert (watch["state"], watch["failures"] > 0) == (state, True), watch
            return watch

        return await eventually(look)

    async with world.simulator.faults(TIMED_OUT):
        await start(world.loop())
        once = await is_in("connecting")
        assert "could not be made at the first try and is tried again" in once["detail"]
        assert once["due_at"] - datetime.now(UTC) < timedelta(seconds=6)

        await world.set(space, "due_at = now()")
        twice = await is_in("polling")
        assert "it is polled instead" in twice["detail"]
        assert "Subscription validation request timed out." in twice["detail"]

    await world.set(space, "due_at = now()")
    watch = await settled(world, space)
    assert (watch["failures"], watch["detail"]) == (0, None)


async def test_a_room_that_may_not_be_reached_is_quarantined_after_a_second_look_and_stops_no_other(
    world: World, start: Start
) -> None:
    stranger = await world.simulator.add_user("Stranger")
    forbidden = await world.watched(address=stranger)
    gone = await world.watched(address=f"gone.{uuid4().hex[:8]}@example.org")
    good = await world.watched()

    await start(world.loop())
    await settled(world, good)

    async def failed_once(space: Space) -> None:
        async def look() -> None:
            watch = await world.watch(space)
            assert (watch["state"], watch["failures"]) == ("connecting", 1)
            assert watch["due_at"] < datetime.now(UTC) + timedelta(seconds=6)

        await eventually(look)

    async def quarantined(space: Space) -> str:
        async def look() -> str:
            watch = await world.watch(space)
            assert watch["state"] == "quarantined", watch
            assert watch["due_at"] < datetime.now(UTC) + timedelta(seconds=11)
            return str(watch["detail"])

        return await eventually(look)

    for space in (forbidden, gone):
        await failed_once(space)
        await world.set(space, "due_at = now()")
    assert (await quarantined(forbidden)).startswith(f"{stranger} may not be reached by this connection: ")
    assert (await quarantined(gone)).startswith(f"{gone.address} was not found in Microsoft 365: ")


async def test_watches_that_failed_are_tried_at_once_when_their_mailbox_or_connection_may_be_reached_again(
    world: World, start: Start
) -> None:
    named, other, healthy = [await world.watched() for _ in range(3)]
    for space in (named, other):
        await world.set(space, "state = 'quarantined', failures = 9, due_at = now() + interval '1 hour'")
    await start(world.loop())
    before = await settled(world, healthy)

    await world.tell(
        RetryRequested(connection_id=world.connection_id, room_mailbox=named.address.upper(), reason="access_restored")
    )
    assert (await settled(world, named))["failures"] == 0
    assert (await world.watch(other))["state"] == "quarantined"

    await world.tell(RetryRequested(connection_id=world.connection_id, reason="administrator_asked"))
    await settled(world, other)
    assert (await world.watch(healthy))["due_at"] == before["due_at"]


async def test_rooms_that_lost_their_subscription_while_access_was_away_are_all_subscribed_within_an_interval(
    world: World, start: Start
) -> None:
    spaces = [await world.watched() for _ in range(6)]
    await start(world.loop())
    for space in spaces:
        first = await settled(world, space)
    await world.simulator.ask("PUT", "/access", {"scope": "none"})
    for space in spaces:
        watch = await world.watch(space)
        await world.simulator.ask("POST", "/subscriptions/expire", {"mailbox": space.address})
        await world.tell(reported(space, watch, "subscriptionRemoved"))

    async def all_quarantined() -> None:
        states = [(await world.watch(space))["state"] for space in spaces]
        assert states == ["quarantined"] * len(spaces)

    await eventually(all_quarantined, within_s=20)
    await world.simulator.ask("PUT", "/access", {"scope": "rooms"})

    async def all_subscribed() -> None:
        for space in spaces:
            await world.active(space)
            assert len(await world.subscriptions(space)) == 1

    await eventually(all_subscribed, within_s=12)
    assert (await world.watch(space))["subscription_id"] != first["subscription_id"]


async def test_a_mailbox_that_is_withdrawn_for_a_while_keeps_its_subscription(world: World, start: Start) -> None:
    space = await world.watched()
    await start(world.loop())
    first = await settled(world, space)

    async with world.simulator.faults(
        {"match": {"method": "PATCH", "path": first["subscription_id"]}, "effect": {"status": 403}}
    ):
        await world.set(space, "due_at = now(), failures = 1")

        async def quarantined() -> None:
            assert (await world.watch(space))["state"] == "quarantined"

        await eventually(quarantined)
    await world.set(space, "due_at = now()")

    watch = await settled(world, space)
    assert watch["subscription_id"] == first["subscription_id"]


async def test_a_refused_credential_is_told_and_changes_the_state_of_no_room(world: World, start: Start) -> None:
    revoked = uuid4()
    await world.connect(revoked, credential="revoked")
    fresh, subscribed, polled = [await world.watched(connection_id=revoked) for _ in range(3)]
    await world.set(
        subscribed, "subscription_id = 'alive', expires_at = now() + interval '1 day', state = 'active', failures = 0"
    )
    await world.set(polled, "state = 'polling', failures = 3")
    good = await world.watched()

    await start(world.loop())
    await settled(world, good)

    for space, state in ((fresh, "connecting"), (subscribed, "active"), (polled, "polling")):

        async def told(space: Space = space, state: str = state) -> None:
            watch = await world.watch(space)
            assert watch["state"] == state
            assert watch["detail"] is not None
            assert watch["detail"] == (
                "Microsoft refuses the credential 'revoked' (AADSTS7000215): the client secret is not valid. Put the "
                "value of the secret, not its id, into the credential's file. Nothing is lost meanwhile."
            )

        await eventually(told)
    assert (await world.watch(subscribed))["subscription_id"] == "alive"


async def test_replicas_share_what_is_due_without_doubling(world: World, start: Start) -> None:
    spaces = [await world.watched() for _ in range(12)]

    await start(world.loop())
    await start(world.loop())
    for space in spaces:
        await settled(world, space)

    for space in spaces:
        assert len(await world.subscriptions(space)) == 1
        assert await world.sweeps(space) == ONE_SWEEP


async def test_what_one_replica_has_claimed_no_other_gets(world: World) -> None:
    spaces = {(await world.watched()).id for _ in range(6)}
    lease = timedelta(minutes=1)

    async with world.pool.acquire() as one, world.pool.acquire() as other, one.transaction():
        claimed = {watch.space_id for watch in await watches.claim_due(one, lease, 4)}
        at_the_same_time = {watch.space_id for watch in await asyncio.wait_for(watches.claim_due(other, lease, 4), 2)}
    afterwards = await watches.claim_due(world.pool, lease, 4)

    assert (len(claimed), len(at_the_same_time), afterwards) == (4, 2, [])
    assert claimed | at_the_same_time == spaces


async def test_rooms_mapped_at_once_are_all_active_soon(world: World, start: Start) -> None:
    await start(world.loop())
    spaces = [await world.watched() for _ in range(30)]

    async def all_active() -> None:
        counted = await world.admin.fetchval(
            "SELECT count(*) FROM ingest.watches WHERE state = 'active' AND space_id = ANY($1)",
            [space.id for space in spaces],
        )
        assert counted == 30

    await eventually(all_active, within_s=5)


async def test_rooms_that_graph_is_slow_about_hold_up_no_other(world: World, start: Start) -> None:
    slow = [await world.watched() for _ in range(7)]
    await start(world.loop())
    async with world.simulator.faults(
        {"match": {"method": "POST", "path": "/subscriptions$"}, "effect": {"delay_ms": 8000}, "times": 7}
    ):

        async def all_in_hand() -> None:
            due = await world.admin.fetchval("SELECT count(*) FROM ingest.watches WHERE due_at <= now()")
            assert due == 0

        await eventually(all_in_hand)
        good = await world.watched()
        await eventually(lambda: world.active(good), within_s=4)
        assert {(await world.watch(space))["state"] for space in slow} == {"connecting"}


async def test_a_database_that_is_away_for_a_while_is_outlived(world: World, postgres_url: str, database: str) -> None:
    space = await world.watched()
    pool = await open_pool(database, schema="ingest")
    loop = asyncio.create_task(world.loop(pool=pool).run())
    name = database.rpartition("/")[2]
    server = await asyncpg.connect(postgres_url)
    try:
        first = await settled(world, space)
        await server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        await world.set(space, "due_at = now()")
        await server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid <> $2",
            name,
            world.admin.get_server_pid(),
        )

        async def goes_on() -> None:
            assert not loop.done(), loop

        await throughout(goes_on, seconds=1)
        await server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')

        await world.set(space, "due_at = now(), expires_at = now() + interval '3 days'")
        second = await settled(world, space)
        assert second["subscription_id"] == first["subscription_id"]
    finally:
        await server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        await server.close()
        loop.cancel()
        await asyncio.gather(loop, return_exceptions=True)
        await pool.close()
