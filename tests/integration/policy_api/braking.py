"""Rooms whose cancellations a brake of the reconciler has stopped."""

from datetime import datetime
from typing import Any

from tests.integration.policy_api.world import World

SINCE = datetime.fromisoformat("2026-03-01T10:00:00.123456+00:00")
WHY = "They are gone from the room's calendar at once."

_BRAKE = """
    INSERT INTO reconciler.rooms (space_id, room_mailbox, connection_id, braked_at, braked_cancels, brake_problem)
    SELECT space_id, room_mailbox, connection_id, $2, $3, $4 FROM policy.mapped_spaces_v1 WHERE space_id = $1
    ON CONFLICT (space_id) DO UPDATE SET braked_at = excluded.braked_at, braked_cancels = excluded.braked_cancels
"""


async def braked_room(world: World, cancellations: int = 7, since: datetime = SINCE, **space: object) -> dict[str, Any]:
    """Make a space with a mailbox so many of whose reservations are gone at once."""
    made = await world.mapped_space(**space)
    await brake(world, made, cancellations, since)
    return made


async def brake(world: World, space: dict[str, Any], cancellations: int, since: datetime = SINCE) -> None:
    """Have so many cancellations of a room wait since then."""
    await world.admin.execute(_BRAKE, space["id"], since, cancellations, WHY)


async def confirmations(world: World, space: dict[str, Any]) -> list[dict[str, Any]]:
    """Read what the reconciler is told about the cancellations of a room, oldest first."""
    return [each for each in await world.outbox(space["id"]) if each["type"] == "cancellations.confirmed.v1"]
