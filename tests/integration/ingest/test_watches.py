"""Watches against the simulator, with the real webhook answering its handshakes."""

from datetime import UTC, datetime, timedelta

from deploy.driver.eventually import eventually
from libs.contracts.messages import SpaceMapped
from services.ingest.core.client_state import SubscriptionIdentity, verify
from services.ingest.loops.follow_mappings import follow_once
from tests.integration.ingest.conftest import SECRETS, Start
from tests.integration.ingest.looks import ONE_SWEEP, calls_on, settled
from tests.integration.ingest.world import Json, World


async def test_a_mapped_room_is_subscribed_and_swept(world: World, start: Start) -> None:
    space = await world.watched()

    await start(world.loop())
    watch = await settled(world, space)

    (subscription,) = await world.subscriptions(space)
    assert subscription["id"] == watch["subscription_id"]
    assert subscription["notificationUrl"] == f"{world.terms.public_url}/graph/notifications"
    assert subscription["lifecycleNotificationUrl"] == f"{world.terms.public_url}/graph/lifecycle"
    assert verify(SECRETS, subscription["clientState"]) == SubscriptionIdentity(space.id, watch["generation"])
    half = (watch["expires_at"] - datetime.now(UTC)) / 2
    assert timedelta(minutes=4_400) < half * 0.9 <= watch["due_at"] - datetime.now(UTC) <= half
    assert await world.sweeps(space) == ONE_SWEEP


async def test_an_unmapped_room_is_subscribed_no_longer(world: World, start: Start) -> None:
    space = await world.watched()
    await start(world.loop())
    await settled(world, space)

    await world.unmap(space)

    async def ended() -> None:
        assert await world.subscriptions(space) == []
        assert await world.admin.fetchval("SELECT count(*) FROM ingest.endings") == 0

    await eventually(ended)
    assert await world.admin.fetchval("SELECT count(*) FROM ingest.watches WHERE space_id = $1", space.id) == 0


async def test_what_no_message_said_of_mappings_is_found(world: World, start: Start) -> None:
    unheard, left, moved = await world.space(), await world.watched(), await world.watched()
    kept = await world.watched()
    before = await world.watch(kept)
    other = await world.simulator.add_room("Other Room")
    await world.admin.execute("UPDATE policy.spaces SET room_mailbox = $2 WHERE id = $1", moved.id, other)
    await world.admin.execute(
        "UPDATE policy.spaces SET room_mailbox = NULL, connection_id = NULL WHERE id = $1", left.id
    )

    await follow_once(world.pool)

    assert await world.watch(kept) == before
    assert (await world.watch(unheard))["room_mailbox"] == unheard.address
    assert (await world.watch(moved))["room_mailbox"] == other
    assert await world.admin.fetchval("SELECT count(*) FROM ingest.watches WHERE space_id = $1", left.id) == 0
    await start(world.loop())
    await settled(world, unheard)
    assert len(await world.subscriptions(unheard)) == 1


async def test_a_remapped_space_watches_the_other_room_only(world: World, start: Start) -> None:
    before = await world.watched()
    await start(world.loop())
    generation = (await settled(world, before))["generation"]

    after = await world.map(before, await world.simulator.add_room("Other Room"))

    watch = await settled(world, after)
    assert watch["room_mailbox"] == after.address
    assert watch["generation"] > generation
    assert len(await world.subscriptions(after)) == 1

    async def ended() -> None:
        assert await world.subscriptions(before) == []

    await eventually(ended)


async def test_a_room_mapped_again_at_once_is_subscribed_anew(world: World, start: Start) -> None:
    """Graph refuses a twin of a subscription that it has not ended yet."""
    space = await world.watched()
    await start(world.loop())
    first = await settled(world, space)

    await world.unmap(space)
    await world.map(space, space.address)

    async def replaced() -> None:
        watch = await world.active(space)
        assert watch["subscription_id"] != first["subscription_id"]
        assert [each["id"] for each in await world.subscriptions(space)] == [watch["subscription_id"]]
        assert watch["generation"] > first["generation"]

    await eventually(replaced, within_s=4)


async def test_repeated_mapping_changes_nothing(world: World, start: Start) -> None:
    space = await world.watched()
    await start(world.loop())
    first = await settled(world, space)

    for _ in range(3):
        await world.tell(SpaceMapped(space_id=space.id, connection_id=world.connection_id, room_mailbox=space.address))
    await settled(world, space)

    assert (await world.watch(space))["subscription_id"] == first["subscription_id"]
    assert await world.sweeps(space) == ONE_SWEEP


