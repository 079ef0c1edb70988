"""Overlays: Graph shows an event otherwise than it is stored, on every way to read it, and nothing else changes."""

from collections.abc import Mapping
from typing import Any

import orjson
import pytest
from yarl import URL

from deploy.driver.http import RequestRefused
from tests.contract.graphsim.graph import Graph, Json, meeting
from tests.support.simulator import Simulator

WINDOW = "startDateTime=2027-03-01T00:00:00Z&endDateTime=2027-04-01T00:00:00Z"
WEEKLY = {
    "pattern": {"type": "weekly", "interval": 1, "daysOfWeek": ["monday"], "firstDayOfWeek": "sunday"},
    "range": {"type": "numbered", "startDate": "2027-03-01", "numberOfOccurrences": 2},
}


async def overlaid(sim: Simulator, room: str, **how: object) -> None:
    await sim.ask("PUT", "/overlays", {"overlays": [{"mailbox": room, **how}]})


async def raw(graph: Graph, path: str, **headers: str) -> str:
    """What travels on the wire, as text."""
    sent = {"Authorization": f"Bearer {graph.token}", **headers}
    async with graph.http.get(URL(graph.base_url + path), headers=sent) as answer:
        assert answer.status == 200
        return await answer.text()


async def made(graph: Graph, room: str, subject: str = "Planning", **more: Any) -> Json:
    event: Json = await graph.call("POST", f"/users/{room}/events", meeting(subject, **more), expect=201)
    return event


def ways(room: str, event: Mapping[str, Any]) -> dict[str, str]:
    """Every way to read an event."""
    return {
        "one": f"/users/{room}/events/{event['id']}",
        "listing": f"/users/{room}/events",
        "uid": f"/users/{room}/events?$filter=iCalUId eq '{event['iCalUId']}'",
        "view": f"/users/{room}/calendarView?{WINDOW}",
        "delta": f"/users/{room}/calendarView/delta?{WINDOW}",
    }


async def read(graph: Graph, path: str) -> Json:
    body = await graph.get(path)
    [event] = body.get("value", [body])
    found: Json = event
    return found


async def test_every_way_to_read_an_event_shows_it_as_the_overlay_says(sim: Simulator, graph: Graph) -> None:
    room = await sim.add_room("Birch")
    event = await made(graph, room)
    plain = {way: await read(graph, path) for way, path in ways(room, event).items()}

    await overlaid(sim, room, subject="Plan", set={"iCalUId": None, "showAs": "free"}, drop=["organizer"])

    for way, path in ways(room, event).items():
        shown = await read(graph, path)
        expected = {**plain[way], "iCalUId": None, "showAs": "free"}
        del expected["organizer"]
        assert shown == expected, way
    batch = {"requests": [{"id": "1", "method": "GET", "url": ways(room, event)["one"]}]}
    [answer] = (await graph.call("POST", "/$batch", batch))["responses"]
    assert (answer["body"]["iCalUId"], "organizer" in answer["body"]) == (None, False)
    [stored] = (await sim.ask("GET", f"/mailboxes/{room}/events"))["events"]
    assert (stored["iCalUId"], stored["showAs"]) == (event["iCalUId"], "busy")


async def test_an_overlay_shows_in_the_answer_to_a_write(sim: Simulator, graph: Graph) -> None:
    room = await sim.add_room("Birch")
    await overlaid(sim, room, set={"subject": "Something else"})
    event = await made(graph, room)
    changed = await graph.call("PATCH", f"/users/{room}/events/{event['id']}", {"importance": "high"})
    assert (event["subject"], changed["subject"]) == ("Something else", "Something else")


async def test_only_events_of_that_mailbox_and_subject_are_overlaid(sim: Simulator, graph: Graph) -> None:
    birch, cedar = await sim.add_room("Birch"), await sim.add_room("Cedar")
    matching, other, elsewhere = (
        await made(graph, birch),
        await made(graph, birch, "My planning"),
        await made(graph, cedar),
    )
    await overlaid(sim, birch.upper(), subject="Planning", set={"subject": "Overlaid"})
    shown = {
        event["id"]: (await read(graph, f"/users/{room}/events/{event['id']}"))["subject"]
        for room, event in ((birch, matching), (birch, other), (cedar, elsewhere))
    }
    assert shown == {matching["id"]: "Overlaid", other["id"]: "My planning", elsewhere["id"]: "Planning"}


async def test_an_empty_list_ends_every_overlay_and_so_does_a_reset(sim: Simulator, graph: Graph) -> None:
    room = await sim.add_room("Birch")
    event = await made(graph, room)
    path = f"/users/{room}/events/{event['id']}"
    await overlaid(sim, room, set={"subject": "Overlaid"})
    assert (await read(graph, path))["subject"] == "Overlaid"
    assert (await sim.ask("PUT", "/overlays", {"overlays": []}))["overlays"] == []
    assert await read(graph, path) == event

    await overlaid(sim, room, set={"subject": "Overlaid"})
    await sim.reset()
    assert (await sim.ask("PUT", "/overlays", {}))["overlays"] == []


