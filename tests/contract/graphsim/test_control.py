"""The control surface: whatever is said there has its effect or is refused, and a reset takes all of it back."""

import jwt
import pytest

from deploy.driver.http import RequestRefused
from tests.contract.graphsim.graph import Graph, Json, assert_is, eventually, meeting
from tests.contract.graphsim.microsoft import application_token
from tests.contract.graphsim.receiver import Receiver
from tests.contract.graphsim.subscribing import subscribed
from tests.support.simulator import Simulator

DAILY = {"pattern": {"type": "daily", "interval": 1}, "range": {"type": "noEnd", "startDate": "2027-03-01"}}
SERIES = meeting(recurrence=DAILY)
WINDOW = "startDateTime=2027-03-01T00:00:00Z&endDateTime=2027-04-01T00:00:00Z"


async def invited(outlook: Graph, sim: Simulator, **more: str) -> tuple[str, str, Json]:
    ada, birch = await sim.add_user("Ada"), await sim.add_room("Birch")
    return ada, birch, await outlook.invite(ada, birch, **more)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/mailboxes", {"address": "elm@example.org", "colour": "red"}),
        ("POST", "/mailboxes", {"display_name": "Elm"}),
        ("PATCH", "/mailboxes/{room}", {"processing": {"automate": "Sometimes"}}),
        ("PATCH", "/mailboxes/{room}", {"recreate_on_accept": {"delay": [1, 2]}}),
        ("PATCH", "/mailboxes/{room}", {"recreate_on_accept": {"delay_ms": [2, 1]}}),
        ("PATCH", "/mailboxes/{room}", {"recreate_on_accept": "late"}),
        ("PATCH", "/mailboxes/{room}", {"readable_after_ms": -1}),
        ("POST", "/mailboxes/{room}/external", {"organizer": {"address": "z@example.com"}, "event": {}, "colour": 1}),
        ("POST", "/mailboxes/{room}/events", {"event": {}, "count": 2, "every_minutes": 60}),
        ("POST", "/mailboxes/{room}/events", {"event": SERIES, "count": 2, "every_minutes": 60}),
        ("POST", "/tokens", {}),
        ("POST", "/tokens", {"app": "stranger"}),
        ("POST", "/tokens", {"app": "outlook", "roles": []}),
        ("POST", "/tokens", {"audience": "api", "roles": "admin"}),
        ("PUT", "/tokens", {"expires_in": "soon"}),
        ("PUT", "/tokens", {}),
        ("PUT", "/options", {"mail_delay": [2, 1]}),
        ("PUT", "/options", {"duplicate_transaction_status": 418}),
        ("PUT", "/faults", {"rules": "none"}),
        ("PUT", "/faults", {"rule": []}),
        ("PUT", "/delivery", {"delay_ms": "long"}),
        ("PUT", "/delivery", {"extra_updates": [3, 0]}),
        ("PUT", "/delivery", {"duplicate": 2}),
        ("PUT", "/delivery", {"patience": 1}),
        ("PUT", "/limits", {"concurrency": -1}),
        ("PUT", "/limits", {"latency": 20}),
        ("PUT", "/smtp", {"faults": [{"at": "helo", "code": 550}]}),
        ("PUT", "/smtp", {"faults": [{"at": "rcpt", "times": -1}]}),
        ("PUT", "/smtp", {"login": {"user": "ada"}}),
        ("PUT", "/smtp", {"drops": 1}),
        ("PUT", "/access", {"scope": "some"}),
        ("PUT", "/access", {"app": "stranger", "scope": "all"}),
        ("PUT", "/access", {"scope": "all", "after_s": "a while"}),
        ("POST", "/subscriptions/expire", {"room": "{room}"}),
        ("POST", "/lifecycle", {"event": "renewed"}),
        ("POST", "/lifecycle", {"event": "missed", "shape": "other"}),
        ("POST", "/noise", {"mailbox": "{room}"}),
        ("POST", "/noise", {"count": -1}),
        ("POST", "/delta/forget", {"room": "{room}"}),
        ("GET", "/mails?from=ada", None),
        ("GET", "/requests?after=now", None),
        ("GET", "/requests?since=now", None),
    ],
    ids=str,
)
async def test_what_cannot_be_is_refused_in_graphs_error_format(
    sim: Simulator, graph: Graph, method: str, path: str, body: object
) -> None:
    room = await sim.add_room("Birch")
    with pytest.raises(RequestRefused) as refused:
        await sim.ask(method, path.format(room=room), body)
    assert refused.value.status == 400
    assert isinstance(refused.value.body, dict)
    assert refused.value.body["error"]["message"]
    assert (await graph.send("GET", f"/users/{room}/events")).status == 200


