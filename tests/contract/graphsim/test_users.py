"""A mailbox goes by its object id and its user principal name; its address is for mail, and may be another."""

from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from deploy.driver.http import RequestRefused
from tests.contract.graphsim.graph import Graph, Json, assert_is, meeting
from tests.contract.graphsim.receiver import Receiver
from tests.contract.graphsim.subscribing import subscribed, wanted
from tests.support.simulator import Simulator


async def add(sim: Simulator, kind: str = "room", **more: Any) -> Json:
    """Add a mailbox whose UPN is not its address."""
    tag = uuid4().hex[:8]
    body = {"address": f"birch.{tag}@example.org", "user_principal_name": f"room-17.{tag}@corp.example.org", **more}
    made: Json = await sim.ask("POST", "/mailboxes", {"display_name": "Birch", "kind": kind, **body})
    return made


@pytest_asyncio.fixture
async def room(sim: Simulator) -> Json:
    return await add(sim)


async def test_graph_finds_a_mailbox_by_object_id_and_upn_and_not_by_another_address(graph: Graph, room: Json) -> None:
    for name in (room["id"], room["user_principal_name"], room["user_principal_name"].upper()):
        assert (await graph.send("GET", f"/users/{name}/calendar")).status == 200
    by_address = await graph.send("GET", f"/users/{room['address']}/calendar")
    assert (by_address.status, by_address.code) == (404, "ErrorInvalidUser")


async def test_a_mailbox_may_be_found_by_its_address_all_the_same(sim: Simulator, graph: Graph, room: Json) -> None:
    changed = await sim.ask("PATCH", f"/mailboxes/{room['address']}", {"address_resolves": True})
    assert (changed["id"], changed["user_principal_name"]) == (room["id"], room["user_principal_name"])
    for name in (room["id"], room["user_principal_name"], room["address"]):
        assert (await graph.send("GET", f"/users/{name}/calendar")).status == 200


async def test_a_upn_that_is_not_given_is_the_address_and_follows_it(sim: Simulator, graph: Graph) -> None:
    address = await sim.add_room("Birch")
    renamed = await sim.ask("PATCH", f"/mailboxes/{address}", {"address": f"new.{address}"})
    assert renamed["user_principal_name"] == f"new.{address}"
    assert (await graph.send("GET", f"/users/new.{address}/calendar")).status == 200
    assert (await graph.send("GET", f"/users/{address}/calendar")).status == 404


async def test_mail_goes_to_the_address(sim: Simulator, outlook: Graph, room: Json) -> None:
    ada = await sim.add_user("Ada")
    event = await outlook.invite(ada, room["address"])
    copy = await outlook.copy(room["id"], event)
    assert [each["emailAddress"]["address"] for each in copy["attendees"]] == [room["address"]]
    [stored] = (await sim.ask("GET", f"/mailboxes/{room['address']}/events"))["events"]
    assert stored["id"] == copy["id"]
    own = await outlook.call("POST", f"/users/{room['id']}/events", meeting(), expect=201)
    assert own["organizer"]["emailAddress"]["address"] == room["address"]


async def test_a_subscription_and_its_notifications_name_the_mailbox_by_object_id(
    sim: Simulator, graph: Graph, receiver: Receiver, room: Json
) -> None:
    await subscribed(graph, room["user_principal_name"], receiver)
    await graph.call("POST", f"/users/{room['id']}/events", meeting(), expect=201)
    items = await receiver.received()
    assert {each["resource"].rpartition("/Events/")[0] for each in items} == {f"Users/{room['id']}"}
    by_address = await graph.send("POST", "/subscriptions", wanted(room["address"], receiver))
    assert (by_address.status, by_address.code) == (404, "ExtensionError")


async def test_calls_and_faults_go_by_the_address_however_a_call_names_the_mailbox(
    sim: Simulator, graph: Graph, room: Json
) -> None:
    async with sim.faults({"match": {"mailbox": room["address"]}, "effect": {"status": 503}}):
        for name in (room["id"], room["user_principal_name"]):
            assert (await graph.send("GET", f"/users/{name}/events")).status == 503
    calls = (await sim.ask("GET", "/requests", mailbox=room["address"]))["requests"]
    assert [each["status"] for each in calls] == [503, 503]