async def test_several_overlays_of_one_event_apply_in_their_order(sim: Simulator, graph: Graph) -> None:
    room = await sim.add_room("Birch")
    await sim.ask(
        "PUT",
        "/overlays",
        {
            "overlays": [
                {"mailbox": room, "set": {"subject": "First", "showAs": "oof"}},
                {"mailbox": room, "set": {"subject": "Second"}},
            ]
        },
    )
    event = await made(graph, room)
    assert (event["subject"], event["showAs"]) == ("Second", "oof")


async def test_raw_escapes_reach_the_wire_on_every_way(sim: Simulator, graph: Graph) -> None:
    room = await sim.add_room("Birch")
    event = await made(graph, room)
    await overlaid(sim, room, replace=[["Planning", "Pl\\u0000an \\ud83d"]])
    for path in ways(room, event).values():
        text = await raw(graph, path)
        assert '"subject":"Pl\\u0000an \\ud83d"' in text
        with pytest.raises(orjson.JSONDecodeError):
            orjson.loads(text)
    batch = {"requests": [{"id": "1", "method": "GET", "url": ways(room, event)["one"]}]}
    sent = {"Authorization": f"Bearer {graph.token}"}
    async with graph.http.post(graph.base_url + "/$batch", json=batch, headers=sent) as answer:
        assert '"subject":"Pl\\u0000an \\ud83d"' in await answer.text()


async def test_what_is_not_selected_or_expanded_is_not_shown(sim: Simulator, graph: Graph) -> None:
    room = await sim.add_room("Birch")
    event = await made(graph, room)
    mark = {"id": "String {66f5a359-4659-4830-9070-00047ec6ac6e} Name Reservation", "value": "r-1"}
    await overlaid(sim, room, set={"showAs": "free", "singleValueExtendedProperties": [mark]})
    path = f"/users/{room}/events/{event['id']}"

    selected = await read(graph, f"{path}?$select=subject")
    whole = await read(graph, path)
    name = mark["id"].replace("'", "''")
    expanded = await read(graph, f"{path}?$expand=singleValueExtendedProperties($filter=id eq '{name}')")

    assert {"showAs", "singleValueExtendedProperties"}.isdisjoint(selected)
    assert (whole["showAs"], "singleValueExtendedProperties" in whole) == ("free", False)
    assert expanded["singleValueExtendedProperties"] == [mark]


async def test_a_series_is_overlaid_on_its_master_and_its_occurrences(sim: Simulator, graph: Graph) -> None:
    room = await sim.add_room("Birch")
    master = await made(graph, room, recurrence=WEEKLY)
    await overlaid(sim, room, set={"originalStartTimeZone": "tzone://Microsoft/Custom"})
    occurrences = (await graph.get(f"/users/{room}/events/{master['id']}/instances?{WINDOW}"))["value"]
    rows = (await graph.get(f"/users/{room}/calendarView/delta?{WINDOW}"))["value"]
    assert [each["originalStartTimeZone"] for each in occurrences] == ["tzone://Microsoft/Custom"] * 2
    assert [each.get("originalStartTimeZone") for each in rows] == ["tzone://Microsoft/Custom", None, None]


@pytest.mark.parametrize(
    "body",
    [
        {"overlay": []},
        {"overlays": {}},
        {"overlays": [{"set": {}}]},
        {"overlays": [{"mailbox": "nobody@example.org"}]},
        {"overlays": [{"mailbox": "{room}", "colour": "red"}]},
        {"overlays": [{"mailbox": "{room}", "set": ["subject"]}]},
        {"overlays": [{"mailbox": "{room}", "drop": "subject"}]},
        {"overlays": [{"mailbox": "{room}", "replace": [["", "x"]]}]},
        {"overlays": [{"mailbox": "{room}", "replace": [["x"]]}]},
        {"overlays": [{"mailbox": "{room}", "set": {"subject": "Good"}}, {"mailbox": "{room}", "drop": 1}]},
    ],
    ids=str,
)
async def test_what_is_no_overlay_is_refused_with_a_sentence(sim: Simulator, graph: Graph, body: Json) -> None:
    room = await sim.add_room("Birch")
    event = await made(graph, room)
    filled = orjson.loads(orjson.dumps(body).replace(b"{room}", room.encode()))
    with pytest.raises(RequestRefused) as refused:
        await sim.ask("PUT", "/overlays", filled)
    assert refused.value.status == 400
    assert refused.value.body["error"]["message"].endswith(".")
    assert await read(graph, f"/users/{room}/events/{event['id']}") == event
