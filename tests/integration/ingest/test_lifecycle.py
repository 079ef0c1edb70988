"""What Graph says of a subscription, and subscriptions that are not as we left them."""

import asyncio

import pytest

from deploy.driver.eventually import eventually
from libs.common.topology import Lane
from services.ingest.core.client_state import SubscriptionIdentity, verify
from services.ingest.loops.owed_sweeps import ask_once
from services.ingest.loops.subscribe import Terms
from tests.integration.ingest.conftest import SECRETS, Start
from tests.integration.ingest.looks import ONE_SWEEP, calls_on, settled
from tests.integration.ingest.world import Json, World, reported


async def test_a_reauthorization_is_a_renewal_and_nothing_else(world: World, start: Start) -> None:
    space = await world.watched()
    await start(world.loop())
    first = await settled(world, space)

    assert await world.tell(reported(space, first, "reauthorizationRequired")) == []

    async def renewed() -> None:
        assert await calls_on(world, first["subscription_id"]) == ["PATCH"]

    await eventually(renewed)
    await settled(world, space)
    assert await calls_on(world, first["subscription_id"]) == ["PATCH"]


async def test_a_removed_subscription_is_made_anew_and_the_room_swept(world: World, start: Start) -> None:
    space = await world.watched()
    await start(world.loop())
    first = await settled(world, space)
    await world.simulator.ask("POST", "/subscriptions/expire", {"mailbox": space.address})

    await world.tell(reported(space, first, "subscriptionRemoved"))

    second = await settled(world, space)
    assert second["subscription_id"] != first["subscription_id"]
    assert await world.sweeps(space) == [*ONE_SWEEP, *ONE_SWEEP]


async def test_missed_notifications_are_swept_for_in_bulk_and_however_often_they_are_reported_once(
    world: World, start: Start
) -> None:
    space = await world.watched()
    await start(world.loop())
    watch = await settled(world, space)

    for _ in range(3):
        assert await world.tell(reported(space, watch, "missed")) == []
    await ask_once(world.pool, world.codec)

    assert await world.sweeps(space) == [*ONE_SWEEP, "notifications_missed"]
    lanes = await world.admin.fetch("SELECT lane FROM ingest.outbox WHERE body LIKE '%notifications_missed%'")
    assert [row["lane"] for row in lanes] == [Lane.BULK]
    assert (await world.watch(space))["due_at"] == watch["due_at"]


@pytest.mark.parametrize("event", ["reauthorizationRequired", "subscriptionRemoved"])
async def test_what_is_said_of_an_older_generation_changes_nothing(world: World, start: Start, event: str) -> None:
    space = await world.watched()
    await start(world.loop())
    first = await settled(world, space)
    await world.unmap(space)
    await world.map(space, space.address)

    async def replaced() -> Json:
        watch = await world.active(space)
        assert watch["generation"] != first["generation"]
        return watch

    second = await eventually(replaced)
    await world.tell(reported(space, first, event))

    assert await world.watch(space) == second


async def test_a_subscription_whose_making_was_never_heard_of_makes_way(world: World, start: Start) -> None:
    space = await world.watched()
    async with world.simulator.faults(
        {"match": {"method": "POST", "path": "/subscriptions$"}, "effect": {"drop_after_commit": True}, "times": 1}
    ):
        await start(world.loop())

        async def failed() -> None:
            assert (await world.watch(space))["failures"] == 1

        await eventually(failed)
    (unknown,) = await world.subscriptions(space)

    await world.set(space, "due_at = now()")

    watch = await settled(world, space)
    assert [each["id"] for each in await world.subscriptions(space)] == [watch["subscription_id"]]
    assert watch["subscription_id"] != unknown["id"]


async def test_a_subscription_of_somebody_else_is_left_alone(world: World, start: Start) -> None:
    """Such as that of a second installation under the same application."""
    space = await world.watched()
    elsewhere = world.loop()
    await start(elsewhere)
    theirs = await settled(world, space)
    await world.admin.execute("DELETE FROM ingest.watches")

    await world.map(space, space.address)

    async def refused_once() -> None:
        assert (await world.watch(space))["failures"] == 1

    async def is_polling() -> Json:
        watch = await world.watch(space)
        assert watch["state"] == "polling"
        return watch

    await eventually(refused_once)
    # Once only: while an attempt is on its way, this would start another beside it.
    await world.set(space, "due_at = now()")
    watch = await eventually(is_polling)
    assert "already exists" in watch["detail"]
    assert [each["id"] for each in await world.subscriptions(space)] == [theirs["subscription_id"]]


async def test_subscriptions_made_with_the_old_secret_are_replaced_at_the_start(world: World, start: Start) -> None:
    """What proves a notification does not change when its subscription is renewed."""
    space = await world.watched()
    before = Terms(world.terms.public_url, ["a secret of yesterday, long enough"], world.terms.lifetime_min)
    old_loop = asyncio.create_task(world.loop(before).run())
    first = await settled(world, space)
    old_loop.cancel()
    await asyncio.gather(old_loop, return_exceptions=True)

    await start(world.loop())

    async def replaced() -> None:
        watch = await world.active(space)
        assert watch["subscription_id"] != first["subscription_id"]
        (subscription,) = await world.subscriptions(space)
        assert subscription["id"] == watch["subscription_id"]
        assert verify(SECRETS, subscription["clientState"]) == SubscriptionIdentity(space.id, watch["generation"])

    await eventually(replaced)
    assert await world.sweeps(space) == [*ONE_SWEEP, *ONE_SWEEP]
