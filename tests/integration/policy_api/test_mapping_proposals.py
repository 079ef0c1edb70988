"""Discovered rooms and proposals by API: what is listed, page by page and as a file, and by whom."""

import csv
from collections.abc import AsyncIterator
from io import StringIO

import pytest

from tests.integration.policy_api.files import export, imported
from tests.integration.policy_api.world import World, fresh

ROOMS, PROPOSALS = "/v1/discovered-rooms", "/v1/mapping-proposals"

_LISTED = "INSERT INTO ingest.discoveries (connection_id, listed_at) VALUES ($1, now()) ON CONFLICT DO NOTHING"
_ROOM = """
    INSERT INTO ingest.discovered_rooms (connection_id, place_id, address, name, capacity, building)
    VALUES ($1, $2, $3, $4, $5, $6)
"""
_KNOWN = "INSERT INTO ingest.known_places (space_id, room_mailbox, place_id) VALUES ($1, $2, $3)"


@pytest.fixture(autouse=True)
async def nothing_known(world: World) -> AsyncIterator[None]:
    yield
    await world.admin.execute("TRUNCATE ingest.discoveries, ingest.discovered_rooms, ingest.known_places")


async def discovered(world: World, connection: str, name: str, **more: object) -> str:
    """Have ingest know a room; returns its address."""
    address = str(more.get("address") or f"{fresh('room')}@contoso.example")
    place_id = more.get("place_id") or fresh("place")
    await world.admin.execute(_LISTED, connection)
    await world.admin.execute(_ROOM, connection, place_id, address, name, more.get("capacity"), more.get("building"))
    return address


async def connection_of(world: World) -> str:
    found: str = (await world.mapped_space())["mapping"]["connection"]
    return found


async def test_rooms_are_listed_by_name_with_the_space_that_has_them(world: World) -> None:
    hall = await world.mapped_space()
    connection, mailbox = hall["mapping"]["connection"], hall["mapping"]["room_mailbox"]
    await discovered(world, connection, "B", address=mailbox.upper(), place_id="b")
    free = await discovered(world, connection, "A", capacity=12, building="North")

    listed = (await world.call("GET", ROOMS)).json()

    assert [(each["name"], each["space_id"]) for each in listed["items"]] == [("A", None), ("B", hall["id"])]
    assert (listed["items"][0]["room_mailbox"], listed["items"][0]["capacity"]) == (free, 12)
    for mapped, names in (("true", ["B"]), ("false", ["A"])):
        only = (await world.call("GET", f"{ROOMS}?mapped={mapped}")).json()
        assert [each["name"] for each in only["items"]] == names
    [fares] = [each for each in listed["discoveries"] if each["connection"] == connection]
    assert (fares["listed_at"] is not None, fares["problem"]) == (True, None)


async def test_pages_of_rooms_neither_repeat_nor_hide_one(world: World) -> None:
    connection = await connection_of(world)
    for name in ("A", "A", "B\n", "C"):
        await discovered(world, connection, name)
    seen, cursor = [], ""
    for _ in range(5):
        page = (await world.call("GET", f"{ROOMS}?limit=1{cursor}")).json()
        seen += [each["place_id"] for each in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"

    assert len(seen) == len(set(seen)) == 4


async def test_why_rooms_cannot_be_listed_is_told(world: World) -> None:
    connection = await connection_of(world)
    await world.admin.execute(
        "INSERT INTO ingest.discoveries (connection_id, problem, problem_since) VALUES ($1, 'Grant it.', now())",
        connection,
    )

    listed = (await world.call("GET", ROOMS)).json()

    [fares] = [each for each in listed["discoveries"] if each["connection"] == connection]
    assert (fares["listed_at"], fares["problem"]) == (None, "Grant it.")


async def test_a_proposal_is_taken_by_the_file_that_lists_it(world: World) -> None:
    connection, name = await connection_of(world), fresh("Borealis")
    address = await discovered(world, connection, name)
    space = await world.space(name=name)

    page = (await world.call("GET", PROPOSALS)).json()
    [proposal] = [each for each in page["items"] if each["space_id"] == space["id"]]
    assert (proposal["room_mailbox"], proposal["instead_of"], proposal["sureness"]) == (address, None, "certain")
    file = await export(world, PROPOSALS, role="admin")
    rows = [row for row in csv.DictReader(StringIO(file)) if row["id"] == space["id"]]
    assert rows == [{"id": space["id"], "name": name, "room_mailbox": address, "connection": connection}]
    await imported(world, "/v1/spaces", file)

    left = (await world.call("GET", PROPOSALS)).json()["items"]
    assert space["id"] not in {each["space_id"] for each in left}


async def test_a_lost_mailbox_comes_first_and_is_followed_without_being_left(world: World) -> None:
    hall = await world.mapped_space()
    connection, old, import_id = (hall["mapping"][name] for name in ("connection", "room_mailbox", "import_id"))
    name = fresh("Aurora")
    await discovered(world, connection, name)
    await world.space(name=name)
    new = await discovered(world, connection, "Renamed", place_id="same")
    await world.admin.execute(_KNOWN, hall["id"], old, "same")

    first = (await world.call("GET", f"{PROPOSALS}?limit=1")).json()
    assert [(each["space_id"], each["instead_of"]) for each in first["items"]] == [(hall["id"], old)]
    rest = (await world.call("GET", f"{PROPOSALS}?cursor={first['next']}")).json()
    assert [each["space_name"] for each in rest["items"]] == [name]
    before = await world.admin.fetchval("SELECT mapped_at FROM policy.spaces WHERE id = $1", hall["id"])
    answer = await world.call("PATCH", f"/v1/spaces/{hall['id']}", {"room_mailbox": new})

    assert answer.json()["mapping"]["room_mailbox"] == new
    after = await world.admin.fetchval("SELECT mapped_at FROM policy.spaces WHERE id = $1", hall["id"])
    assert after == before
    assert await world.admin.fetchval("SELECT count(*) FROM policy.fillings WHERE space_id = $1", hall["id"]) == 0
    [room] = (await world.call("GET", f"/v1/imports/{import_id}/rooms")).json()["items"]
    assert (room["room_mailbox"], room["state"]) == (new, "waiting")


async def test_another_mailbox_is_another_mailbox(world: World) -> None:
    hall = await world.mapped_space()
    await world.admin.execute(_KNOWN, hall["id"], hall["mapping"]["room_mailbox"], "same")
    other = await discovered(world, hall["mapping"]["connection"], "Other", place_id="other")
    before = await world.admin.fetchval("SELECT mapped_at FROM policy.spaces WHERE id = $1", hall["id"])

    await world.call("PATCH", f"/v1/spaces/{hall['id']}", {"room_mailbox": other})

    after = await world.admin.fetchval("SELECT mapped_at FROM policy.spaces WHERE id = $1", hall["id"])
    assert after > before


@pytest.mark.parametrize("path", [ROOMS, PROPOSALS])
@pytest.mark.parametrize("role", ["viewer", "approver", "service"])
async def test_only_administrators_see_rooms_that_are_not_mapped(world: World, path: str, role: str) -> None:
    assert (await world.call("GET", path, role=role)).status_code == 403


@pytest.mark.parametrize("cursor", ["x", "W10", "WyJhIiwgImIiXQ"])
@pytest.mark.parametrize("path", [ROOMS, PROPOSALS])
async def test_a_cursor_that_is_not_ours_is_refused(world: World, path: str, cursor: str) -> None:
    assert (await world.call("GET", f"{path}?cursor={cursor}")).status_code == 422
