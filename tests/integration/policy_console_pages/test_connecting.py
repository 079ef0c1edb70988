"""A tenant is connected in the console, another tenant or application is put in its place, and it is disconnected."""

import re
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
import structlog

from tests.integration.policy_api.world import World, fresh
from tests.integration.policy_console_pages.console import Console, said, unknown_id
from tests.integration.policy_console_pages.test_connections import HOSTILE, LISTED, credential, read

TENANT, CLIENT = "33333333-3333-4333-8333-333333333333", "44444444-4444-4444-8444-444444444444"
SECRET = "Abc8Q~not.a.real-secret_0123456789abcdefgh"
"""As Entra makes them: 40 characters, of which the sixth is a tilde."""


def wanted(**changed: str) -> dict[str, str]:
    """Return the fields of the form of a new connection."""
    fields = {
        "name": fresh("Contoso"),
        "cloud": "us_gov",
        "tenant_id": "contoso.onmicrosoft.com",
        "client_id": CLIENT,
        "credential": "microsoft365",
        "second_credential": "",
        "own_domains": "contoso.example\r\nfabrikam.example",
        "conflict_detail": "time",
        "refused_edit": "decline",
        "edits_organizer_events": "on",
    }
    return {**fields, **changed}


def tenant_of(connection: dict[str, Any], **changed: str) -> dict[str, str]:
    """Return the fields of the form of the tenant and the application."""
    fields = {name: str(connection[name]) for name in ("cloud", "tenant_id", "client_id", "version")}
    return {**fields, **changed}


async def names(world: World) -> set[str]:
    """Return how the connections are called."""
    return {each["name"] for each in (await world.call("GET", "/v1/connections")).json()["items"]}


async def test_a_tenant_is_connected_and_the_page_says_what_to_do_next(console: Console) -> None:
    world, fields = console.world, wanted(second_credential="microsoft365_2")

    before = await console.text("/connections/new", role="admin")
    answer = await console.post("/connections", fields, role="admin")
    address = answer.headers["location"].removeprefix("/console")
    after = await console.get(address, role="admin")

    assert "Never write a secret, a certificate or a token itself into this page" in before
    assert "ROOMSYNC_SECRETS_DIR" in before
    assert "Connecting changes nothing in Outlook." in before
    assert answer.status_code == 303
    made = await read(world, {"id": address.removeprefix("/connections/").partition("?")[0]})
    expected = {
        **fields,
        "own_domains": ["contoso.example", "fabrikam.example"],
        "edits_organizer_events": True,
        "credentials": ["microsoft365", "microsoft365_2"],
        "version": 1,
    }
    assert {name: made[name] for name in expected if name != "second_credential"} == {
        name: value for name, value in expected.items() if name != "second_credential"
    }
    assert "Its credentials are read and tried within seconds." in said(after)
    assert 'hx-get="/console' + address + '" hx-trigger="every 2s"' in after.text
    assert "Check the connection now: the check lists the rooms of the tenant." in said(after)


async def test_what_is_left_empty_is_as_the_form_says_it_is(console: Console) -> None:
    fields = wanted(own_domains="")
    del fields["edits_organizer_events"]

    answer = await console.post("/connections", fields, role="admin")

    shown = {"id": answer.headers["location"].removeprefix("/console/connections/").partition("?")[0]}
    made = await read(console.world, shown)
    assert (made["credentials"], made["own_domains"], made["edits_organizer_events"]) == (["microsoft365"], [], False)


@pytest.mark.parametrize(
    ("changed", "name", "sentence"),
    [
        ({"name": ""}, "name", "Name is missing: This field is required."),
        ({"cloud": "mars"}, "cloud", "Cloud cannot be used: One of 'global', 'us_gov', 'us_dod', 'china' or 'sim"),
        ({"tenant_id": "<b>no tenant</b>"}, "tenant_id", "Tenant cannot be used: A tenant is named by its id or by a"),
        ({"tenant_id": ""}, "tenant_id", "Tenant is missing: This field is required."),
        ({"client_id": "roomsync"}, "client_id", "Application (client) id cannot be used: An application is named by"),
        ({"credential": ""}, "credential", "First credential is missing: This field is required."),
        ({"credential": "../console"}, "credential", "First credential cannot be used: The name of a secret that was"),
        ({"second_credential": "microsoft365"}, "second_credential", "Two credentials have two names."),
        ({"own_domains": "@"}, "own_domains", "Own domains cannot be used"),
    ],
)
async def test_what_cannot_be_used_comes_back_as_written_with_a_sentence_at_the_field(
    console: Console, changed: dict[str, str], name: str, sentence: str
) -> None:
    before = await names(console.world)

    answer = await console.post("/connections", wanted(**changed), role="admin")

    assert answer.status_code == 422
    assert "Nothing was saved." in said(answer)
    assert sentence in said(answer)
    field = re.search(rf'<(?:input|select|textarea) id="{name}"[^>]*>', answer.text)
    assert field is not None
    assert 'aria-invalid="true"' in field[0]
    assert "fabrikam.example</textarea>" in answer.text or name == "own_domains"
    assert "<b>" not in answer.text
    assert await names(console.world) == before


