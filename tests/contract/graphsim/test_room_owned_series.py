"""Recurring events that our application keeps on a room's own calendar, over HTTP as Graph answers it."""

from datetime import date
from urllib.parse import quote
from uuid import uuid4

import pytest

from tests.contract.graphsim.graph import Graph, Json
from tests.support.simulator import Simulator

WINDOW = "startDateTime=2027-03-01T00:00:00Z&endDateTime=2027-06-01T00:00:00Z&$top=50"
PROPERTY = "String {00020329-0000-0000-c000-000000000046} Name RoomsyncReservation"
MONDAYS = [date(2027, 3, 1), date(2027, 3, 8), date(2027, 3, 15), date(2027, 3, 22), date(2027, 3, 29)]


def mondays(until: date = MONDAYS[-1]) -> Json:
    return {
        "pattern": {"type": "weekly", "interval": 1, "daysOfWeek": ["monday"]},
        "range": {
            "type": "endDate",
            "startDate": "2027-03-01",
            "endDate": until.isoformat(),
            "recurrenceTimeZone": "Europe/Berlin",
        },
    }


def at(hour: int, day: date = MONDAYS[0]) -> Json:
    times = {"start": f"{day}T{hour:02}:00:00", "end": f"{day}T{hour + 1:02}:00:00"}
    return {name: {"dateTime": time, "timeZone": "Europe/Berlin"} for name, time in times.items()}


async def held(sim: Simulator, graph: Graph) -> tuple[str, str, Json]:
    """A room with a recurring hold of its own: the room, what the hold is for, and the master."""
    birch, named = await sim.add_room("Birch"), str(uuid4())
    body = {
        **at(9),
        "subject": "Board",
        "recurrence": mondays(),
        "transactionId": str(uuid4()),
        "singleValueExtendedProperties": [{"id": PROPERTY, "value": named}],
    }
    master: Json = await graph.call("POST", f"/users/{birch}/events", body, expect=201)
    return birch, named, master


async def instances(graph: Graph, room: str, master: Json) -> list[Json]:
    found: list[Json] = (await graph.get(f"/users/{room}/events/{master['id']}/instances?{WINDOW}"))["value"]
    return sorted(found, key=lambda each: str(each["start"]["dateTime"]))


async def removed(graph: Graph, room: str, master: Json) -> list[str]:
    found = await graph.get(f"/users/{room}/events/{master['id']}?$select=id,cancelledOccurrences")
    return [each[-10:] for each in found["cancelledOccurrences"]]


async def with_exceptions(graph: Graph, room: str, master: Json) -> None:
    """Move the second date to 14:00 under a subject of its own, and take out the third."""
    _, second, third, *_ = await instances(graph, room, master)
    await graph.call("PATCH", f"/users/{room}/events/{second['id']}", {**at(14, MONDAYS[1]), "subject": "Guests"})
    await graph.call("DELETE", f"/users/{room}/events/{third['id']}", expect=204)


async def test_a_filter_by_its_property_finds_the_master_once_and_no_date(sim: Simulator, graph: Graph) -> None:
    """Source: https://learn.microsoft.com/graph/api/event-list (no occurrences)"""
    birch, named, master = await held(sim, graph)
    await with_exceptions(graph, birch, master)

    wanted = f"singleValueExtendedProperties/Any(ep: ep/id eq '{PROPERTY}' and ep/value eq '{named}')"
    expanded = quote(f"singleValueExtendedProperties($filter=id eq '{PROPERTY}')")
    found = (await graph.get(f"/users/{birch}/events?$filter={quote(wanted)}&$expand={expanded}"))["value"]

    assert [(each["id"], each["type"]) for each in found] == [(master["id"], "seriesMaster")]
    assert found[0]["singleValueExtendedProperties"] == [{"id": PROPERTY, "value": named}]
    assert (found[0]["transactionId"], found[0]["isOrganizer"]) == (master["transactionId"], True)


async def test_single_dates_are_changed_and_taken_out_without_any_mail(sim: Simulator, graph: Graph) -> None:
    """Source: https://learn.microsoft.com/graph/outlook-schedule-recurring-events"""
    birch, _, master = await held(sim, graph)
    await with_exceptions(graph, birch, master)

    dates = await instances(graph, birch, master)
    shown = [(each["type"], each["subject"], each["start"]["dateTime"][:13]) for each in dates]
    assert shown == [
        ("occurrence", "Board", "2027-03-01T08"),
        ("exception", "Guests", "2027-03-08T13"),
        ("occurrence", "Board", "2027-03-22T08"),
        ("occurrence", "Board", "2027-03-29T07"),
    ]
    assert await removed(graph, birch, master) == ["2027-03-15"]
    assert (await sim.ask("GET", "/mails"))["mails"] == []


async def test_a_new_subject_keeps_what_single_dates_have(sim: Simulator, graph: Graph) -> None:
    birch, _, master = await held(sim, graph)
    await with_exceptions(graph, birch, master)

    await graph.call("PATCH", f"/users/{birch}/events/{master['id']}", {"subject": "Council"})

    shown = [each["subject"] for each in await instances(graph, birch, master)]
    assert shown == ["Council", "Guests", "Council", "Council"]
    assert await removed(graph, birch, master) == ["2027-03-15"]


@pytest.mark.parametrize("keeps", [False, True])
async def test_a_new_end_drops_what_single_dates_have_or_keeps_all_of_it(
    sim: Simulator, graph: Graph, *, keeps: bool
) -> None:
    """Kept exceptions were seen in the wild: a new end brought no date back.

    Source: https://github.com/OfficeDev/ews-managed-api/issues/235
    """
    birch, _, master = await held(sim, graph)
    await with_exceptions(graph, birch, master)
    await sim.ask("PUT", "/options", {"range_change_keeps_exceptions": keeps})

    later = mondays(date(2027, 4, 12))
    await graph.call("PATCH", f"/users/{birch}/events/{master['id']}", {"recurrence": later})

    shown = [each["subject"] for each in await instances(graph, birch, master)]
    assert shown == (["Board", "Guests", *["Board"] * 4] if keeps else ["Board"] * 7)
    assert await removed(graph, birch, master) == (["2027-03-15"] if keeps else [])


@pytest.mark.parametrize("change", [at(11), {"recurrence": mondays() | {"pattern": {"type": "daily", "interval": 7}}}])
async def test_a_new_time_or_pattern_drops_what_single_dates_had(sim: Simulator, graph: Graph, change: Json) -> None:
    """Source: https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxocal/ (section 3.1.4.7.3.5)"""
    birch, _, master = await held(sim, graph)
    await with_exceptions(graph, birch, master)
    before = {each["id"] for each in await instances(graph, birch, master)}

    await graph.call("PATCH", f"/users/{birch}/events/{master['id']}", change)

    shown = await instances(graph, birch, master)
    assert {each["subject"] for each in shown} == {"Board"}
    assert len(shown) == len(MONDAYS)
    assert before.isdisjoint(each["id"] for each in shown)
    assert await removed(graph, birch, master) == []


async def test_a_transaction_id_stays_used_after_its_series_was_deleted(sim: Simulator, graph: Graph) -> None:
    """Source: https://learn.microsoft.com/graph/api/resources/event#properties (transactionId)"""
    birch, _, master = await held(sim, graph)
    await graph.call("DELETE", f"/users/{birch}/events/{master['id']}", expect=204)

    again = {**at(9), "subject": "Board", "recurrence": mondays(), "transactionId": master["transactionId"]}
    await graph.call("POST", f"/users/{birch}/events", again, expect=409)
