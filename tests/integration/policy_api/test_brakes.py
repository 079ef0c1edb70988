"""An administrator confirms by API what a brake of the reconciler has stopped, as they saw it."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from tests.integration.policy_api.braking import SINCE, WHY, brake, braked_room, confirmations
from tests.integration.policy_api.world import World, assert_problem


async def brakes(world: World) -> dict[str, dict[str, Any]]:
    """List the brakes, by space."""
    found = (await world.call("GET", "/v1/brakes", role="viewer")).json()["items"]
    return {each["space_id"]: each for each in found}


async def confirm(world: World, space_id: str, seen: dict[str, Any], **how: Any) -> httpx2.Response:
    body = {name: seen[name] for name in ("since", "cancellations")}
    return await world.call("POST", f"/v1/spaces/{space_id}/brake/confirm", body, **how)


async def test_what_is_read_of_a_brake_can_be_confirmed_and_the_reconciler_is_told_who_did(world: World) -> None:
    space = await braked_room(world, 7)
    seen = (await brakes(world))[space["id"]]

    answer = await confirm(world, space["id"], seen)

    assert seen["room_mailbox"] == space["mapping"]["room_mailbox"]
    assert (seen["cancellations"], seen["detail"]) == (7, WHY)
    assert answer.status_code == 202
    assert answer.json() == seen
    [told] = await confirmations(world, space)
    assert (told["braked_at"], told["cancellations"]) == (SINCE.isoformat().replace("+00:00", "Z"), 7)
    assert told["by"]["kind"] == "administrator"


async def test_who_saw_more_than_waits_now_confirms_what_waits(world: World) -> None:
    space = await braked_room(world, 6)

    await confirm(world, space["id"], {"since": SINCE.isoformat(), "cancellations": 9})

    [told] = await confirmations(world, space)
    assert told["cancellations"] == 6


async def test_who_saw_fewer_or_another_brake_confirms_nothing_and_is_told_how_many_wait(world: World) -> None:
    space = await braked_room(world, 6)
    seen = (await brakes(world))[space["id"]]
    await brake(world, space, 8)
    fewer = await confirm(world, space["id"], seen)
    await brake(world, space, 6, SINCE + timedelta(hours=1))
    other = await confirm(world, space["id"], seen)

    assert_problem(fewer, 409, "conflict")
    assert "8 cancellations wait now" in fewer.json()["detail"]
    assert_problem(other, 409, "conflict")
    assert await confirmations(world, space) == []


async def test_where_nothing_waits_nothing_can_be_confirmed(world: World) -> None:
    seen = {"since": SINCE.isoformat(), "cancellations": 6}
    space = await world.mapped_space()

    assert_problem(await confirm(world, space["id"], seen), 409, "conflict")
    assert_problem(await confirm(world, str(uuid4()), seen), 404, "not-found", "path.space_id")
    assert space["id"] not in await brakes(world)


async def test_a_confirmation_with_a_key_is_sent_once(world: World) -> None:
    space = await braked_room(world)
    seen = (await brakes(world))[space["id"]]

    answers = [await confirm(world, space["id"], seen, idempotency_key=f"seen-{space['id']}") for _ in range(2)]

    assert [each.status_code for each in answers] == [202, 202]
    assert len(await confirmations(world, space)) == 1


@pytest.mark.parametrize(
    ("differs", "field"),
    [
        ({"cancellations": 0}, "cancellations"),
        ({"cancellations": "many"}, "cancellations"),
        ({"cancellations": 10**9}, "cancellations"),
        ({"since": "yesterday"}, "since"),
        ({"since": None}, "since"),
    ],
)
async def test_what_was_not_seen_cannot_be_confirmed(world: World, differs: dict[str, Any], field: str) -> None:
    space = await braked_room(world)

    answer = await confirm(world, space["id"], {"since": SINCE.isoformat(), "cancellations": 7, **differs})

    assert_problem(answer, 422, "invalid-request", field)
    assert await confirmations(world, space) == []


async def test_a_room_that_cannot_be_compared_now_has_nothing_to_confirm(world: World) -> None:
    space = await braked_room(world)
    await world.admin.execute("UPDATE reconciler.rooms SET is_quarantined = true WHERE space_id = $1", space["id"])

    assert space["id"] not in await brakes(world)
    answer = await confirm(world, space["id"], {"since": SINCE.isoformat(), "cancellations": 7})
    assert_problem(answer, 409, "conflict")


async def test_brakes_are_paged_by_since_when_they_are(world: World) -> None:
    spaces = [await braked_room(world, 6, SINCE - timedelta(days=9 - number)) for number in range(3)]
    path, found = "/v1/brakes?limit=1", []
    for _ in spaces:
        page = (await world.call("GET", path)).json()
        found += [each["space_id"] for each in page["items"]]
        path = f"/v1/brakes?limit=1&cursor={page['next']}"

    assert found == [each["id"] for each in spaces]
