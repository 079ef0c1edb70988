"""Calls of the bulk lane that are made together end as they would alone, in fewer requests."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from uuid import UUID, uuid5

import pytest
import pytest_asyncio

from libs.graph import bodies
from libs.graph.client import GraphClient
from libs.graph.clients import ProcessLimits, open_clients
from libs.graph.errors import (
    ConnectionLost,
    DuplicateTransaction,
    GraphError,
    NotFound,
    PreconditionFailed,
    Unavailable,
)
from libs.graph.limiter import bulk
from libs.graph.types import Event
from tests.contract.graph.tenant import END, MORNING, START, settings_for, tenancy
from tests.contract.graphsim.graph import Graph, Json
from tests.support.simulator import Simulator

DAY = timedelta(days=1)
SPACE = UUID("00000000-0000-4000-8000-0000000000aa")
AWAY = r"\$batch$"

Ask = Callable[[], Awaitable[object]]


@pytest_asyncio.fixture
async def client(sim: Simulator, secrets_dir: Path) -> AsyncIterator[GraphClient]:
    """One process among four: one request at a time for each mailbox."""
    async with open_clients(settings_for(sim, secrets_dir), ProcessLimits(0.5)) as clients:
        yield clients.of(tenancy(sim))


def hold(number: int, **more: object) -> Json:
    """Build the body of the hold with this number, which is the same each time."""
    reservation, transaction = (uuid5(SPACE, f"{kind} {number}") for kind in ("reservation", "transaction"))
    return bodies.new_hold(START, END, f"Hold {number}", reservation_id=reservation, transaction_id=transaction) | more


async def in_bulk(asks: Sequence[Ask]) -> list[object]:
    """Make calls in the bulk lane, all of them waiting at once, in this order."""
    with bulk():
        return await asyncio.gather(*(ask() for ask in asks), return_exceptions=True)


async def requests(sim: Simulator, mailbox: str) -> list[Json]:
    """The HTTP requests that brought the calls of a mailbox: those made alone, and one for each batch."""
    calls = await sim.requests(mailbox)
    return [*{call["batch"]: call for call in calls if call["batch"]}.values()] + [
        call for call in calls if not call["batch"]
    ]


@dataclass
class Calendar:
    """A room with three holds, and what may be asked of it."""

    client: GraphClient
    room: str
    holds: list[Event]

    @classmethod
    async def open(cls, sim: Simulator, client: GraphClient) -> "Calendar":
        room = await sim.add_room("Birch")
        made = [await client.create_event(room, hold(number)) for number in range(3)]
        return cls(client, room, [await client.event(room, each.event_id) for each in made])

    def ask(self, chance: Random) -> Ask:
        """Choose one call of any kind, that may succeed or fail."""
        client, room, held = self.client, self.room, chance.choice(self.holds)
        new, until = chance.randrange(2, 9), END + timedelta(hours=chance.randrange(1, 9))
        body = bodies.hold(START, until, f"Changed {new}")
        etag = chance.choice([None, held.etag, 'W/"b2xk"'])
        return chance.choice(
            [
                lambda: client.event(room, held.event_id),
                lambda: client.event(room, "AAMkADnothing-here-at-all="),
                lambda: client.find_events(room, held.ical_uid),
                lambda: client.find_events(room, "nobody's"),
                lambda: client.find_holds(room, uuid5(SPACE, f"reservation {new}")),
                lambda: client.create_event(room, hold(new)),
                lambda: client.create_event(room, hold(new, start={"dateTime": "never", "timeZone": "UTC"})),
                lambda: client.update_event(room, held.event_id, body, if_match=etag),
                lambda: client.delete_event(room, held.event_id),
                lambda: client.respond(room, held.event_id, "accept", comment=None, sends_response=False),
                lambda: client.respond(room, "AAMkADnothing-here-at-all=", "decline", comment="No."),
            ]
        )

    async def shown(self) -> list[str]:
        return sorted(map(repr, map(told, await self.client.calendar_view(self.room, MORNING, MORNING + DAY))))


def told(outcome: object) -> object:
    """What a caller learns, without what differs between two mailboxes."""
    match outcome:
        case Event():
            return outcome.subject, outcome.start, outcome.end, outcome.shows_as, outcome.reservation_id
        case list():
            return [told(each) for each in outcome]
        case GraphError():
            return type(outcome).__name__, outcome.status, outcome.code
        case _:
            return outcome


@pytest.mark.parametrize("seed", range(8))
async def test_whatever_is_asked_ends_as_it_would_alone(sim: Simulator, client: GraphClient, seed: int) -> None:
    alone, together = await Calendar.open(sim, client), await Calendar.open(sim, client)
    chance, same_chance = Random(seed), Random(seed)

    expected: list[object] = []
    for _ in range(40):
        expected += await asyncio.gather(alone.ask(chance)(), return_exceptions=True)
    found = await in_bulk([together.ask(same_chance) for _ in range(40)])

    assert [told(each) for each in found] == [told(each) for each in expected]
    assert await together.shown() == await alone.shown()
    assert any(call["batch"] for call in await sim.requests(together.room))
    assert not any(call["batch"] for call in await sim.requests(alone.room))


async def test_many_calls_are_few_requests(sim: Simulator, client: GraphClient) -> None:
    room = await sim.add_room("Birch")

    made = await in_bulk([partial(client.create_event, room, hold(number)) for number in range(101)])

    assert [each.subject for each in made if isinstance(each, Event)] == [f"Hold {number}" for number in range(101)]
    assert len(await requests(sim, room)) == 6
    assert (await sim.ask("GET", "/requests"))["high_water"][room] == 1


async def test_ids_are_the_ones_that_stay(sim: Simulator, client: GraphClient) -> None:
    """Each call of a batch asks for immutable ids by itself."""
    calendar = await Calendar.open(sim, client)

    found = await in_bulk([partial(calendar.client.event, calendar.room, held.event_id) for held in calendar.holds])

    assert [each.event_id for each in found if isinstance(each, Event)] == [each.event_id for each in calendar.holds]
    assert found == calendar.holds


async def test_a_call_that_waits_for_nobody_is_made_alone(sim: Simulator, client: GraphClient) -> None:
    room = await sim.add_room("Birch")
    for number in range(3):
        await in_bulk([partial(client.create_event, room, hold(number))])
    assert [call["batch"] for call in await sim.requests(room)] == [None] * 3


async def test_listings_and_the_live_lane_are_made_alone_and_people_are_served_first(
    sim: Simulator, client: GraphClient
) -> None:
    room = await sim.add_room("Birch")
    await sim.ask("PUT", "/limits", {"latency_ms": 10})

    async def people_ask() -> None:
        while len(await sim.requests(room)) < 2:  # noqa: ASYNC110 - looks at another process
            await asyncio.sleep(0.01)
        await asyncio.gather(*(client.find_events(room, "live") for _ in range(3)))

    asks: list[Ask] = [partial(client.find_events, room, f"bulk-{number}") for number in range(60)]
    asks.insert(30, lambda: client.calendar_view(room, MORNING, MORNING + DAY))
    await asyncio.gather(in_bulk(asks), people_ask())

    log = await sim.requests(room)
    live = [place for place, call in enumerate(log) if "live" in call["query"]]
    assert all(log[place]["batch"] is None for place in live)
    assert max(live) < 21 + 3 + 1
    assert [call["batch"] for call in log if call["path"].endswith("/calendarView")] == [None]


@pytest.mark.parametrize(
    ("effect", "error"), [({"status": 404}, NotFound), ({"status": 412}, PreconditionFailed)], ids=["404", "412"]
)
async def test_one_that_is_refused_in_the_middle_harms_no_other(
    sim: Simulator, client: GraphClient, effect: Json, error: type[GraphError]
) -> None:
    calendar = await Calendar.open(sim, client)
    middle = calendar.holds[1]
    body = bodies.hold(START, END, "Changed")
    asks: list[Ask] = [partial(client.create_event, calendar.room, hold(number)) for number in range(3, 13)]
    asks.insert(5, lambda: client.update_event(calendar.room, middle.event_id, body))

    async with sim.faults({"match": {"method": "PATCH", "mailbox": calendar.room}, "effect": effect}):
        found = await in_bulk(asks)

    assert isinstance(found.pop(5), error)
    assert all(isinstance(each, Event) for each in found)
    posts = [call["status"] for call in await sim.requests(calendar.room) if call["method"] == "POST"]
    assert posts == [201] * 13


async def test_a_429_in_the_middle_pauses_the_mailbox_and_nothing_is_made_twice(
    sim: Simulator, client: GraphClient
) -> None:
    room = await sim.add_room("Birch")
    first = await client.create_event(room, hold(0))
    asks: list[Ask] = [partial(client.create_event, room, hold(number)) for number in range(1, 11)]
    asks.insert(5, lambda: client.event(room, first.event_id))
    rule = {"match": {"method": "GET", "mailbox": room}, "effect": {"status": 429, "retry_after": 1}, "times": 1}

    async with sim.faults(rule):
        found = await in_bulk(asks)

    assert all(isinstance(each, Event) for each in found)
    log = await sim.requests(room)
    (refused,) = (place for place, call in enumerate(log) if call["status"] == 429)
    gap = datetime.fromisoformat(log[refused + 1]["time"]) - datetime.fromisoformat(log[refused]["time"])
    assert gap >= timedelta(seconds=1)
    assert [call["status"] for call in log if call["method"] == "POST"] == [201] * 11


async def copies(sim: Simulator, outlook: Graph, number: int) -> tuple[str, list[str]]:
    """Have a room be invited so often; the room, and the ids of its copies."""
    room, organizer = await sim.add_room("Birch"), await sim.add_user("Ada")
    made = [await outlook.invite(organizer, room, subject=f"Meeting {each}") for each in range(number)]
    return room, [(await outlook.copy(room, each))["id"] for each in made]


@pytest.mark.parametrize(
    ("effect", "error"),
    [
        ({"drop_after_commit": True}, ConnectionLost),
        ({"reset": True}, ConnectionLost),
        ({"status": 503, "retry_after": 0}, Unavailable),
        ({"status": 504}, Unavailable),
    ],
    ids=["answer lost", "never arrived", "unavailable", "timed out"],
)
async def test_answers_of_a_batch_that_breaks_off_are_never_sent_again_blindly(
    sim: Simulator, outlook: Graph, client: GraphClient, effect: Json, error: type[GraphError]
) -> None:
    room, ids = await copies(sim, outlook, 6)
    asks: list[Ask] = [partial(client.respond, room, ident, "accept", comment="Booked.") for ident in ids]

    async with sim.faults({"match": {"path": AWAY}, "effect": effect}):
        found = await in_bulk(asks)

    assert {type(each) for each in found} == {error}
    posts = [call for call in await sim.requests(room) if call["method"] == "POST" and call["app"] == "roomsync"]
    assert len(posts) == (6 if "drop_after_commit" in effect else 0)


@pytest.mark.parametrize(
    ("effect", "is_made_before"),
    [({"drop_after_commit": True}, True), ({"reset": True}, False), ({"status": 503, "retry_after": 0}, False)],
    ids=["answer lost", "never arrived", "unavailable"],
)
async def test_creates_of_a_batch_that_breaks_off_make_one_event_each(
    sim: Simulator, client: GraphClient, effect: Json, *, is_made_before: bool
) -> None:
    room = await sim.add_room("Birch")
    asks: list[Ask] = [partial(client.create_event, room, hold(number)) for number in range(12)]

    async with sim.faults({"match": {"path": AWAY}, "effect": effect, "times": 1}):
        found = await in_bulk(asks)

    assert {type(each) for each in found} == {DuplicateTransaction if is_made_before else Event}
    shown = await client.calendar_view(room, MORNING, MORNING + DAY)
    assert sorted(each.subject for each in shown) == sorted(f"Hold {number}" for number in range(12))


@pytest.mark.parametrize("status", [400, 403, 404, 405, 413])
async def test_where_batches_are_refused_calls_are_made_alone(sim: Simulator, client: GraphClient, status: int) -> None:
    room = await sim.add_room("Birch")
    async with sim.faults({"match": {"path": AWAY}, "effect": {"status": status}}):
        found = await in_bulk([partial(client.create_event, room, hold(number)) for number in range(8)])

    assert [each.subject for each in found if isinstance(each, Event)] == [f"Hold {number}" for number in range(8)]
    assert [call["batch"] for call in await sim.requests(room)] == [None] * 8


@pytest.mark.parametrize("path", [AWAY, "/events/"], ids=["the batch", "a call of it"])
async def test_a_token_that_was_revoked_is_replaced_once(sim: Simulator, client: GraphClient, path: str) -> None:
    calendar = await Calendar.open(sim, client)
    asks: list[Ask] = [lambda: client.find_events(calendar.room, "0400")]
    asks += [partial(client.event, calendar.room, held.event_id) for held in calendar.holds]

    async with sim.faults({"match": {"path": path}, "effect": {"status": 401}, "times": 1}):
        found = await in_bulk(asks)

    assert found == [[], *calendar.holds]


async def test_the_calls_of_a_dead_mailbox_hear_of_it_each(sim: Simulator, client: GraphClient) -> None:
    asks: list[Ask] = [partial(client.find_events, "nobody@example.org", str(number)) for number in range(5)]
    found = await in_bulk(asks)
    assert {told(each) for each in found} == {told(found[0])}
    assert isinstance(found[0], NotFound)
