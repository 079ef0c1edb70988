"""Every route answers in the shapes of Graph's public metadata, and every refusal in Graph's error format.

The routes are taken from the application itself: one that is added without a claim about it fails here.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from tests.contract.graphsim.graph import Graph, Json, assert_is, meeting
from tests.contract.graphsim.receiver import Receiver
from tests.contract.graphsim.subscribing import in_minutes, subscribed, wanted
from tests.graphsim import tls
from tests.graphsim.entra import keys
from tests.graphsim.entra.access import ROLES
from tests.graphsim.entra.applications import Credentials
from tests.graphsim.entra.tokens import Entra
from tests.graphsim.exchange import attendant
from tests.graphsim.exchange.world import World
from tests.graphsim.server import ServerOptions, Simulation, application
from tests.support.simulator import Simulator

WINDOW = "startDateTime=2027-03-01T00:00:00Z&endDateTime=2027-04-01T00:00:00Z"
WEEKLY = {
    "pattern": {"type": "weekly", "interval": 1, "daysOfWeek": ["monday"], "firstDayOfWeek": "sunday"},
    "range": {"type": "numbered", "startDate": "2027-03-01", "numberOfOccurrences": 3},
}
SCHEDULE = {
    "schedules": ["{room}", "nobody@example.org"],
    "startTime": {"dateTime": "2027-03-01T00:00:00", "timeZone": "UTC"},
    "endTime": {"dateTime": "2027-03-02T00:00:00", "timeZone": "UTC"},
    "availabilityViewInterval": 60,
}
OWN_COPY = {"mailbox": "{user}", "event": "{organized}"}
SERIES = {"event": "{series}"}


@dataclass(frozen=True)
class Claim:
    """What a route answers: one of `kind`, or a collection of `rows`, or one `value`, or nothing.

    `names` fill in its path.
    """

    method: str
    path: str
    status: int = 200
    kind: str | None = None
    rows: str | None = None
    value: str | None = None
    query: str = ""
    body: Any = None
    names: Json | None = None

    def covers(self, method: str, path: str) -> bool:
        return method == self.method and re.search(self.path + r"\Z", path) is not None


CALENDAR = r"users/{mailbox}(/calendar|/calendars/{calendar})?"
CLAIMS = [
    Claim("GET", "users", rows="user"),
    Claim("GET", "users/{user}", kind="user"),
    Claim("GET", "users/{mailbox}/mailboxSettings", kind="mailboxSettings"),
    Claim("GET", "users/{mailbox}/mailboxSettings/userPurpose", value="userPurpose"),
    Claim("GET", "users/{mailbox}/mailboxSettings/(timeZone|dateFormat|timeFormat)", value="text"),
    Claim("GET", "users/{mailbox}/calendars", rows="calendar"),
    Claim("GET", "users/{mailbox}(/calendar|/calendars/{calendar})", kind="calendar"),
    Claim("POST", "calendar/getSchedule", rows="scheduleInformation", body=SCHEDULE),
    Claim("GET", CALENDAR + "/calendarView", rows="event", query=WINDOW),
    Claim("GET", CALENDAR + r"/calendarView/(microsoft\.graph\.)?delta(\(\))?", rows="event", query=WINDOW),
    Claim("GET", CALENDAR + "/events", rows="event"),
    Claim("POST", CALENDAR + "/events", status=201, kind="event", body=meeting(recurrence=WEEKLY)),
    Claim("GET", CALENDAR + "/events/{event}", kind="event"),
    Claim("PATCH", CALENDAR + "/events/{event}", kind="event", body={"subject": "Other"}),
    Claim("DELETE", CALENDAR + "/events/{event}", status=204),
    Claim("GET", CALENDAR + "/events/{event}/instances", rows="event", query=WINDOW, names=SERIES),
    Claim("POST", CALENDAR + "/events/{event}/(accept|decline|tentativelyAccept)", status=202, body={}),
    Claim("POST", CALENDAR + "/events/{event}/cancel", status=202, body={"comment": "Off."}, names=OWN_COPY),
    Claim("GET", r"places/(microsoft\.)?graph\.room", rows="room"),
    Claim("GET", r"places/(microsoft\.)?graph\.room[Ll]ist", rows="roomList"),
    Claim("GET", r"places/{list}/(microsoft\.)?graph\.room[Ll]ist/rooms", rows="room"),
    Claim("GET", "places/{place}", kind="room"),
    Claim("GET", "subscriptions", rows="subscription"),
    Claim("POST", "subscriptions", status=201, kind="subscription", body="{wanted}"),
    Claim("GET", "subscriptions/{subscription}", kind="subscription"),
    Claim("PATCH", "subscriptions/{subscription}", kind="subscription", body="{renewal}"),
    Claim("DELETE", "subscriptions/{subscription}", status=204),
    Claim("POST", r"subscriptions/{subscription}/(microsoft\.graph\.)?reauthorize", status=204),
    Claim("POST", r"\$batch", body={"requests": [{"id": "1", "method": "GET", "url": "/users/{room}"}]}),
]


def served() -> list[tuple[str, str]]:
    """Every route under /v1.0 of the application: method, and path with names in braces."""
    with TemporaryDirectory() as scratch:
        key = keys.signing_key(Path(scratch) / "key.pem")
        certificate = keys.application_certificate(Path(scratch) / "app.pem", "roomsync")
        tls.server_context(Path(scratch), "127.0.0.1")
        entra = Entra("https://127.0.0.1", key, key, Credentials("secret", certificate))
        app = application(Simulation(World(attendant.receive), entra, ServerOptions(Path(scratch) / "ca.pem")))
    return sorted(
        (route.method, route.resource.canonical)
        for route in app.router.routes()
        if route.resource is not None and route.resource.canonical.startswith("/v1.0/") and route.method != "HEAD"
    )


ROUTES = served()


def claim_about(method: str, path: str) -> Claim:
    [claim] = [claim for claim in CLAIMS if claim.covers(method, path)]
    return claim


def filled(value: Any, names: Json) -> Any:
    """Put names in for `{name}`, at any depth."""
    if isinstance(value, str):
        whole = re.fullmatch(r"{(\w+)}", value)
        return names[whole[1]] if whole else re.sub(r"{(\w+)}", lambda match: str(names[match[1]]), value)
    if isinstance(value, dict):
        return {key: filled(each, names) for key, each in value.items()}
    return [filled(each, names) for each in value] if isinstance(value, list) else value


@pytest_asyncio.fixture
async def names(sim: Simulator, graph: Graph, outlook: Graph, receiver: Receiver) -> Json:
    """A world in which every route has something to show: what goes into paths and bodies, by name."""
    await sim.ask("PUT", "/options", {"mail_delay": [0, 0.001]})
    user, room = await sim.add_user("Ada"), await sim.add_room("Birch", building="North Tower")
    other = await sim.add_room("Cedar", building="North Tower")
    await sim.ask("PUT", "/access", {"scope": "all", "roles": [*ROLES, "User.ReadBasic.All"]})
    invited = await outlook.invite(user, room)
    body = meeting("Weekly", recurrence=WEEKLY, body={"contentType": "html", "content": "<p>Tea</p>"})
    series = await outlook.call("POST", f"/users/{room}/events", body, expect=201)
    [calendar] = (await graph.get(f"/users/{room}/calendars"))["value"]
    [listed] = (await graph.get("/places/microsoft.graph.roomlist"))["value"]
    return {
        "user": user,
        "room": room,
        "mailbox": room,
        "place": room,
        "calendar": calendar["id"],
        "event": (await graph.copy(room, invited))["id"],
        "organized": invited["id"],
        "series": series["id"],
        "list": listed["emailAddress"],
        "subscription": (await subscribed(graph, room, receiver))["id"],
        "wanted": wanted(other, receiver),
        "renewal": {"expirationDateTime": in_minutes(2000)},
    }


@pytest.mark.parametrize(("method", "path"), ROUTES, ids=lambda value: value.removeprefix("/v1.0"))
async def test_a_route_answers_in_the_shape_of_graphs_metadata(
    graph: Graph, names: Json, method: str, path: str
) -> None:
    claim = claim_about(method, path)
    here = {**names, **filled(claim.names or {}, names)}
    if "calendar" in path and claim.names is OWN_COPY:
        [own] = (await graph.get(f"/users/{here['mailbox']}/calendars"))["value"]
        here["calendar"] = own["id"]
    asked = filled(path.removeprefix("/v1.0"), here) + (f"?{claim.query}" if claim.query else "")
    own_id = str(uuid4())
    reply = await graph.send(method, asked, filled(claim.body, here), {"client-request-id": own_id})

    assert reply.status == claim.status, reply.body
    assert reply.headers["request-id"]
    assert reply.headers["client-request-id"] == own_id
    if claim.rows is not None:
        assert reply.body["value"]
        for row in reply.body["value"]:
            assert_is(claim.rows, row)
    elif claim.value == "text":
        assert isinstance(reply.body["value"], str)
    elif claim.value is not None:
        assert_is(claim.value, reply.body["value"])
    elif claim.kind is not None:
        assert_is(claim.kind, reply.body)
    elif not path.endswith("$batch"):
        assert reply.body is None
    if reply.body is not None and not path.endswith("$batch"):
        assert reply.body["@odata.context"].startswith(f"{graph.base_url}/$metadata#")


@pytest.mark.parametrize(("method", "path"), ROUTES, ids=lambda value: value.removeprefix("/v1.0"))
async def test_a_route_refuses_in_graphs_error_format(sim: Simulator, method: str, path: str) -> None:
    own_id = str(uuid4())
    nobody = Graph(sim.http, sim.base_url, None)
    asked = re.sub(r"{\w+}", "unknown", path.removeprefix("/v1.0"))
    reply = await nobody.send(method, asked, {} if method in {"POST", "PATCH"} else None, {"client-request-id": own_id})
    assert reply.status == 401
    error = reply.body["error"]
    assert set(error) == {"code", "message", "innerError"}
    assert error["innerError"]["client-request-id"] == own_id == reply.headers["client-request-id"]
    assert error["innerError"]["request-id"] == reply.headers["request-id"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", error["innerError"]["date"])
