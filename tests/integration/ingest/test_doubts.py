"""A subscription that ended without a word is noticed by what a sweep found; against the simulator."""

from typing import Any
from uuid import uuid4

import pytest

from deploy.driver.eventually import eventually
from services.ingest.loops.doubt import doubt_once
from tests.integration.ingest.conftest import Start
from tests.integration.ingest.looks import ONE_SWEEP, calls_on, settled
from tests.integration.ingest.world import Space, World


async def drifted(world: World, space: Space, kind: str = "missing_in_ledger", **more: Any) -> None:
    """Record a drift as the reconciler does; without a cause, nobody knows why no notification told of it."""
    fields = {"cause": None, "found_at": await world.admin.fetchval("SELECT clock_timestamp()"), **more}
    await world.admin.execute(
        "INSERT INTO reconciler.drifts (space_id, kind, key_ical_uid, seen_as, cause, found_at, last_seen_at) "
        "VALUES ($1, $2, $3, '', $4, $5, $5)",
        space.id,
        kind,
        str(uuid4()),
        fields["cause"],
        fields["found_at"],
    )


async def test_a_subscription_that_ended_without_a_word_is_made_anew_after_an_unexplained_drift(
    world: World, start: Start
) -> None:
    space = await world.watched()
    await start(world.loop())
    first = await settled(world, space)
    await world.simulator.ask("POST", "/subscriptions/expire", {"mailbox": space.address})

    await drifted(world, space)
    await doubt_once(world.pool)

    async def replaced() -> None:
        watch = await world.active(space)
        assert watch["subscription_id"] != first["subscription_id"]
        assert [each["id"] for each in await world.subscriptions(space)] == [watch["subscription_id"]]

    await eventually(replaced, within_s=10)
    assert await world.sweeps(space) == [*ONE_SWEEP, *ONE_SWEEP]


async def test_a_subscription_that_is_alive_is_asked_about_once_and_kept(world: World, start: Start) -> None:
    space = await world.watched()
    await start(world.loop())
    first = await settled(world, space)
    await drifted(world, space)
    await doubt_once(world.pool)

    async def checked() -> None:
        assert await calls_on(world, first["subscription_id"]) == ["GET"]
        assert not (await world.watch(space))["is_doubted"]

    await eventually(checked)
    await drifted(world, space)
    await doubt_once(world.pool)

    watch = await settled(world, space)
    assert (watch["subscription_id"], watch["is_doubted"]) == (first["subscription_id"], False)
    assert await calls_on(world, first["subscription_id"]) == ["GET"]


@pytest.mark.parametrize(
    "drift", [{"cause": "notifications_missed"}, {"kind": "unmanaged"}, {"kind": "orphan_hold"}], ids=str
)
async def test_a_drift_that_notifications_are_not_to_blame_for_speaks_against_no_subscription(
    world: World, start: Start, drift: dict[str, Any]
) -> None:
    space = await world.watched()
    await start(world.loop())
    await settled(world, space)

    await drifted(world, space, **drift)
    await doubt_once(world.pool)

    assert (await world.watch(space))["doubted_at"] is None
