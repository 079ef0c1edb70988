"""Tenants are connected, read, listed and changed."""

import pytest

from tests.integration.policy_api.world import World, assert_problem, fresh


async def test_a_connected_tenant_is_read_and_listed_as_it_was_made(world: World) -> None:
    made = await world.connection(refused_edit="propose_original", edits_organizer_events=True)
    read = await world.call("GET", f"/v1/connections/{made['id']}", role="viewer")
    assert read.json() == made
    assert read.headers["etag"].startswith('"1-')
    assert made in (await world.call("GET", "/v1/connections", role="viewer")).json()["items"]


async def test_a_connection_edits_nobody_elses_events_and_declines_unless_told_otherwise(world: World) -> None:
    made = await world.connection()
    assert (made["edits_organizer_events"], made["refused_edit"]) == (False, "propose_original")


async def test_a_change_keeps_what_it_leaves_out(world: World) -> None:
    made = await world.connection()
    changed = await world.call("PATCH", f"/v1/connections/{made['id']}", {"credential": "renewed"})
    assert changed.json() == {**made, "credential": "renewed", "version": 2}
    assert changed.headers["etag"].startswith('"2-')


async def test_rooms_are_looked_at_anew_when_their_tenant_is_reached_otherwise(world: World) -> None:
    space = await world.mapped_space()
    connection = space["mapping"]["connection"]
    await world.call("PATCH", f"/v1/connections/{connection}", {"name": fresh("renamed")})
    await world.call("PATCH", f"/v1/connections/{connection}", {"credential": "renewed"})
    owed = await world.outbox(space["id"])
    assert [each["type"] for each in owed].count("space.mapped.v1") == 2


async def test_a_name_stands_for_one_connection(world: World) -> None:
    first, second = await world.connection(), await world.connection()
    assert_problem(
        await world.call("PATCH", f"/v1/connections/{second['id']}", {"name": first["name"]}), 409, "conflict", "name"
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("credential", "../../etc/passwd"),
        ("credential", "s3cr3t~with.what~secrets.have/inside=="),
        ("tenant_id", "../common"),
        ("client_id", "the app"),
        ("cloud", "mars"),
        ("edits_organizer_events", "yes"),
        ("own_domains", "example.org"),
        ("refused_edit", "ignore"),
        ("name", ""),
        ("name", None),
    ],
)
async def test_what_cannot_be_a_connection_is_refused_and_never_repeated(
    world: World, field: str, value: object
) -> None:
    made = await world.connection()
    answer = await world.call("PATCH", f"/v1/connections/{made['id']}", {field: value})
    assert_problem(answer, 422, "invalid-request", field)
    assert not value or str(value) not in answer.text
    assert (await world.call("GET", f"/v1/connections/{made['id']}")).json() == made


async def test_own_domains_are_kept_in_lower_case_and_can_be_changed(world: World) -> None:
    made = await world.connection(own_domains=["Example.ORG"])
    path = f"/v1/connections/{made['id']}"

    changed = await world.call("PATCH", path, {"own_domains": ["stud.example.org", "example.org"]})

    assert made["own_domains"] == ["example.org"]
    assert changed.json()["own_domains"] == ["stud.example.org", "example.org"]
    assert (await world.call("GET", path)).json() == changed.json()