async def test_the_directory_tells_the_names_of_a_user(outlook: Graph, room: Json) -> None:
    for name in (room["id"], room["user_principal_name"]):
        user = await outlook.get(f"/users/{name}")
        assert_is("user", user)
        assert (user["id"], user["mail"]) == (room["id"], room["address"])
        assert user["userPrincipalName"] == room["user_principal_name"]
    selected = await outlook.get(f"/users/{room['id']}?$select=id,proxyAddresses")
    assert selected["proxyAddresses"] == [f"SMTP:{room['address']}"]
    assert set(selected) == {"@odata.context", "id", "proxyAddresses"}
    unknown = await outlook.send("GET", f"/users/{room['address']}")
    assert (unknown.status, unknown.code) == (404, "Request_ResourceNotFound")


@pytest.mark.parametrize(
    "filtered",
    [
        "mail eq '{address}'",
        "userPrincipalName eq '{user_principal_name}'",
        "id eq '{id}'",
        "proxyAddresses/any(x:x eq 'smtp:{address}')",
    ],
)
async def test_the_directory_finds_a_user_by_filter(sim: Simulator, outlook: Graph, room: Json, filtered: str) -> None:
    await sim.add_room("Cedar")
    [found] = (await outlook.get(f"/users?$filter={filtered.format(**room)}"))["value"]
    assert_is("user", found)
    assert found["id"] == room["id"]
    assert (await outlook.get("/users?$filter=mail eq 'nobody@example.org'"))["value"] == []


async def test_the_directory_lists_users_in_pages(sim: Simulator, outlook: Graph) -> None:
    made = [await sim.add_user(name) for name in ("Ada", "Bob", "Eve")]
    page = await outlook.get("/users?$top=2&$select=mail")
    rest = await outlook.get(page["@odata.nextLink"])
    assert [each["mail"] for each in page["value"] + rest["value"]] == made
    assert "@odata.nextLink" not in rest
    for query in ("$filter=mail ne 'a'", "$filter=capacity eq '8'", "$top=0", "$top=some"):
        assert (await outlook.send("GET", f"/users?{query}")).status == 400


async def test_reading_the_directory_needs_a_role_of_its_own_and_no_scope(sim: Simulator, graph: Graph) -> None:
    ada = await sim.add_user("Ada")
    for path in ("/users", f"/users/{ada}"):
        denied = await graph.send("GET", path)
        assert (denied.status, denied.code) == (403, "Authorization_RequestDenied")
    await sim.ask("PUT", "/access", {"roles": ["Calendars.ReadWrite", "User.ReadBasic.All"]})
    for path in ("/users", f"/users/{ada}"):
        assert (await graph.send("GET", path)).status == 200
    assert (await graph.send("GET", f"/users/{ada}/calendar")).status == 403


@pytest.mark.parametrize("field", ["address", "user_principal_name"])
@pytest.mark.parametrize("name", ["address", "user_principal_name"])
async def test_no_two_mailboxes_have_a_name_in_common(sim: Simulator, room: Json, field: str, name: str) -> None:
    other = {"address": f"cedar.{uuid4().hex}@example.org", "kind": "room"}
    if (field, name) != ("address", "address"):
        with pytest.raises(RequestRefused) as refused:
            await sim.ask("POST", "/mailboxes", {**other, field: room[name].upper()})
        assert refused.value.status == 400
    await sim.ask("POST", "/mailboxes", other)
    with pytest.raises(RequestRefused) as refused:
        await sim.ask("PATCH", f"/mailboxes/{other['address']}", {field: room[name]})
    assert refused.value.status == 400
    for still in (room["id"], room["user_principal_name"]):
        assert (await sim.ask("GET", f"/mailboxes/{still}/events"))["events"] == []
