"""Spaces that leave it to administrators, the questions they ask by API, and what becomes due."""

from datetime import UTC, datetime, timedelta
from typing import Any

from services.policy.loops.questions import QuestionLoop
from tests.integration.policy.patience import PATIENCE
from tests.integration.policy_api.world import World, at


async def asking_space(world: World, effect: str | None = None, **parameters: Any) -> dict[str, Any]:
    """Make a mapped space of which everything is left to an administrator, unless something else is said."""
    space = await world.mapped_space()
    rule = {"when": "always", "approvers": ["grace@example.org"], **parameters}
    body = {"kind": "approval", "parameters": rule, "attach": {"scope": "space", "id": space["id"]}}
    await world.made("/v1/policies", body | ({"effect": effect} if effect else {}))
    return space


async def question_about(world: World, reservation: dict[str, Any], state: str | None = None) -> dict[str, Any]:
    found = await questions(world, reservation_id=reservation["id"], **({"state": state} if state else {}))
    assert len(found) == 1, found
    return found[0]


async def questions(world: World, **wanted: str) -> list[dict[str, Any]]:
    query = "&".join(f"{name}={value}" for name, value in wanted.items())
    answer = await world.call("GET", f"/v1/approvals?{query}", role="viewer")
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def reservation_of(world: World, made: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = (await world.call("GET", f"/v1/reservations/{made['id']}")).json()
    return found


async def told(world: World, space: dict[str, Any]) -> list[str]:
    """Return the types of the events that other services are told about a space."""
    return [
        each["type"] for each in await world.outbox(space["id"]) if each["type"].startswith(("reservation", "approval"))
    ]


async def pass_deadline(world: World, question: dict[str, Any]) -> None:
    """Let the deadline of a question have passed."""
    past = datetime.now(UTC) - timedelta(seconds=1)
    await world.admin.execute(
        "UPDATE policy.approvals SET deadline_at = $2, due_at = $2 WHERE id = $1 AND at_deadline <> 'leave'",
        question["id"],
        past,
    )


async def do_what_is_due(world: World) -> None:
    await QuestionLoop(world.pool, world.app.state.context.codec, PATIENCE).once()


async def busy(world: World, space: dict[str, Any], start: float) -> bool:
    query = f"from={at(start)}&to={at(start + 1)}&space_id={space['id']}".replace("+", "%2B")
    [found] = (await world.call("GET", f"/v1/availability?{query}")).json()["items"]
    return bool(found["busy"])


async def change_of(world: World, **parameters: Any) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Have a change of a booking wait, from 9 to 14 o'clock; return the space, the booking and the question."""
    space = await asking_space(world, **parameters)
    made = await world.reservation(space["id"], 9, 10, override_reason="Open day")
    answer = await world.call("PATCH", f"/v1/reservations/{made['id']}", {"start": at(14), "end": at(15)})
    assert answer.status_code == 200, answer.text
    return space, answer.json(), await question_about(world, made, "pending")