async def test_a_reset_takes_everything_back(sim: Simulator, graph: Graph, outlook: Graph, receiver: Receiver) -> None:
    _, birch, _ = await invited(outlook, sim)
    await subscribed(graph, birch, receiver)
    await graph.get(f"/users/{birch}/calendarView/delta?{WINDOW}")
    first = {path: await sim.ask("PUT", path, {}) for path in ("/limits", "/delivery", "/options", "/access")}
    await sim.ask("PUT", "/limits", {"latency_ms": 1, "concurrency": 0})
    await sim.ask("PUT", "/delivery", {"delay_ms": [200, 200], "drop": 0.1})
    await sim.ask("PUT", "/options", {"mail_delay": [0.2, 0.2], "new_id_on_accept": True})
    await sim.ask("PUT", "/access", {"scope": "none"})
    await sim.ask("PUT", "/access", {"app": "outlook", "scope": "rooms"})
    await sim.ask("PUT", "/tokens", {"expires_in": 7})
    await outlook.call("POST", f"/users/{birch}/events", meeting("Under way"), expect=201)
    await sim.ask("PUT", "/faults", [{"effect": {"status": 500}}])

    await sim.reset()

    assert {path: await sim.ask("PUT", path, {}) for path in first} == first
    assert await sim.ask("GET", "/requests") == {"requests": [], "forgotten": 0, "high_water": {}}
    assert (await sim.ask("GET", "/mails"))["mails"] == []
    assert (await sim.ask("GET", "/subscriptions"))["subscriptions"] == []
    assert await sim.ask("POST", "/delta/forget", {}) == {"forgotten": 0}
    assert (await outlook.send("GET", f"/users/{birch}")).status == 404
    assert (await sim.ask("GET", "/quiet"))["quiet"]
    assert receiver.items() == []
    claims = jwt.decode(application_token(sim), options={"verify_signature": False})
    assert claims["exp"] - claims["nbf"] > 3000
    room = await sim.add_room("Cedar")
    assert (await graph.send("GET", f"/users/{room}/events")).status == 200


async def test_the_same_world_can_be_made_again(sim: Simulator, graph: Graph, receiver: Receiver) -> None:
    made = []
    for _ in range(2):
        await sim.reset()
        made.append(await sim.ask("POST", "/mailboxes", {"address": "oak@example.org", "kind": "room"}))
        await subscribed(graph, "oak@example.org", receiver)
    assert made[0] == made[1]


async def test_calls_can_be_asked_for_by_time_and_mailbox(sim: Simulator, graph: Graph) -> None:
    birch, cedar = await sim.add_room("Birch"), await sim.add_room("Cedar")
    await graph.get(f"/users/{birch}/events?$top=3")
    await graph.get(f"/users/{cedar.upper()}/events")
    await graph.send("GET", f"/users/{birch}/events/AAMkADnothing-here-at-all=")

    calls = (await sim.ask("GET", "/requests", mailbox=birch.title()))["requests"]

    assert [(each["method"], each["path"], each["status"]) for each in calls] == [
        ("GET", f"/v1.0/users/{birch}/events", 200),
        ("GET", f"/v1.0/users/{birch}/events/AAMkADnothing-here-at-all=", 404),
    ]
    assert {each["app"] for each in calls} == {"roomsync"}
    assert calls[0]["query"] == "$top=3"
    assert calls[0]["duration_ms"] >= 0
    later = (await sim.ask("GET", "/requests", since=calls[1]["time"]))["requests"]
    assert later == [calls[1]]
    assert (await sim.ask("GET", "/requests"))["high_water"] == {birch: 1, cedar: 1}


async def test_mails_tell_who_was_told_what(sim: Simulator, graph: Graph, outlook: Graph) -> None:
    ada, birch, event = await invited(outlook, sim, subject="Tea")
    copy = await graph.copy(birch, event)
    await graph.call("POST", f"/users/{birch}/events/{copy['id']}/decline", {"comment": "Full."}, expect=202)

    async def look() -> list[Json]:
        found: list[Json] = (await sim.ask("GET", "/mails", mailbox=ada.upper()))["mails"]
        return found

    [answer] = await eventually(look)
    [request] = (await sim.ask("GET", "/mails", mailbox=birch))["mails"]
    names = ("to", "from", "kind", "response", "subject", "comment")
    assert [request[name] for name in names] == [birch, ada, "request", None, "Tea", None]
    assert [answer[name] for name in names] == [ada, birch, "response", "declined", "Tea", "Full."]
    assert (await sim.ask("GET", "/mails", since=answer["at"]))["mails"] == [answer]


