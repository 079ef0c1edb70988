"""The directory of rooms, with the trap that Graph has: a page never says that there are more."""

from tests.contract.graphsim.graph import Graph, Json
from tests.support.simulator import Simulator

ROOMS = "/places/microsoft.graph.room"


async def test_more_than_a_hundred_rooms_come_without_a_next_link(sim: Simulator, graph: Graph) -> None:
    made = {await sim.add_room(f"Room {number}") for number in range(103)}
    await sim.add_user("Ada")
    first = await graph.get(ROOMS)
    assert len(first["value"]) == 100
    assert "@odata.nextLink" not in first
    second = await graph.get(f"{ROOMS}?$skip=100")
    assert {room["emailAddress"] for room in first["value"] + second["value"]} == made
    assert (await graph.get(f"{ROOMS}?$skip=200"))["value"] == []


async def test_rooms_can_be_counted_and_cut(sim: Simulator, graph: Graph) -> None:
    for number in range(5):
        await sim.add_room(f"Room {number}")
    page = await graph.get(f"{ROOMS}?$top=2&$skip=1&$count=true")
    assert page["@odata.count"] == 5
    assert [room["displayName"] for room in page["value"]] == ["Room 1", "Room 2"]


async def test_a_room_list_holds_the_rooms_of_a_building(sim: Simulator, graph: Graph) -> None:
    await sim.add_room("Birch", building="North Tower")
    await sim.add_room("Cedar", building="South Tower")
    await sim.add_room("Maple")
    lists: list[Json] = (await graph.get("/places/microsoft.graph.roomlist"))["value"]
    assert [each["displayName"] for each in lists] == ["North Tower", "South Tower"]
    inside = await graph.get(f"/places/{lists[1]['emailAddress']}/microsoft.graph.roomlist/rooms")
    assert [room["displayName"] for room in inside["value"]] == ["Cedar"]
    unknown = await graph.send("GET", "/places/nowhere@example.org/microsoft.graph.roomlist/rooms")
    assert unknown.status == 404


async def test_a_place_is_found_by_address(sim: Simulator, graph: Graph, outlook: Graph) -> None:
    room = await sim.add_room("Birch", capacity=12)
    found = await graph.get(f"/places/{room}")
    assert (found["displayName"], found["capacity"], found["bookingType"]) == ("Birch", 12, "standard")
    user = await outlook.get(f"/users/{room}")
    assert found["id"] != user["id"]
    assert (await graph.send("GET", "/places/nowhere@example.org")).status == 404
