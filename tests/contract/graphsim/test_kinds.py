"""What a mailbox is for: Graph tells it in its settings and in the directory of rooms, and Exchange acts on it."""

import pytest

from deploy.driver.http import RequestRefused
from tests.contract.graphsim.graph import Graph, assert_is, eventually
from tests.support.simulator import Simulator

KINDS = ["user", "room", "equipment", "shared", "linked", "others"]


async def add(sim: Simulator, kind: str) -> str:
    address = f"{kind}@example.org"
    made = await sim.add_mailbox(address, kind=kind)
    assert made["kind"] == kind
    return address


@pytest.mark.parametrize("kind", KINDS)
async def test_the_settings_of_a_mailbox_tell_its_purpose(sim: Simulator, outlook: Graph, kind: str) -> None:
    address = await add(sim, kind)
    whole = await outlook.get(f"/users/{address}/mailboxSettings")
    alone = await outlook.get(f"/users/{address}/mailboxSettings/userPurpose")
    selected = await outlook.get(f"/users/{address}/mailboxSettings?$select=userPurpose")
    assert_is("mailboxSettings", whole)
    assert whole["userPurpose"] == alone["value"] == selected["userPurpose"] == kind
    assert set(selected) == {"@odata.context", "userPurpose"}
    assert alone["@odata.context"].endswith("/mailboxSettings/userPurpose")


async def test_only_rooms_are_places(sim: Simulator, graph: Graph) -> None:
    addresses = {kind: await add(sim, kind) for kind in KINDS}
    rooms = (await graph.get("/places/microsoft.graph.room"))["value"]
    assert [each["emailAddress"] for each in rooms] == [addresses["room"]]
    found = {kind: (await graph.send("GET", f"/places/{address}")).status for kind, address in addresses.items()}
    assert found == {kind: 200 if kind == "room" else 404 for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS)
async def test_only_resources_answer_by_themselves(sim: Simulator, outlook: Graph, kind: str) -> None:
    ada, address = await sim.add_user("Ada"), await add(sim, kind)
    await sim.ask("PUT", "/options", {"mail_delay": [0, 0.01], "attendant_delay": [0, 0.01]})
    event = await outlook.invite(ada, address)
    await outlook.copy(address, event)

    async def quiet() -> bool:
        return bool((await sim.ask("GET", "/quiet"))["quiet"])

    await eventually(quiet)
    [row] = (await outlook.get(f"/users/{ada}/events/{event['id']}"))["attendees"]
    assert row["status"]["response"] == ("accepted" if kind in {"room", "equipment"} else "none")


async def test_reach_by_scope_is_for_rooms_only(sim: Simulator, graph: Graph) -> None:
    reached = {kind: (await graph.send("GET", f"/users/{await add(sim, kind)}/events")).status for kind in KINDS}
    assert reached == {kind: 200 if kind == "room" else 403 for kind in KINDS}


async def test_a_kind_that_nobody_knows_is_refused(sim: Simulator) -> None:
    with pytest.raises(RequestRefused) as refused:
        await sim.add_mailbox("x@example.org", kind="unknownFutureValue")
    assert refused.value.status == 400
