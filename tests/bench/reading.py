"""Reading 1,000 events of a room: our client, python-o365 and Microsoft's SDK, the same events, in turn.

Everybody reads the same window, asks for the fields that we need, takes the largest page there is, has a token in hand
and a connection that is warm, and pays for no garbage but its own. What is left is what a client does with Graph's
answer.
"""

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from time import perf_counter
from uuid import uuid4

from deploy.driver.eventually import eventually, expect
from deploy.driver.mailbox import OutlookMailbox, graph_time
from deploy.driver.slots import slot
from deploy.local.tenant import CREDENTIAL
from libs.graph.client import GraphClient
from libs.graph.clients import ProcessLimits, open_clients
from libs.graph.cloud import Tenancy
from libs.graph.settings import GraphSettings
from libs.graph.vendor import FIELDS
from tests.bench.figures import Incorrect, Line, Peer, Target
from tests.bench.ground import Ground
from tests.bench.peers.microsoft_sdk import open_sdk
from tests.bench.peers.python_o365 import PythonO365
from tests.bench.samples import over_rounds

EVENTS = 1000
ROUNDS = 3
IN_ONE_POST = 20
GUESTS = 5

Read = Callable[[str, datetime, datetime], Awaitable[set[str]]]


async def measure(ground: Ground) -> list[Line]:
    """Let everybody read the same room in turn. Raises Incorrect if they do not find the same events."""
    ground.say(f"Filling a room with {EVENTS:,} meetings.")
    start = slot(hour=0).start
    end = start + timedelta(days=90)
    room = await _full_room(ground, start)
    simulator, token = ground.stack.simulator, await ground.cast.tenant.outlook_token()
    fields = FIELDS.split(",")
    o365 = PythonO365(simulator.base_url, simulator.ca, token, fields)
    async with (
        _our_client(ground) as client,
        open_sdk(simulator.base_url, ground.stack.endpoints.trust, token, fields) as sdk,
    ):

        async def ours(mailbox: str, start: datetime, end: datetime) -> set[str]:
            return {each.ical_uid for each in await client.calendar_view(mailbox, start, end)}

        async def python_o365(mailbox: str, start: datetime, end: datetime) -> set[str]:
            return await asyncio.to_thread(o365.read, mailbox, start, end)

        readers: dict[str, Read] = {"ours": ours, "python-o365": python_o365, "Microsoft's SDK": sdk.read}
        for read in readers.values():
            await read(room.address, start, start + timedelta(days=1))
        seconds: dict[str, list[float]] = {name: [] for name in readers}
        found = {}
        for number in range(ROUNDS):
            for name, read in readers.items():
                ground.say(f"Reading {EVENTS:,} events, round {number + 1} of {ROUNDS}: {name}.")
                gc.collect()  # nobody pays for what the one before has left behind
                began = perf_counter()
                found[name] = await read(room.address, start, end)
                seconds[name].append(perf_counter() - began)
    for name, uids in found.items():
        if len(uids) != EVENTS or uids != found["ours"]:
            raise Incorrect(f"{name} read {len(uids)} events of {EVENTS}, and we read {len(found['ours'])}.")
    return _lines(seconds)


def _lines(seconds: dict[str, list[float]]) -> list[Line]:
    ours, note = over_rounds(seconds.pop("ours"), "s")
    lines = []
    for name, rounds in seconds.items():
        theirs, their_note = over_rounds(rounds, "s")
        what = f"{EVENTS:,} events of a room read, median"
        peer = Peer(name, theirs)
        lines.append(Line("reading", what, ours, "s", Target("times", 5), peer, f"{note}; peer: {their_note}"))
    return lines


@asynccontextmanager
async def _our_client(ground: Ground) -> AsyncIterator[GraphClient]:
    simulator = ground.stack.simulator
    settings = GraphSettings(
        secrets_dir=ground.stack.directory / "secrets",
        graph_simulator_url=simulator.base_url,
        graph_simulator_login=simulator.authority.rsplit("/", 1)[0],
        graph_ca_file=simulator.ca,
    )
    async with open_clients(settings, ProcessLimits(0.5)) as clients:
        yield clients.of(Tenancy(uuid4(), "simulator", simulator.tenant_id, simulator.client_id, (CREDENTIAL,)))


async def _full_room(ground: Ground, start: datetime) -> OutlookMailbox:
    """Invite a room that nobody watches to so many meetings, each with guests from outside."""
    cast = ground.cast
    room, organizer = await cast.room_mailbox("full room"), await cast.user("organizer")
    posts = [
        {
            "id": str(number),
            "method": "POST",
            "url": f"{organizer.path}/events",
            "headers": {"Content-Type": "application/json"},
            "body": _meeting(number, start + timedelta(hours=number), room),
        }
        for number in range(EVENTS)
    ]

    async def is_full() -> None:
        expect(len(await cast.tenant.stored(room)) == EVENTS, "the invitations are still on their way")

    async with cast.tenant.options(mail_delay=[0, 0]):
        for first in range(0, EVENTS, IN_ONE_POST):
            batch = {"requests": posts[first : first + IN_ONE_POST]}
            answer = await cast.graph.send("POST", "/$batch", body=batch)
            _expect_all_made(answer.body["responses"])
        await eventually(is_full)
    return room


def _meeting(number: int, start: datetime, room: OutlookMailbox) -> dict[str, object]:
    guests = [f"guest{each}@elsewhere.example" for each in range(GUESTS)]
    return {
        "subject": f"Planning {number}",
        "body": {"contentType": "text", "content": "Agenda: " + "what was decided, what is open. " * 10},
        "start": graph_time(start),
        "end": graph_time(start + timedelta(minutes=45)),
        "attendees": [
            {"type": kind, "emailAddress": {"address": address, "name": address}}
            for kind, address in [("resource", room.address), *(("required", guest) for guest in guests)]
        ],
    }


def _expect_all_made(responses: Sequence[dict[str, object]]) -> None:
    for each in responses:
        expect(each["status"] == 201, each)
