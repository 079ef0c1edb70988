"""C25 by API: a space has a waiting list if it is set, and whoever books may wait, take and give up."""

from typing import Any
from uuid import uuid4

from services.policy.loops.waiting_lists import WaitingListLoop
from tests.integration.policy.patience import PATIENCE
from tests.integration.policy_api.world import World, assert_problem, at

BEN = {"name": "Ben", "email": "ben@example.org"}


def asked(start: float = 9, **changed: object) -> dict[str, Any]:
    return {"start": at(start), "end": at(start + 1), "title": "Review", "organizer": BEN, **changed}


async def taken_space(world: World) -> tuple[str, dict[str, Any]]:
    """Make a space with a waiting list that is taken from nine to ten; return where its list is, and by what."""
    space = await world.mapped_space(waiting_list=True, offer_minutes=30)
    booked = await world.reservation(space["id"], 9, 10)
    return f"/v1/spaces/{space['id']}/waiting-list", booked


async def freed_and_looked_at(world: World, booked: dict[str, Any]) -> None:
    answer = await world.call("POST", f"/v1/reservations/{booked['id']}/cancel", {})
    assert answer.status_code == 200, answer.text
    await WaitingListLoop(world.pool, world.app.state.context.codec, PATIENCE).once()


async def listed(world: World, path: str, **query: str) -> list[dict[str, Any]]:
    query_string = "&".join(f"{name}={value}" for name, value in query.items())
    answer = await world.call("GET", f"{path}?{query_string}" if query else path, role="viewer")
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_a_space_has_a_waiting_list_only_if_it_is_set(world: World) -> None:
    space = await world.space()
    assert (space["waiting_list"], space["offer_minutes"]) == (False, 60)
    await world.reservation(space["id"], 9, 10)
    path = f"/v1/spaces/{space['id']}"
    assert_problem(await world.call("POST", f"{path}/waiting-list", asked()), 409, "conflict")

    changed = await world.call("PATCH", path, {"waiting_list": True, "offer_minutes": 15})

    assert (changed.json()["waiting_list"], changed.json()["offer_minutes"]) == (True, 15)
    assert (await world.call("POST", f"{path}/waiting-list", asked(), role="service")).status_code == 201
    for body in ({"waiting_list": "yes"}, {"offer_minutes": 0}, {"offer_minutes": 10_081}, {"waiting_list": None}):
        assert_problem(await world.call("PATCH", path, body), 422)


async def test_what_is_offered_is_taken_once_and_booked(world: World) -> None:
    path, booked = await taken_space(world)
    waiting = await world.made(path, asked())
    assert (await world.made(path, asked()))["id"] == waiting["id"]
    early = await world.call("POST", f"{path}/{waiting['id']}/take")
    assert_problem(early, 409, "reservation-refused")
    await freed_and_looked_at(world, booked)

    [offered] = await listed(world, path, state="offered")
    held = (await world.call("GET", f"/v1/reservations/{offered['reservation_id']}")).json()
    assert (held["status"], held["decision"]["reasons"][0]["rule"]) == ("pending", "waiting_list")
    for _ in range(2):
        taken = await world.call("POST", f"{path}/{waiting['id']}/take", role="service")
        assert (taken.status_code, taken.json()["id"], taken.json()["status"]) == (200, held["id"], "confirmed")
    [found] = await listed(world, path)
    assert (found["state"], found["organizer"]) == ("taken", BEN)


async def test_whoever_gives_up_waits_no_longer(world: World) -> None:
    path, booked = await taken_space(world)
    first, second = await world.made(path, asked()), await world.made(path, asked(organizer={"email": "c@example.org"}))

    left = await world.call("DELETE", f"{path}/{first['id']}")
    assert (left.status_code, left.json()["state"]) == (200, "withdrawn")
    await freed_and_looked_at(world, booked)

    assert [(each["id"], each["state"]) for each in await listed(world, path)] == [
        (first["id"], "withdrawn"),
        (second["id"], "offered"),
    ]
    assert_problem(await world.call("POST", f"{path}/{first['id']}/take"), 409, "reservation-refused")


async def test_only_who_books_may_wait_and_nobody_by_another_space(world: World) -> None:
    path, _ = await taken_space(world)
    waiting = await world.made(path, asked())
    other = (await world.space())["id"]

    assert_problem(await world.call("POST", path, asked(), role="viewer"), 403)
    assert_problem(await world.call("DELETE", f"{path}/{waiting['id']}", role="approver"), 403)
    for method, end in (("DELETE", ""), ("POST", "/take")):
        elsewhere = f"/v1/spaces/{other}/waiting-list/{waiting['id']}{end}"
        assert_problem(await world.call(method, elsewhere), 404, "not-found", "path.request_id")
    assert_problem(await world.call("GET", f"/v1/spaces/{uuid4()}/waiting-list"), 404, "not-found", "path.space_id")
    assert_problem(await world.call("POST", path, asked(end=at(8))), 422)
    assert_problem(await world.call("POST", path, asked(organizer=None)), 422)
