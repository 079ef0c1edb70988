"""Forged notifications that name the subscription of a room are counted with its watch."""

from services.ingest.core.forgeries import Forgeries
from services.ingest.loops.forgeries import store_once
from tests.integration.ingest.world import World


async def test_forged_notifications_are_counted_with_the_watch_they_named(world: World) -> None:
    space, other = await world.room(), await world.room()
    await world.set(space, "subscription_id = 'ours', expires_at = now() + interval '1 day'")
    tally = Forgeries()
    tally.count(["ours", "ours", "nobody's"])

    await store_once(world.pool, tally)

    watch = await world.watch(space)
    assert (watch["forged"], watch["forged_since"]) == (2, watch["forged_at"])
    assert (await world.watch(other))["forged"] == 0


async def test_the_count_begins_anew_after_an_hour_without_any(world: World) -> None:
    space = await world.room()
    await world.set(space, "subscription_id = 'ours', expires_at = now() + interval '1 day'")
    tally = Forgeries()
    for ago, expected in (("1 minute", 2), ("2 hours", 1)):
        tally.count(["ours"])
        await store_once(world.pool, tally)
        await world.set(space, f"forged = 1, forged_at = now() - interval '{ago}'")
        tally.count(["ours"])
        await store_once(world.pool, tally)
        assert (await world.watch(space))["forged"] == expected

    await world.set(space, "forged_at = now() - interval '2 hours'")
    assert await world.admin.fetchval("SELECT forged_lately FROM ingest.watches_v1 WHERE space_id = $1", space.id) == 0