@pytest.mark.parametrize("name", ["credential", "second_credential", "client_id"])
@pytest.mark.parametrize(
    "secret", [SECRET, "-----BEGIN PRIVATE KEY-----MIIEvQ", f"eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ{'x' * 90}.c2ln"]
)
async def test_a_secret_that_is_pasted_is_refused_and_neither_shown_nor_logged_nor_kept(
    console: Console, name: str, secret: str
) -> None:
    before = await console.world.everything()

    with structlog.testing.capture_logs() as logged:
        answer = await console.post("/connections", wanted(**{name: secret}), role="admin")

    assert answer.status_code == 422
    assert "is not shown again, in case it was a secret, and was not saved." in said(answer)
    assert secret not in said(answer)
    assert secret not in str(logged)
    assert any(each["event"] == "http.handled" for each in logged)
    assert await console.world.everything() == before


async def test_a_name_that_another_connection_has_is_refused_at_its_field(console: Console) -> None:
    first = await console.world.connection()

    answer = await console.post("/connections", wanted(name=first["name"]), role="admin")

    assert answer.status_code == 409
    assert "Name is taken: a name no other connection has." in said(answer)
    assert 'value="microsoft365"' in answer.text


async def test_a_tenant_that_is_connected_twice_is_named_with_its_other_connections(console: Console) -> None:
    world, tenant = console.world, f"{fresh('tenant')}.example"
    first, second = await world.connection(tenant_id=tenant), await world.connection(tenant_id=tenant.upper())
    other = await world.connection(tenant_id=tenant, cloud="china")

    text = (await console.get(f"/connections/{second['id']}")).text

    assert f'Also connected as <a href="/console/connections/{first["id"]}">{first["name"]}</a>.' in text
    assert other["id"] not in text
    assert "Also connected" not in await console.text(f"/connections/{other['id']}")


async def test_the_next_step_is_told_by_what_is_known(console: Console) -> None:
    world = console.world
    connection = await world.connection()
    path = f"/connections/{connection['id']}"
    untried = await console.text(path, role="admin")
    await credential(world, connection, problem="It is refused.")
    refused = await console.text(path, role="admin")
    await world.admin.execute("TRUNCATE reconciler.credentials")
    await world.admin.execute(LISTED, UUID(connection["id"]), datetime.now(UTC))
    listed = await console.get(path, role="admin")
    await world.space(room_mailbox=f"{fresh('room')}@example.org", connection=connection["id"])
    mapped = await console.text(path, role="admin")

    assert "Check the connection now: the check lists the rooms" in untried
    assert "Mend what is found below, and then check the connection now." in refused
    assert "The rooms of the tenant are known. Map spaces to them" in said(listed)
    assert 'href="/console/rooms/proposals"' in listed.text
    assert "What to do next" not in mapped


async def test_another_tenant_is_put_in_its_place_after_the_page_said_what_that_does(console: Console) -> None:
    world = console.world
    space = await world.mapped_space()
    connection = await read(world, {"id": space["mapping"]["connection"]})
    path = f"/connections/{connection['id']}/tenant"

    before = await console.text(path, role="admin")
    sent = tenant_of(connection, cloud="china", tenant_id=TENANT, client_id=CLIENT)
    answer = await console.post(path, sent, role="admin")

    assert f'<a href="/console/rooms?connection={connection["id"]}">1 room</a>. It concerns all of them.' in before
    assert "Each room is taken for another mailbox" in before
    assert "the credentials have to be its own" in before
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        f"/console/connections/{connection['id']}?named=now",
    )
    changed = {"cloud": "china", "tenant_id": TENANT, "client_id": CLIENT, "version": 2}
    assert await read(world, connection) == {**connection, **changed}
    assert [each["type"] for each in await world.outbox(space["id"])].count("space.mapped.v1") == 2


