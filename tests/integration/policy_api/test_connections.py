"""Tenants are connected, read, listed and changed."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from tests.integration.policy_api.world import World, assert_problem, fresh

SINCE = datetime(2026, 3, 1, 9, tzinfo=UTC)


def unknown(name: str) -> dict[str, Any]:
    """How a credential is doing that nobody has looked at yet."""
    nothing = dict.fromkeys(("kind", "expires_at", "thumbprint", "problem", "problem_since"))
    return {"name": name, "in_use": False, **nothing}


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
    renewed = {"credential": "renewed", "credentials": ["renewed"], "credential_states": [unknown("renewed")]}
    assert changed.json() == {**made, **renewed, "version": 2}
    assert changed.headers["etag"].startswith('"2-')


async def test_a_connection_has_one_credential_or_two_different_ones(world: World) -> None:
    made = await world.connection(credential="old", credentials=["old", "new"])
    path = f"/v1/connections/{made['id']}"
    assert (made["credential"], made["credentials"]) == ("old", ["old", "new"])
    assert made["credential_states"] == [unknown("old"), unknown("new")]

    removed = await world.call("PATCH", path, {"credentials": ["new"]})
    assert (removed.json()["credential"], removed.json()["credentials"]) == ("new", ["new"])

    both = await world.call("PATCH", path, {"credentials": ["new", "newer"]})
    assert both.json()["credentials"] == ["new", "newer"]

    one = await world.call("PATCH", path, {"credential": "newest"})
    assert one.json()["credentials"] == ["newest"]


async def test_the_list_of_credentials_stands_for_the_field_of_one(world: World) -> None:
    body = {"name": fresh("tenant"), "tenant_id": "contoso.example", "client_id": str(UUID(int=1))}
    made = await world.made("/v1/connections", {**body, "credentials": ["new", "old"]})
    assert (made["credential"], made["credentials"]) == ("new", ["new", "old"])

    neither = await world.call("POST", "/v1/connections", {**body, "name": fresh("tenant")})
    assert_problem(neither, 422, "invalid-request", "credential")


@pytest.mark.parametrize(
    ("named", "field"),
    [
        ({"credentials": []}, "credentials"),
        ({"credentials": ["a", "b", "c"]}, "credentials"),
        ({"credentials": ["a", "a"]}, "credentials"),
        ({"credentials": "a"}, "credentials"),
        ({"credentials": ["../../etc/passwd"]}, "credentials.0"),
        ({"credentials": ["a", "b"], "credential": "b"}, "credential"),
        ({"credential_states": []}, "credential_states"),
    ],
    ids=str,
)
async def test_what_cannot_be_its_credentials_is_refused(world: World, named: dict[str, object], field: str) -> None:
    made = await world.connection()
    path = f"/v1/connections/{made['id']}"
    assert_problem(await world.call("PATCH", path, named), 422, "invalid-request", field)
    assert (await world.call("GET", path)).json() == made


async def test_a_connection_shows_how_its_credentials_are_doing(world: World) -> None:
    made = await world.connection(credential="new", credentials=["new", "old"])
    told = (UUID(made["id"]), "old", "secret", datetime(2027, 3, 1, tzinfo=UTC), "It is refused.", SINCE)
    await world.admin.execute(
        "INSERT INTO reconciler.credentials (connection_id, name, kind, expires_at, in_use, problem, problem_since) "
        "VALUES ($1, $2, $3, $4, false, $5, $6)",
        *told,
    )

    read = await world.call("GET", f"/v1/connections/{made['id']}", role="viewer")

    shown = {"kind": "secret", "expires_at": "2027-03-01T00:00:00Z", "problem": "It is refused."}
    states = [unknown("new"), {**unknown("old"), **shown, "problem_since": "2026-03-01T09:00:00Z"}]
    assert read.json() == {**made, "credential_states": states}
    assert read.json() in (await world.call("GET", "/v1/connections")).json()["items"]


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
        ("conflict_detail", "subject"),
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
