"""When spaces are taken, and when they can still be reserved."""

from services.policy.api.availability import Availability
from tests.integration.policy_api.world import World, at, fresh


async def test_a_space_is_busy_while_reserved_and_free_around_it(world: World) -> None:
    building = fresh("building")
    space = await world.space(building=building)
    await world.reservation(space["id"], 10, 11)
    await world.reservation(space["id"], 11, 12)
    answer = await world.call("GET", f"/v1/availability?from={at(8)}&to={at(18)}&building={building}", role="viewer")
    assert answer.json() == {
        "items": [
            {
                "space_id": space["id"],
                "setup_minutes": 0,
                "cleanup_minutes": 0,
                "busy": [[at(10), at(12)]],
                "buffers": [],
                "free": [[at(8), at(10)], [at(12), at(18)]],
            }
        ]
    }


async def test_an_answer_is_written_as_the_api_writes_instants_everywhere(world: World) -> None:
    building = fresh("building")
    space = await world.space(building=building, cleanup_minutes=10)
    await world.reservation(space["id"], 10, 11)
    answer = await world.call("GET", f"/v1/availability?from={at(8)}&to={at(18)}&building={building}")
    shown = Availability.model_validate_json(answer.content)
    assert answer.headers["content-type"] == "application/json"
    assert len(shown.items) == 1
    assert shown.model_dump(mode="json") == answer.json()


async def test_what_is_cut_by_the_window_is_shown_up_to_its_edge(world: World) -> None:
    building = fresh("building")
    space = await world.space(building=building)
    await world.reservation(space["id"], 10, 12)
    [item] = (await world.call("GET", f"/v1/availability?from={at(11)}&to={at(13)}&building={building}")).json()[
        "items"
    ]
    assert (item["busy"], item["free"]) == ([[at(11), at(12)]], [[at(12), at(13)]])


async def test_a_cancelled_reservation_takes_nothing(world: World) -> None:
    building = fresh("building")
    space = await world.space(building=building)
    made = await world.reservation(space["id"], 10, 12)
    await world.call("POST", f"/v1/reservations/{made['id']}/cancel")
    [item] = (await world.call("GET", f"/v1/availability?from={at(9)}&to={at(13)}&building={building}")).json()["items"]
    assert (item["busy"], item["free"]) == ([], [[at(9), at(13)]])


async def test_a_free_stretch_can_be_reserved_to_its_edges_buffers_and_all(world: World) -> None:
    building = fresh("building")
    space = await world.space(building=building, setup_minutes=30, cleanup_minutes=15)
    await world.reservation(space["id"], 10, 11)
    await world.reservation(space["id"], 14, 15)
    query = f"/v1/availability?from={at(8)}&to={at(18)}&building={building}"
    [item] = (await world.call("GET", query)).json()["items"]
    assert item["busy"] == [[at(9.5), at(11.25)], [at(13.5), at(15.25)]]
    assert item["free"] == [[at(8), at(9.25)], [at(11.75), at(13.25)], [at(15.75), at(18)]]
    for start, end in item["free"]:
        await world.made("/v1/reservations", {"space_id": space["id"], "start": start, "end": end, "title": "Fits"})
    [item] = (await world.call("GET", query)).json()["items"]
    assert item["free"] == []


async def test_what_is_only_set_up_or_cleaned_is_told_from_what_is_met_in(world: World) -> None:
    building = fresh("building")
    space = await world.space(building=building, setup_minutes=30, cleanup_minutes=15)
    await world.reservation(space["id"], 10, 11)
    await world.reservation(space["id"], 11.75, 13)
    await world.call("PATCH", f"/v1/spaces/{space['id']}", {"cleanup_minutes": 60})
    query = f"/v1/availability?from={at(9.75)}&to={at(18)}&building={building}"
    [item] = (await world.call("GET", query)).json()["items"]
    assert (item["setup_minutes"], item["cleanup_minutes"]) == (30, 60)
    assert item["busy"] == [[at(9.75), at(13.25)]]
    assert item["buffers"] == [[at(9.75), at(10)], [at(11), at(11.75)], [at(13), at(13.25)]]
    assert item["free"] == [[at(13.75), at(18)]]


async def test_a_buffer_of_one_part_is_none_of_the_whole_while_another_part_is_met_in(world: World) -> None:
    building = fresh("building")
    first = await world.space(building=building, setup_minutes=60)
    second = await world.space(building=building)
    both = await world.space(building=building, parts=[first["id"], second["id"]], cleanup_minutes=30)
    await world.reservation(first["id"], 10, 11)
    await world.reservation(second["id"], 9.5, 10)
    await world.reservation(both["id"], 12, 13)
    query = f"/v1/availability?from={at(8)}&to={at(18)}&building={building}"
    found = {each["space_id"]: each for each in (await world.call("GET", query)).json()["items"]}
    assert found[first["id"]]["buffers"] == [[at(9), at(10)], [at(13), at(13.5)]]
    assert found[second["id"]]["buffers"] == [[at(13), at(13.5)]]
    assert found[both["id"]]["buffers"] == [[at(9), at(9.5)], [at(13), at(13.5)]]
    assert found[both["id"]]["busy"] == [[at(9), at(11)], [at(12), at(13.5)]]


async def test_a_combined_space_is_busy_when_a_part_is_and_the_other_way_round(world: World) -> None:
    building = fresh("building")
    first, second = await world.space(building=building, capacity=4), await world.space(building=building, capacity=4)
    both = await world.space(building=building, capacity=8, parts=[first["id"], second["id"]])
    await world.reservation(first["id"], 9, 10)
    await world.reservation(both["id"], 11, 12)
    query = f"/v1/availability?from={at(8)}&to={at(18)}&building={building}"
    busy = {each["space_id"]: each["busy"] for each in (await world.call("GET", query)).json()["items"]}
    assert busy[both["id"]] == busy[first["id"]] == [[at(9), at(10)], [at(11), at(12)]]
    assert busy[second["id"]] == [[at(11), at(12)]]
    large = (await world.call("GET", f"{query}&capacity=5")).json()["items"]
    assert [each["space_id"] for each in large] == [both["id"]]
