"""What tests of watches look for, waited for."""

from datetime import UTC, datetime, timedelta

from deploy.driver.eventually import eventually
from tests.integration.ingest.world import Json, Space, World

ONE_SWEEP = ["subscription_created"]


async def settled(world: World, space: Space) -> Json:
    """Wait until a watch is active and due in future."""

    async def look() -> Json:
        watch = await world.active(space)
        assert watch["due_at"] > datetime.now(UTC) + timedelta(minutes=10), watch
        return watch

    return await eventually(look)


async def calls_on(world: World, subscription_id: str) -> list[str]:
    return [call["method"] for call in await world.simulator.requests() if subscription_id in call["path"]]