async def test_a_subscription_is_renewed_when_due(world: World, start: Start) -> None:
    space = await world.watched()
    await start(world.loop())
    first = await settled(world, space)

    await world.set(space, "due_at = now(), expires_at = now() + interval '3 days'")

    second = await settled(world, space)
    assert second["subscription_id"] == first["subscription_id"]
    assert second["expires_at"] > first["expires_at"]
    assert await calls_on(world, first["subscription_id"]) == ["PATCH"]
    assert await world.sweeps(space) == ONE_SWEEP


async def test_the_lifetime_is_lowered_to_what_a_refusal_names_and_stays_so(world: World, start: Start) -> None:
    await world.simulator.ask("PUT", "/limits", {"subscription_minutes": 4230})
    try:
        space = await world.watched()
        await start(world.loop())
        first = await settled(world, space)
        assert timedelta(minutes=4228) < first["expires_at"] - datetime.now(UTC) <= timedelta(minutes=4230)

        await world.simulator.ask("PUT", "/limits", {"subscription_minutes": 3000})
        await world.set(space, "due_at = now()")
        await settled(world, space)
        await world.set(space, "due_at = now()")
        await settled(world, space)
    finally:
        await world.simulator.ask("PUT", "/limits", {"subscription_minutes": 10_070})

    assert (await world.watch(space))["lifetime_min"] == 3000
    # Refused and asked again the first time; the second time it was known.
    assert await calls_on(world, first["subscription_id"]) == ["PATCH", "PATCH", "PATCH"]


async def test_a_subscription_that_is_gone_is_made_anew_and_the_room_swept(world: World, start: Start) -> None:
    space = await world.watched()
    await start(world.loop())
    first = await settled(world, space)

    await world.simulator.ask("POST", "/subscriptions/expire", {"mailbox": space.address})
    await world.set(space, "due_at = now()")

    second = await settled(world, space)
    assert second["subscription_id"] != first["subscription_id"]
    assert second["generation"] > first["generation"]
    assert await world.sweeps(space) == [*ONE_SWEEP, *ONE_SWEEP]


async def test_after_days_away_there_is_a_new_subscription_and_a_sweep(world: World, start: Start) -> None:
    space = await world.watched()
    await world.simulator.ask("POST", "/subscriptions/expire", {"mailbox": space.address})
    await world.set(
        space,
        "subscription_id = 'long gone', expires_at = now() - interval '2 days', due_at = now() - interval '5 days', "
        "state = 'active', generation = 7",
    )

    await start(world.loop())

    watch = await settled(world, space)
    assert watch["subscription_id"] != "long gone"
    assert await world.sweeps(space) == ONE_SWEEP
    assert "PATCH" not in await calls_on(world, "long gone")


async def test_a_renewal_refused_for_whatever_reason_is_cured_by_a_new_subscription(world: World, start: Start) -> None:
    """Source: https://github.com/microsoftgraph/microsoft-graph-docs-contrib/issues/3092"""
    space = await world.watched()
    await start(world.loop())
    first = await settled(world, space)

    async with world.simulator.faults(
        {
            "match": {"method": "PATCH", "path": first["subscription_id"]},
            "effect": {"status": 400, "code": "ErrorInvalidParameter"},
        }
    ):
        await world.set(space, "due_at = now()")
        second = await settled(world, space)

    assert second["subscription_id"] != first["subscription_id"]
    assert [each["id"] for each in await world.subscriptions(space)] == [second["subscription_id"]]


async def test_a_renewal_that_fails_for_now_is_tried_again_well_before_the_expiry(world: World, start: Start) -> None:
    space = await world.watched()
    await start(world.loop())
    first = await settled(world, space)

    async with world.simulator.faults(
        {"match": {"method": "PATCH", "path": first["subscription_id"]}, "effect": {"status": 503}}
    ):
        await world.set(space, "due_at = now(), expires_at = now() + interval '8 seconds'")

        async def failed() -> Json:
            watch = await world.active(space)
            assert watch["failures"] == 1
            return watch

        watch = await eventually(failed)

    assert watch["due_at"] < watch["expires_at"] - timedelta(seconds=1)
    assert watch["detail"].startswith("The subscription could not be renewed and is tried again before it expires: ")
    renewed = await settled(world, space)
    assert renewed["subscription_id"] == first["subscription_id"]
    assert (renewed["failures"], renewed["detail"]) == (0, None)


async def test_graph_is_left_alone_as_long_as_it_asks(world: World, start: Start) -> None:
    space = await world.watched()
    async with world.simulator.faults(
        {"match": {"method": "POST", "path": "/subscriptions$"}, "effect": {"status": 429, "retry_after": 900}}
    ):
        await start(world.loop())

        async def failed() -> Json:
            watch = await world.watch(space)
            assert watch["failures"] == 1
            return watch

        watch = await eventually(failed)
    assert watch["due_at"] > datetime.now(UTC) + timedelta(minutes=14)
