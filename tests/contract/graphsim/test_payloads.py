"""Events as people report of them: the simulator can put each on the wire, and most of them fit Graph's metadata."""

import pytest

from deploy.driver.http import RequestRefused
from tests.contract.graphsim.graph import Graph, Json, assert_is, attendee, meeting
from tests.contract.graphsim.receiver import Receiver
from tests.contract.graphsim.subscribing import subscribed
from tests.support.simulator import Simulator

MARK = {"id": "String {66f5a359-4659-4830-9070-00047ec6ac6e} Name Reservation", "value": "r-1"}
WINDOW = "startDateTime=2027-03-01T00:00:00Z&endDateTime=2027-04-01T00:00:00Z"
X500 = "/o=ExchangeLabs/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients/cn=7f-bob"


def guest(address: str) -> Json:
    status = {"response": "none", "time": "0001-01-01T00:00:00Z"}
    return {"type": "required", "status": status, "emailAddress": {"name": "Bob", "address": address}}


def utc(text: str) -> Json:
    return {"dateTime": f"{text}.0000000", "timeZone": "UTC"}


@pytest.mark.parametrize(
    "shown",
    [
        {"attendees": [guest("bob@example.org"), guest(X500)]},
        {"iCalUId": None},
        {"iCalUId": ""},
        {"originalStartTimeZone": "tzone://Microsoft/Custom", "originalEndTimeZone": "tzone://Microsoft/Custom"},
        {"originalStartTimeZone": "(UTC-05:00) Eastern Time (US & Canada)", "isAllDay": True},
        {"start": utc("2027-03-01T11:00:00"), "end": utc("2027-03-01T10:00:00")},
        {"type": "exception", "seriesMasterId": "AAMkADnowhere-to-be-found=", "originalStart": "2027-03-01T10:00:00Z"},
        {"subject": None, "body": None, "location": None, "organizer": None},
    ],
    ids=lambda shown: next(iter(shown)),
)
async def test_an_event_of_that_kind_is_on_the_wire_on_every_way_to_read_it(
    sim: Simulator, graph: Graph, outlook: Graph, shown: Json
) -> None:
    ada, birch = await sim.add_user("Ada"), await sim.add_room("Birch")
    copy = await graph.copy(birch, await outlook.invite(ada, birch))
    async with sim.overlays({"mailbox": birch, "subject": "Planning", "set": shown}):
        for path in (
            f"/events/{copy['id']}",
            "/events",
            f"/events?$filter=iCalUId eq '{copy['iCalUId']}'",
            f"/calendarView?{WINDOW}",
            f"/calendarView/delta?{WINDOW}",
        ):
            body = await graph.get(f"/users/{birch}{path}")
            [event] = body.get("value", [body])
            assert {name: event[name] for name in shown} == shown
            assert_is("event", event)


async def test_two_events_of_one_calendar_show_one_ical_uid(sim: Simulator, graph: Graph) -> None:
    room = await sim.add_room("Birch")
    first, second = [
        await graph.call("POST", f"/users/{room}/events", meeting(name), expect=201) for name in ("One", "Two")
    ]
    async with sim.overlays({"mailbox": room, "subject": "Two", "set": {"iCalUId": first["iCalUId"]}}):
        listed = (await graph.get(f"/users/{room}/events"))["value"]
        assert {each["id"] for each in listed} == {first["id"], second["id"]}
        assert {each["iCalUId"] for each in listed} == {first["iCalUId"]}


@pytest.mark.parametrize(
    ("said", "ical_uid", "properties"),
    [
        ({}, "{same}", []),
        ({"properties": True}, "{same}", [MARK]),
        ({"ical_uid": ""}, "", []),
        ({"ical_uid": "x"}, "x", []),
    ],
)
async def test_an_event_can_be_copied_by_hand(
    sim: Simulator, graph: Graph, outlook: Graph, receiver: Receiver, said: Json, ical_uid: str, properties: list[Json]
) -> None:
    ada, birch = await sim.add_user("Ada"), await sim.add_room("Birch")
    body = meeting(attendees=[attendee(birch)], singleValueExtendedProperties=[MARK])
    original = await graph.copy(birch, await outlook.call("POST", f"/users/{ada}/events", body, expect=201))
    await subscribed(graph, birch, receiver)

    made = await sim.ask("POST", f"/mailboxes/{birch}/copies", {"event": original["id"], **said})

    expand = f"$expand=singleValueExtendedProperties($filter=id eq '{MARK['id']}')"
    copy = await graph.get(f"/users/{birch}/events/{made['id']}?{expand}")
    assert copy["iCalUId"] == ical_uid.format(same=original["iCalUId"])
    assert copy.get("singleValueExtendedProperties", []) == properties
    assert (copy["subject"], copy["start"], copy["isOrganizer"]) == (original["subject"], original["start"], True)
    assert copy["organizer"]["emailAddress"]["address"] == birch
    assert (copy["attendees"], copy["responseStatus"]["response"]) == ([], "organizer")
    found = (await graph.get(f"/users/{birch}/events?$filter=iCalUId eq '{original['iCalUId']}'"))["value"]
    assert {each["id"] for each in found} == ({original["id"], made["id"]} if "same" in ical_uid else {original["id"]})
    [news] = await receiver.received(1, "created")
    assert news["resourceData"]["id"] == made["id"]
    assert (await sim.ask("GET", "/mails", mailbox=birch))["mails"][1:] == []


@pytest.mark.parametrize("body", [{}, {"event": "AAMkADnowhere-to-be-found="}, {"event": "{id}", "colour": 1}], ids=str)
async def test_what_cannot_be_copied_is_refused(sim: Simulator, graph: Graph, body: Json) -> None:
    room = await sim.add_room("Birch")
    event = await graph.call("POST", f"/users/{room}/events", meeting(), expect=201)
    filled = {name: event["id"] if value == "{id}" else value for name, value in body.items()}
    with pytest.raises(RequestRefused):
        await sim.ask("POST", f"/mailboxes/{room}/copies", filled)
    assert len((await graph.get(f"/users/{room}/events"))["value"]) == 1