async def test_a_tenant_that_cannot_be_used_or_was_changed_meanwhile_comes_back(console: Console) -> None:
    world = console.world
    connection = await world.connection()
    path = f"/connections/{connection['id']}/tenant"

    unusable = await console.post(path, tenant_of(connection, tenant_id="no tenant", client_id=SECRET), role="admin")
    await console.post(path, tenant_of(connection, tenant_id="first.example"), role="admin")
    late = await console.post(path, tenant_of(connection, tenant_id="second.example"), role="admin")

    assert unusable.status_code == 422
    assert "Tenant cannot be used" in said(unusable)
    assert 'value="no tenant"' in unusable.text
    assert SECRET not in unusable.text
    assert late.status_code == 412
    assert "<dd>first.example</dd>" in late.text
    assert 'value="second.example"' in late.text
    assert 'name="version" value="2"' in late.text
    assert (await read(world, connection))["tenant_id"] == "first.example"


async def test_a_connection_is_deleted_after_the_page_said_what_that_does(console: Console) -> None:
    world = console.world
    connection = await world.connection()
    path = f"/connections/{connection['id']}/delete"

    before = await console.text(path, role="admin")
    answer = await console.post(path, {"version": "1"}, role="admin")

    assert "The words that were set for its answers are deleted." in before
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/connections")
    assert connection["name"] not in await names(world)


async def test_a_connection_that_is_needed_is_kept_and_the_page_says_by_what(console: Console) -> None:
    world = console.world
    space = await world.mapped_space()
    connection = await read(world, {"id": space["mapping"]["connection"]})
    path = f"/connections/{connection['id']}/delete"
    await world.reservation(space["id"], 10, 11)

    before = await console.text(path, role="admin")
    mapped = await console.post(path, {"version": "1"}, role="admin")
    await world.call("PATCH", f"/v1/spaces/{space['id']}", {"room_mailbox": None})
    leaving = await console.post(path, {"version": "1"}, role="admin")
    stale = await console.post(path, {"version": "7"}, role="admin")

    assert f'<a href="/console/rooms?connection={connection["id"]}">1 room</a>. Unmap each' in before
    assert "Delete this connection" not in before
    assert (mapped.status_code, leaving.status_code, stale.status_code) == (409, 409, 412)
    assert f"{space['name']} ({space['id']}) among them. Unmap them" in said(mapped)
    assert "Delete it when they are out, which takes a few minutes." in said(leaving)
    assert connection["name"] in await names(world)


async def test_only_administrators_connect_change_and_disconnect_and_only_by_a_form_of_the_page(
    console: Console,
) -> None:
    world = console.world
    connection = await world.connection()
    path = f"/connections/{connection['id']}"
    before = await world.everything()

    refused = [await console.get(each, role="approver") for each in ("/connections/new", f"{path}/tenant")]
    refused += [await console.get(f"{path}/{each}", role="viewer") for each in ("credentials", "delete")]
    sent = {"/connections": wanted(), f"{path}/tenant": tenant_of(connection), f"{path}/delete": {"version": "1"}}
    sent[f"{path}/credentials"] = {"credential": "other", "version": "1"}
    for role in ("viewer", "approver", "service"):
        refused += [await console.post(each, fields, role=role) for each, fields in sent.items()]
    forged = [
        await console.post(each, {**fields, "csrf_token": "forged"}, role="admin") for each, fields in sent.items()
    ]

    assert all(each.status_code == 403 and "needs the app role admin" in said(each) for each in refused)
    assert all(each.status_code == 403 and "nothing was changed" in said(each) for each in forged)
    assert "/connections/new" not in (await console.get("/connections", role="viewer")).text
    shown = (await console.get(path, role="viewer")).text
    assert not any(f"{path}/{each}" in shown for each in ("tenant", "credentials", "delete"))
    everything = await world.everything()
    assert everything["connections"] == before["connections"]


async def test_what_is_written_is_text_and_an_unknown_connection_has_no_form(console: Console) -> None:
    connection = await console.world.connection(name=f"{HOSTILE} {fresh('x')}")

    for part in ("tenant", "credentials", "delete"):
        answer = await console.get(f"/connections/{connection['id']}/{part}", role="admin")
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text
        unknown = f"/connections/{unknown_id()}/{part}"
        fields = {**tenant_of({**connection, "version": 1}), "credential": "other"}
        assert (await console.get(unknown, role="admin")).status_code == 404
        assert (await console.post(unknown, fields, role="admin")).status_code == 404
    again = await console.post("/connections", wanted(name=HOSTILE, tenant_id=HOSTILE), role="admin")
    assert "<script>alert" not in again.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{7*7}}" in again.text
