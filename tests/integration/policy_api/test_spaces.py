"""Spaces are added, changed, and mapped one to one to room mailboxes."""

import asyncio
from typing import Any
from uuid import uuid4

from tests.integration.policy_api.world import World, assert_problem, at, fresh


async def test_a_space_is_read_as_it_was_made(world: World) -> None:
    made = await world.space(building="North", features=["screen"], setup_minutes=10, cleanup_minutes=5)
    read = await world.call("GET", f"/v1/spaces/{made['id']}", role="viewer")
    assert read.json() == made
    assert made["mapping"]["state"] == "unmapped"
    assert made["parts"] == []
    assert (made["building"], made["features"], made["setup_minutes"]) == ("North", ["screen"], 10)


async def test_a_mapped_space_is_connecting_until_its_watch_says_otherwise(world: World) -> None:
    space = await world.mapped_space()
    assert space["mapping"]["state"] == "connecting"

    await _watched(world, space, "polling", "no address")

    mapping = (await world.call("GET", f"/v1/spaces/{space['id']}")).json()["mapping"]
    assert (mapping["state"], mapping["detail"]) == ("polling", "no address")


async def test_a_space_mapped_to_another_mailbox_is_connecting_until_that_one_is_watched(world: World) -> None:
    space = await world.mapped_space()
    await _watched(world, space, "active", None)

    answer = await world.call("PATCH", f"/v1/spaces/{space['id']}", {"room_mailbox": f"{fresh('other')}@example.org"})

    assert answer.json()["mapping"]["state"] == "connecting"


async def test_a_mapping_tells_the_worst_that_is_known_since_when_and_what_comes_next(world: World) -> None:
    space = await world.mapped_space()
    await _watched(world, space, "active", None)
    mapping = await _mapping(world, space)
    assert (mapping["state"], mapping["detail"]) == ("active", None)
    assert mapping["since"] is not None
    assert mapping["next_try_at"] is not None

    await world.admin.execute(
        "UPDATE ingest.watches SET forged = 3, forged_since = now(), forged_at = now() WHERE space_id = $1", space["id"]
    )
    mapping = await _mapping(world, space)
    assert mapping["state"] == "degraded"
    assert mapping["detail"].startswith("3 notifications for this room came without proof")

    await world.admin.execute(
        "INSERT INTO reconciler.rooms "
        "(space_id, room_mailbox, connection_id, compared_at, failing_since, due_at, problem, is_quarantined) "
        "SELECT space_id, room_mailbox, connection_id, '2026-03-01T09:00Z'::timestamptz, "
        "'2026-03-01T10:00Z'::timestamptz, '2026-03-01T11:00Z'::timestamptz, 'It was removed.', true "
        "FROM policy.mapped_spaces_v1 WHERE space_id = $1",
        space["id"],
    )
    mapping = await _mapping(world, space)
    assert (mapping["state"], mapping["detail"]) == ("quarantined", "It was removed.")
    assert (mapping["since"], mapping["next_try_at"]) == ("2026-03-01T10:00:00Z", "2026-03-01T11:00:00Z")


async def test_a_mailbox_that_is_no_room_is_shown_as_quarantined(world: World) -> None:
    space = await world.mapped_space()
    await _watched(world, space, "refused", "It is a person's mailbox.")

    mapping = await _mapping(world, space)

    assert (mapping["state"], mapping["detail"]) == ("quarantined", "It is a person's mailbox.")


