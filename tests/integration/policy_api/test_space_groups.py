"""Groups of spaces: made, renamed and deleted, and the spaces that are in them."""

from uuid import uuid4

from libs.common.together import together
from tests.integration.policy_api.world import World, assert_problem, fresh


async def group(world: World) -> str:
    made = await world.made("/v1/space-groups", {"name": fresh("Group")})
    return str(made["id"])


async def groups_of(world: World, space_id: str) -> list[str]:
    found: list[str] = (await world.call("GET", f"/v1/spaces/{space_id}")).json()["groups"]
    return found


async def test_a_group_is_made_read_listed_and_renamed(world: World) -> None:
    name, other = fresh("Group"), fresh("Group")
    made = await world.call("POST", "/v1/space-groups", {"name": name})
    path = made.headers["location"]

    read = await world.call("GET", path)
    renamed = await world.call("PATCH", path, {"name": other}, if_match=made.headers["etag"])

    assert (made.status_code, made.json()["name"], made.json()["version"]) == (201, name, 1)
    assert read.json() == made.json()
    assert (renamed.status_code, renamed.json()["name"], renamed.json()["version"]) == (200, other, 2)
    assert renamed.json() in (await world.call("GET", "/v1/space-groups")).json()["items"]
    assert_problem(await world.call("PATCH", path, {"name": name}, if_match=made.headers["etag"]), 412, "stale-version")


async def test_a_space_is_put_into_groups_and_taken_out_of_them(world: World) -> None:
    first, second, third = sorted([await group(world) for _ in range(3)])
    space = await world.space(groups=[second, first])
    assert space["groups"] == [first, second]

    changed = await world.call("PATCH", f"/v1/spaces/{space['id']}", {"groups": [third, second, third]})
    assert (changed.status_code, changed.json()["groups"]) == (200, [second, third])
    assert changed.json()["version"] == 2
    again = await world.call("PATCH", f"/v1/spaces/{space['id']}", {"groups": [third, second]})
    assert again.json() == changed.json()
    renamed = await world.call("PATCH", f"/v1/spaces/{space['id']}", {"building": "North"})
    assert renamed.json()["groups"] == [second, third]
    emptied = await world.call("PATCH", f"/v1/spaces/{space['id']}", {"groups": []})
    assert emptied.json()["groups"] == []


async def test_a_deleted_group_is_left_by_its_spaces(world: World) -> None:
    gone, stays = await group(world), await group(world)
    space = await world.space(groups=[gone, stays])

    deleted = await world.call("DELETE", f"/v1/space-groups/{gone}")

    assert (deleted.status_code, deleted.json()) == (200, {"id": gone})
    assert await groups_of(world, space["id"]) == [stays]
    for method, body in (("GET", None), ("PATCH", {"name": "x"}), ("DELETE", None)):
        assert_problem(await world.call(method, f"/v1/space-groups/{gone}", body), 404, "not-found", "path.group_id")


async def test_what_cannot_be_is_refused_and_changes_nothing(world: World) -> None:
    known, name = await group(world), fresh("Group")
    await world.made("/v1/space-groups", {"name": name})
    space = await world.space(groups=[known])
    nobody = str(uuid4())
    before = await world.everything()

    body = {"name": fresh("Room"), "capacity": 4, "time_zone": "UTC", "groups": [known, nobody]}
    assert_problem(await world.call("POST", "/v1/spaces", body), 404, "not-found", "groups.1")
    patch = {"capacity": 9, "groups": [nobody]}
    assert_problem(await world.call("PATCH", f"/v1/spaces/{space['id']}", patch), 404, "not-found", "groups.0")
    for wrong in (None, "x", [None], ["x"], [known] * 101):
        answer = await world.call("PATCH", f"/v1/spaces/{space['id']}", {"groups": wrong})
        assert_problem(answer, 422, "invalid-request")
    taken = await world.call("POST", "/v1/space-groups", {"name": name})
    assert_problem(taken, 409, "conflict", "name")
    assert_problem(await world.call("PATCH", f"/v1/space-groups/{known}", {"name": name}), 409, "conflict", "name")
    for wrong_name in ("", "  ", "two\nlines", "x" * 256, 7, None):
        assert_problem(await world.call("POST", "/v1/space-groups", {"name": wrong_name}), 422, "invalid-request")
    assert await world.everything() == before


async def test_a_group_deleted_while_spaces_are_put_into_it_is_gone_or_unknown_and_never_an_error(
    world: World,
) -> None:
    for _ in range(10):
        contested, space = await group(world), await world.space()
        path = f"/v1/spaces/{space['id']}"

        put, deleted = await together(
            [
                world.call("PATCH", path, {"groups": [contested]}),
                world.call("DELETE", f"/v1/space-groups/{contested}"),
            ]
        )

        assert deleted.status_code == 200
        assert put.status_code in {200, 404}, put.text
        assert await groups_of(world, space["id"]) == []