async def test_stored_events_show_deleted_copies_and_marks(sim: Simulator, graph: Graph) -> None:
    room = await sim.add_room("Birch")
    mark = {"id": "String {66f5a359-4659-4830-9070-00047ec6ac6e} Name Reservation", "value": "r-1"}
    body = meeting(singleValueExtendedProperties=[mark])
    event = await graph.call("POST", f"/users/{room}/events", body, expect=201)
    await graph.call("POST", f"/users/{room}/events", meeting("Kept"), expect=201)
    await graph.call("DELETE", f"/users/{room}/events/{event['id']}", expect=204)
    kept, gone = (await sim.ask("GET", f"/mailboxes/{room.upper()}/events"))["events"]
    assert (kept["subject"], kept["deleted"]) == ("Kept", False)
    assert (gone["id"], gone["deleted"], gone["extendedProperties"]) == (event["id"], True, {mark["id"]: "r-1"})


async def test_many_events_are_put_on_a_calendar_at_once(sim: Simulator, graph: Graph) -> None:
    ada, room = await sim.add_user("Ada"), await sim.add_room("Birch")
    own = {"event": meeting("Cleaning"), "count": 3, "every_minutes": 1440}
    accepted = {"event": meeting("Talk", hours=(14, 15)), "count": 2, "every_minutes": 120}

    await sim.ask("POST", f"/mailboxes/{room}/events", own)
    await sim.ask("POST", f"/mailboxes/{room}/events", {**accepted, "organizer": {"name": "Ada", "address": ada}})

    shown = (await graph.get(f"/users/{room}/calendarView?{WINDOW}"))["value"]
    for each in shown:
        assert_is("event", each)
    assert [
        (each["subject"], each["start"]["dateTime"][8:16], each["responseStatus"]["response"]) for each in shown
    ] == [
        ("Cleaning 0", "01T10:00", "organizer"),
        ("Talk 0", "01T14:00", "accepted"),
        ("Talk 1", "01T16:00", "accepted"),
        ("Cleaning 1", "02T10:00", "organizer"),
        ("Cleaning 2", "03T10:00", "organizer"),
    ]
    assert {each["organizer"]["emailAddress"]["address"] for each in shown} == {ada, room}
    assert (await sim.ask("GET", "/mails"))["mails"] == []


async def test_a_renamed_mailbox_keeps_its_subscription_and_a_new_one_does_not(
    sim: Simulator, graph: Graph, outlook: Graph, receiver: Receiver
) -> None:
    await sim.ask("PUT", "/delivery", {"extra_updates": 0})
    room = await sim.add_room("Birch")
    user_id = (await outlook.get(f"/users/{room}"))["id"]
    await subscribed(graph, room, receiver)
    renamed = await sim.ask("PATCH", f"/mailboxes/{room}", {"address": f"new.{room}"})
    assert (renamed["id"], renamed["address"]) == (user_id, f"new.{room}")
    await graph.call("POST", f"/users/new.{room}/events", meeting(), expect=201)
    [item] = await receiver.received()
    assert item["resource"].startswith(f"Users/{user_id}/Events/")

    await sim.ask("DELETE", f"/mailboxes/new.{room}")
    assert (await graph.send("GET", f"/users/{user_id}/events")).status == 404
    again = await sim.ask("POST", "/mailboxes", {"address": f"new.{room}", "kind": "room"})
    assert again["id"] != user_id
    assert (await graph.get(f"/users/new.{room}/events"))["value"] == []


async def test_each_application_has_a_grant_of_its_own(sim: Simulator, graph: Graph, outlook: Graph) -> None:
    ada, birch = await sim.add_user("Ada"), await sim.add_room("Birch")

    async def statuses() -> list[int]:
        return [
            (await each.send("GET", f"/users/{name}/events")).status
            for each in (graph, outlook)
            for name in (ada, birch)
        ]

    assert await statuses() == [403, 200, 200, 200]
    await sim.ask("PUT", "/access", {"app": "outlook", "scope": "rooms"})
    await sim.ask("PUT", "/access", {"app": "roomsync", "scope": "all"})
    assert await statuses() == [200, 200, 403, 200]


async def test_a_grant_may_take_a_while_to_come_into_force(sim: Simulator, graph: Graph) -> None:
    room = await sim.add_room("Birch")
    await sim.ask("PUT", "/access", {"scope": "none", "after_s": 0.3})
    assert (await graph.send("GET", f"/users/{room}/events")).status == 200

    async def look() -> bool:
        return (await graph.send("GET", f"/users/{room}/events")).status == 403

    await eventually(look)


async def test_a_token_names_the_roles_that_are_granted(sim: Simulator) -> None:
    await sim.ask("PUT", "/access", {"roles": ["Calendars.Read"]})
    token = (await sim.ask("POST", "/tokens", {"app": "roomsync", "expires_in": 60}))["access_token"]
    claims = jwt.decode(token, options={"verify_signature": False})
    assert (claims["roles"], claims["appid"]) == (["Calendars.Read"], sim.client_id)