async def _mapping(world: World, space: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = (await world.call("GET", f"/v1/spaces/{space['id']}")).json()["mapping"]
    return found


async def _watched(world: World, space: dict[str, Any], state: str, detail: str | None) -> None:
    """Have ingest watch the mailbox of a space."""
    await world.admin.execute(
        """
        INSERT INTO ingest.watches (space_id, room_mailbox, connection_id, state, detail)
        SELECT space_id, room_mailbox, connection_id, $2, $3 FROM policy.mapped_spaces_v1 WHERE space_id = $1
        """,
        space["id"],
        state,
        detail,
    )


async def test_mapping_tells_the_system_in_the_same_step(world: World) -> None:
    connection = await world.connection()
    space = await world.space()
    address = f"{fresh('Room')}@Example.org"
    answer = await world.call(
        "PATCH", f"/v1/spaces/{space['id']}", {"room_mailbox": address, "connection": connection["name"]}
    )
    assert answer.json()["mapping"]["room_mailbox"] == address.lower()
    assert [each["type"] for each in await world.outbox(space["id"])] == ["space.mapped.v1"]
    again = await world.call("PATCH", f"/v1/spaces/{space['id']}", {"room_mailbox": address.upper()})
    assert again.json()["version"] == 2
    assert len(await world.outbox(space["id"])) == 1


async def test_unmapping_stops_the_watch_and_frees_the_mailbox(world: World) -> None:
    space = await world.mapped_space()
    mailbox, connection = space["mapping"]["room_mailbox"], space["mapping"]["connection"]
    answer = await world.call("PATCH", f"/v1/spaces/{space['id']}", {"room_mailbox": None})
    assert answer.json()["mapping"] == {
        "state": "unmapped",
        "room_mailbox": None,
        "connection": None,
        "detail": None,
        "since": None,
        "next_try_at": None,
        "mapped_at": None,
        "import_id": None,
        "answers_by_itself": None,
    }
    assert [each["type"] for each in await world.outbox(space["id"])] == ["space.mapped.v1", "space.unmapped.v1"]
    await world.space(room_mailbox=mailbox, connection=connection)


async def test_unmapping_what_is_unmapped_changes_nothing(world: World) -> None:
    space = await world.space()
    before = await world.everything()
    answer = await world.call("PATCH", f"/v1/spaces/{space['id']}", {"room_mailbox": None})
    assert (answer.status_code, answer.json()) == (200, space)
    assert await world.everything() == before


async def test_a_connection_of_null_names_none(world: World) -> None:
    plain, mapped = await world.space(), await world.mapped_space()
    before = await world.everything()
    for space in (plain, mapped):
        answer = await world.call("PATCH", f"/v1/spaces/{space['id']}", {"connection": None})
        assert (answer.status_code, answer.json()) == (200, space)
    assert await world.everything() == before
    await world.space(room_mailbox=None, connection=None)


async def test_a_space_that_moves_to_another_mailbox_is_unmapped_first(world: World) -> None:
    space = await world.mapped_space()
    other = f"{fresh('room')}@example.org"
    await world.call("PATCH", f"/v1/spaces/{space['id']}", {"room_mailbox": other})
    owed = [(each["type"], each["room_mailbox"]) for each in await world.outbox(space["id"])]
    assert owed[1:] == [("space.unmapped.v1", space["mapping"]["room_mailbox"]), ("space.mapped.v1", other)]


async def test_a_mailbox_mapped_twice_is_refused_and_its_holder_named(world: World) -> None:
    holder, other = await world.mapped_space(), await world.space()
    mailbox = holder["mapping"]["room_mailbox"].upper()
    before = await world.everything()
    new = {"name": fresh("Room"), "capacity": 4, "time_zone": "UTC", "room_mailbox": mailbox}
    for answer in (
        await world.call("PATCH", f"/v1/spaces/{other['id']}", {"room_mailbox": mailbox}),
        await world.call("POST", "/v1/spaces", new, idempotency_key=fresh("key")),
    ):
        assert_problem(answer, 409, "conflict", "room_mailbox")
        assert holder["id"] in answer.json()["detail"]
        assert holder["name"] in answer.json()["detail"]
    assert await world.everything() == before


async def test_of_many_that_want_one_mailbox_at_once_one_gets_it(world: World) -> None:
    connection, mailbox = await world.connection(), f"{fresh('room')}@example.org"
    bodies = [{"name": fresh("Room"), "capacity": 4, "time_zone": "UTC", "room_mailbox": mailbox} for _ in range(8)]
    answers = await asyncio.gather(
        *(world.call("POST", "/v1/spaces", {**body, "connection": connection["id"]}) for body in bodies)
    )
    assert sorted(each.status_code for each in answers) == [201] + [409] * 7


async def test_a_mailbox_needs_a_connection_that_exists(world: World) -> None:
    await world.connection(), await world.connection()
    mailbox = {"room_mailbox": f"{fresh('room')}@example.org"}
    body = {"name": fresh("Room"), "capacity": 4, "time_zone": "UTC", **mailbox}
    space = await world.space()
    before = await world.everything()
    assert_problem(await world.call("POST", "/v1/spaces", body), 422, "invalid-request", "connection")
    for unknown in (str(uuid4()), "nobody's tenant"):
        for method, path, sent in (("POST", "/v1/spaces", body), ("PATCH", f"/v1/spaces/{space['id']}", mailbox)):
            answer = await world.call(method, path, {**sent, "connection": unknown})
            assert_problem(answer, 404, "not-found", "connection")
    lonely = await world.call("PATCH", f"/v1/spaces/{space['id']}", {"connection": "tenant"})
    assert_problem(lonely, 422, "invalid-request", "connection")
    assert await world.everything() == before


async def test_a_combined_space_is_made_of_undivided_ones(world: World) -> None:
    first, second = await world.space(), await world.space()
    both = await world.space(parts=[first["id"], second["id"]])
    nested = await world.space(parts=[both["id"], first["id"]])
    assert both["parts"] == nested["parts"] == sorted([first["id"], second["id"]])
    body = {"name": fresh("Room"), "capacity": 4, "time_zone": "UTC", "parts": [first["id"], str(uuid4())]}
    before = await world.everything()
    assert_problem(await world.call("POST", "/v1/spaces", body), 404, "not-found", "parts.1")
    assert await world.everything() == before


async def test_every_space_is_listed_once_page_by_page(world: World) -> None:
    made = {(await world.space(name="Same name"))["id"] for _ in range(5)}
    listed: list[str] = []
    cursor: str | None = None
    while True:
        query = "/v1/spaces?limit=2" + (f"&cursor={cursor}" if cursor else "")
        page = (await world.call("GET", query, role="viewer")).json()
        listed += [each["id"] for each in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert len(listed) == len(set(listed))
    assert made <= set(listed)


async def test_the_cursor_behind_the_longest_name_leads_on(world: World) -> None:
    longest = "\N{PARTY POPPER}" * 255
    made = {(await world.space(name=longest))["id"] for _ in range(2)}
    first = (await world.call("GET", "/v1/spaces?limit=200")).json()["items"]
    behind = next(number for number, each in enumerate(first, 1) if each["id"] in made)
    page = (await world.call("GET", f"/v1/spaces?limit={behind}")).json()
    rest = await world.call("GET", f"/v1/spaces?limit=200&cursor={page['next']}")
    assert rest.status_code == 200, rest.text
    assert len(made & {each["id"] for each in rest.json()["items"]}) == 1


async def test_what_is_reserved_is_shown_in_outlook_once_its_space_is_mapped(world: World) -> None:
    connection, space = await world.connection(), await world.space()
    made = await world.reservation(space["id"], 10, 11)
    assert made["outlook"] is None
    mailbox = {"room_mailbox": f"{fresh('room')}@example.org", "connection": connection["id"]}
    await world.call("PATCH", f"/v1/spaces/{space['id']}", mailbox)
    await world.see_to_mailboxes()
    owed = await world.outbox(space["id"])
    assert [each["type"] for each in owed if "reservation" not in each["type"]] == [
        "space.mapped.v1",
        "intent.issued.v2",
    ]
    assert owed[-1]["intent"]["reservation_id"] == made["id"]
    assert (await world.call("GET", f"/v1/reservations/{made['id']}")).json()["outlook"]["state"] == "writing"


async def test_larger_buffers_leave_bookings_back_to_back_changeable_and_are_told_of(world: World) -> None:
    space = await world.space()
    first, second = [await world.reservation(space["id"], hour, hour + 1) for hour in (10, 11)]
    alone = await world.reservation(space["id"], 15, 16)

    grown = await world.call("PATCH", f"/v1/spaces/{space['id']}", {"setup_minutes": 15, "cleanup_minutes": 15})
    renamed = await world.call("PATCH", f"/v1/reservations/{first['id']}", {"title": "Retitled"})
    closer = await world.call("PATCH", f"/v1/reservations/{second['id']}", {"end": at(12.25)})
    moved = await world.call("PATCH", f"/v1/reservations/{alone['id']}", {"start": at(15.5), "end": at(16.5)})
    other = await world.call("PATCH", f"/v1/spaces/{space['id']}", {"capacity": 9})

    named = [(each["reservation_id"], each["start"]) for each in grown.json()["closer_than_buffers"]]
    assert named == [(first["id"], at(10)), (second["id"], at(11))]
    assert (renamed.status_code, renamed.json()["title"]) == (200, "Retitled")
    assert_problem(closer, 409, "reservation-refused")
    assert [each["rule"] for each in closer.json()["reasons"]] == ["availability"]
    assert moved.status_code == 200
    assert "closer_than_buffers" not in other.json()


async def test_holds_leave_with_the_mapping_unless_they_are_to_be_kept(world: World) -> None:
    dropped, kept = await world.mapped_space(), await world.mapped_space()
    held = [await world.reservation(space["id"], 10, 11) for space in (dropped, kept)]

    left = await world.call("PATCH", f"/v1/spaces/{dropped['id']}", {"room_mailbox": None})
    await world.call("PATCH", f"/v1/spaces/{kept['id']}?holds=keep", {"room_mailbox": None})
    await world.see_to_mailboxes()

    wants = [
        [(each["intent"]["want"], each["room_mailbox"]) for each in await world.outbox(space["id"]) if "intent" in each]
        for space in (dropped, kept)
    ]
    mailboxes = [space["mapping"]["room_mailbox"] for space in (dropped, kept)]
    assert wants == [[("hold", mailboxes[0]), ("no_hold", mailboxes[0])], [("hold", mailboxes[1])]]
    assert mailboxes[0] in left.json()["mapping"]["detail"]
    for each in held:
        assert (await world.call("GET", f"/v1/reservations/{each['id']}")).json()["status"] == "confirmed"
    assert_problem(
        await world.call("PATCH", f"/v1/spaces/{kept['id']}?holds=some", {"room_mailbox": None}),
        422,
        field="query.holds",
    )
