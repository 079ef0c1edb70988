"""What the services of a stack have logged."""

import json
from typing import Any

from deploy.driver.cast import BookableRoom
from deploy.driver.eventually import eventually
from deploy.local.stack import LocalStack


def lines(stack: LocalStack) -> list[dict[str, Any]]:
    """Read what all services have logged so far, in whatever process they run."""
    logs = [process.log.read_text() for process in stack.processes.values()]
    return [json.loads(line) for log in logs for line in log.splitlines() if line.startswith("{")]


async def compared_at_first(stack: LocalStack, room: BookableRoom) -> None:
    """Wait until a new room was compared twice: when it was mapped, and when it was subscribed to.

    Either comparison may find a meeting before its notification does; from now on the notification is first.
    """
    last = {"event": "room.swept", "space_id": room.space["id"], "asked_because": "subscription_created"}

    async def is_compared() -> None:
        assert any(last.items() <= line.items() for line in lines(stack))

    await eventually(is_compared)
