"""B33: what people write, their names and their addresses stay out of logs, traces and metrics, whatever happens."""

from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import ClassVar
from uuid import uuid4

import aiohttp
import asyncpg
import pytest
import pytest_asyncio

from deploy.driver.cast import BookableRoom, Cast, open_cast
from deploy.driver.eventually import eventually, expect
from deploy.driver.http import Http, Json, RequestRefused
from deploy.driver.looks import answered, asked, booked, mailed
from deploy.driver.mailbox import graph_time
from deploy.driver.outlook_user import OutlookUser
from deploy.driver.recurrences import weekly
from deploy.driver.slots import slot, weeks
from deploy.local.options import Mode
from deploy.local.services import ROLES
from deploy.local.stack import LocalStack
from libs.contracts.messages import DecideApproval, MailRequested
from libs.contracts.values import Person
from tests.support.stacks import in_both_modes, running_stack
from tests.support.trace_collector import TraceCollector, open_collector
from tests.system.bus import put_on_the_bus

TRACED = {
    "ingest": "handle outlook.notified.v1",
    "policy": "handle meeting.observed.v1",
    "outbound": "handle intent.issued.v2",
    "reconciler": "handle space.mapped.v1",
}
"""A span of each service that shows that its traces arrive; in one process all of them are of one service."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A running system, and the collector that its traces go to."""

    stack: LocalStack
    collector: TraceCollector
    cast: Cast

    async def told(self) -> dict[str, str]:
        """Return all that each process has logged, what was traced, and what each role measures."""
        told = {f"the log of {name}": process.log.read_text() for name, process in self.stack.processes.items()}
        told["the traces"] = "\n".join(self.collector.texts)
        async with aiohttp.ClientSession() as session:
            for role in ROLES:
                async with session.get(f"http://127.0.0.1:{self.stack.ports.probes_of(role)}/metrics") as answer:
                    told[f"the metrics of {role}"] = await answer.text()
        return told


@dataclass
class Secrets:
    """Words that nobody but people is to see. Each has a part of its own, by which it is found wherever it is."""

    parts: dict[str, str] = field(default_factory=dict)

    def say(self, what: str) -> str:
        """Return words to be used once."""
        part = f"q{uuid4().hex[:10]}"
        self.parts[part] = what
        return f"{what} {part}"

    def found_in(self, told: Mapping[str, str]) -> list[str]:
        """Name what was told, and where."""
        texts = {where: text.lower() for where, text in told.items()}
        return [
            f"{what!r} in {where}" for where, text in texts.items() for part, what in self.parts.items() if part in text
        ]


@dataclass(frozen=True, slots=True)
class GarbledMessage:
    """A message of a type that is known, with a body that is not."""

    body: str
    type: ClassVar[str] = DecideApproval.type
    is_open: ClassVar[bool] = DecideApproval.is_open
    shard_key: str = "garbled"

    def model_dump_json(self) -> str:
        return self.body


@pytest_asyncio.fixture(scope="module", params=in_both_modes("watched_"))
async def watched(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Watched]:
    """A system that says all that it ever says, and sweeps."""
    mode: Mode = request.param
    async with open_collector() as collector:
        settings = {
            "ROOMSYNC_LOG_LEVEL": "DEBUG",
            "ROOMSYNC_OTLP_ENDPOINT": collector.address,
            "ROOMSYNC_SWEEP_INTERVAL_S": "3",
            "OTEL_BSP_SCHEDULE_DELAY": "200",
        }
        async with (
            running_stack(mode, tmp_path_factory.mktemp("watched"), settings) as stack,
            open_cast(stack.endpoints, f"t{uuid4().hex[:8]}") as cast,
        ):
            yield Watched(stack, collector, cast)


async def somebody(cast: Cast, secrets: Secrets, name: str, **fields: str) -> OutlookUser:
    return await cast.user(secrets.say(name), **fields)


async def people_meet(cast: Cast, secrets: Secrets, room: BookableRoom) -> None:
    """Meetings that are booked, changed, refused, private, cancelled with a word, and repeated."""
    ada, ben, guest = [await somebody(cast, secrets, name) for name in ("Ada", "Ben", "Guest")]
    when, busy = slot(hour=8), slot(hour=10)
    planning = await ada.invite(secrets.say("Planning"), when, room.calendar, people=[guest])
    await answered(ada, planning, room, "accepted")
    await answered(ben, await ben.invite(secrets.say("Interview"), when, room.calendar), room, "declined")
    layoffs = await ben.invite(secrets.say("Layoffs"), busy, room.calendar, sensitivity="private", people=[guest])
    await answered(ben, layoffs, room, "accepted")
    await ada.change(planning, subject=secrets.say("Planning again"))
    await ada.move(planning, busy)
    await answered(ada, planning, room, "tentativelyAccepted")
    await ada.cancel(planning, secrets.say("Not needed"))
    await booked(cast, room, busy)
    taken = slot(hour=13, days=15)
    await answered(ben, await ben.invite(secrets.say("Offsite"), taken, room.calendar), room, "accepted")
    first = slot(hour=13)
    series = await ada.invite_series(
        secrets.say("Weekly"), first, weekly(first.start.date()).times(3), room.calendar, sensitivity="confidential"
    )
    await answered(ada, series, room, "declined")
    short = await ada.invite_series(secrets.say("Fortnight"), first, weekly(first.start.date()).times(2), room.calendar)
    await answered(ada, short, room, "accepted")
    date = (await ada.occurrences(short))[1]
    await ada.change(date, subject=secrets.say("Other room"), location={"displayName": secrets.say("Castle")})
    await room.calendar.put(secrets.say("Repair"), slot(hour=16))
    await booked(cast, room, busy, taken, *weeks(first, 2), slot(hour=16))


async def administrators_decide(watched: Watched, secrets: Secrets) -> None:
    """Questions that are approved and rejected with a word, by API and on the bus, and mails."""
    cast, room = watched.cast, await watched.cast.room()
    ada, grace = await somebody(cast, secrets, "Ada"), await somebody(cast, secrets, "Grace")
    approval = {"when": "always", "approvers": [grace.address]}
    await cast.administrator.set_policy(room.space, "approval", approval)
    times = [slot(hour=8 + 2 * number) for number in range(3)]
    events = [await ada.invite(secrets.say("Party"), when, room.calendar) for when in times]
    first, second, third = await asked(cast, room, *times)
    await cast.administrator.approve(first, secrets.say("The keys are at the desk"))
    await cast.administrator.reject(second, secrets.say("It is being painted"))
    decider = Person(address=f"{secrets.say('heidi').replace(' ', '.')}@contoso.example", name=secrets.say("Heidi"))
    comment = secrets.say("Enjoy")
    decision = DecideApproval(approval_id=third["id"], ruling="approve", by=decider, comment=comment)
    await put_on_the_bus(watched.stack, decision)
    for event, answer in zip(events, ("accepted", "declined", "accepted"), strict=True):
        await answered(ada, event, room, answer)
    garbled = f'{{"approval_id": "{secrets.say("id")}", "ruling": "{secrets.say("maybe")}", "by": "{grace.address}"}}'
    await put_on_the_bus(watched.stack, GarbledMessage(garbled))
    refusal = {"at": "rcpt", "code": 550, "text": f"5.1.1 <{grace.address}>: no such user", "times": 1}
    async with cast.tenant.mail_faring(faults=[refusal]):
        for _ in range(2):
            mail = MailRequested(
                mail_id=uuid4(),
                about="test.asked",
                to=(Person(address=grace.address, name=secrets.say("Grace")),),
                subject=secrets.say("Please decide"),
                text=secrets.say("Ada asks."),
            )
            await put_on_the_bus(watched.stack, mail)

        async def one_came() -> None:
            mails = await cast.tenant.mailed(grace.address)
            assert mail.subject in [each["subject"] for each in mails]

        await eventually(one_came)


async def the_desk_reserves(watched: Watched, secrets: Secrets) -> None:
    """Reservations by API: good ones, bad ones, and calls that cannot be understood."""
    cast, room, when = watched.cast, await watched.cast.room(), slot(hour=8)
    admin, api = cast.administrator, cast.administrator.api
    organizer = {"email": f"{secrets.say('Erin').replace(' ', '.')}@contoso.example", "name": secrets.say("Erin")}
    made = await admin.reserve(room.space, when, secrets.say("Board"), organizer=organizer)
    await admin.change(made, title=secrets.say("Board of directors"))
    path, window = f"/v1/reservations/{made['id']}", {"start": str(when.start), "end": str(when.end)}
    refused = [
        ("POST", "/v1/reservations", {"space_id": room.space["id"], **window, "title": secrets.say("Too late")}),
        ("POST", "/v1/reservations", {"space_id": secrets.say("no id"), secrets.say("field"): 1, "title": "a\nb"}),
        ("PATCH", path, {"title": secrets.say("two\nlines"), "organizer": {"email": secrets.say("no address")}}),
        ("GET", f"/v1/reservations/{secrets.say('path')}", None),
        ("GET", f"/v1/reservations?cursor={secrets.say('cursor')}", None),
    ]
    for method, where, body in refused:
        with suppress(RequestRefused):
            await api.send(method, where, body=body)
            pytest.fail(f"{method} {where} was not refused")
    await api.get("/v1/reservations", organizer=organizer["email"], title=secrets.say("Part of it"))
    await admin.cancel(made, secrets.say("The board is ill"))
    reader = await cast.tenant.api_token(f"{secrets.say('Mallory').replace(' ', '.')}@contoso.example", "nobody")
    async with aiohttp.ClientSession() as session:
        headers = {"Authorization": f"Bearer {reader}", "X-Correlation-Id": secrets.say("with a space")}
        stranger = Http(session, watched.stack.policy_url, watched.stack.endpoints.trust, headers)
        with pytest.raises(RequestRefused):
            await stranger.get("/v1/reservations")


async def microsoft_quotes(cast: Cast, secrets: Secrets) -> None:
    """Calls that Microsoft refuses with an address in the error, and an organizer's event that is moved back."""
    connection = await cast.administrator.connect("editing", edits_organizer_events=True)
    room, ada = await cast.room(connection=connection), await somebody(cast, secrets, "Ada")
    when, busy = slot(hour=8), slot(hour=10)
    event = await ada.invite(secrets.say("Standup"), when, room.calendar)
    await answered(ada, event, room, "accepted")
    await cast.administrator.reserve(room.space, busy, secrets.say("Jury"))
    quoting = {
        "match": {"mailbox": ada.address, "app": "roomsync"},
        "effect": {"status": 403, "message": f"The requested user '{ada.address}' is invalid."},
    }
    again = {
        "match": {"mailbox": room.calendar.address, "app": "roomsync", "method": "POST"},
        "effect": {"status": 503, "message": f"Busy with the meeting of {ada.address}."},
        "times": 1,
    }
    async with cast.tenant.organizers_reachable(), cast.tenant.faults(quoting, again):
        await ada.move(event, busy)
        await answered(ada, event, room, "tentativelyAccepted", within_s=30)


@pytest.mark.timeout(300)
async def test_b33_no_name_address_or_subject_is_in_any_log_trace_or_metric(watched: Watched) -> None:
    cast, secrets = watched.cast, Secrets()
    room = await cast.room()
    await people_meet(cast, secrets, room)
    await administrators_decide(watched, secrets)
    await the_desk_reserves(watched, secrets)
    await microsoft_quotes(cast, secrets)

    async def all_is_told() -> dict[str, str]:
        told = await watched.told()
        spans = {name: {span for service, span in watched.collector.spans if name in service} for name in ROLES}
        everything = {span for _, span in watched.collector.spans}
        is_whole = watched.stack.mode is Mode.EMBEDDED
        missing = [role for role, span in TRACED.items() if span not in (everything if is_whole else spans[role])]
        expect(not missing, f"{missing} have traced too little: {watched.collector.spans}")
        logged = "".join(told.values())
        for sign in (room.space["id"], '"outcome":"parked"', '"result":"refused"', '"event":"room.swept"'):
            expect(sign in logged, f"{sign} is in no log")
        expect(await cast.tenant.is_quiet(), "something is under way")
        return told

    told = await eventually(all_is_told, within_s=30)

    assert all(told.values()), [where for where, text in told.items() if not text]
    assert secrets.found_in(told) == []
    assert len(secrets.parts) > len(ROLES) * 8


def test_b33_a_word_is_found_wherever_it_is_said() -> None:
    secrets = Secrets()
    word = secrets.say("Planning")

    assert secrets.found_in({"a log": f'{{"title": "{word.upper()}"}}', "a page": "nothing"}) == ["'Planning' in a log"]


async def at_rest(stack: LocalStack) -> dict[str, str]:
    """Return every row of every table, by the table's name; what was handled is gone from inboxes and outboxes."""
    rows: dict[str, str] = {}
    connection = await asyncpg.connect(stack.servers.postgres_url)
    try:
        tables = await connection.fetch(
            """
            SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
            WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
            """
        )
        for table in tables:
            found = await connection.fetch(f"SELECT t::text FROM {table['name']} t")
            rows[table["name"]] = "\n".join(each["t"] for each in found)
    finally:
        await connection.close()
    return rows


@pytest.mark.timeout(300)
@pytest.mark.parametrize("sensitivity", ["private", "confidential", "personal"])
async def test_b33_of_a_private_meeting_its_time_and_organizer_alone_are_kept_and_shown(
    watched: Watched, sensitivity: str
) -> None:
    cast, secrets = watched.cast, Secrets()
    room, strict = await cast.room(), await cast.room()
    await cast.administrator.set_policy(
        strict.space, "approval", {"when": "always", "approvers": ["grace@contoso.example"]}
    )
    ada, ben = await cast.user("ada"), await cast.user("ben")
    guest = await cast.user(secrets.say("Guest"))
    fields: Json = {"people": [guest], "sensitivity": sensitivity, "location": {"displayName": secrets.say("Ward")}}
    when, later, asked_at, first = slot(hour=8), slot(hour=10), slot(hour=8), slot(hour=13)

    surgery = await ada.invite(secrets.say("Surgery"), when, room.calendar, **fields)
    await answered(ada, surgery, room, "accepted")
    series = await ada.invite_series(
        secrets.say("Therapy"), first, weekly(first.start.date()).times(2), room.calendar, **fields
    )
    await answered(ada, series, room, "accepted")
    waiting = await ada.invite(secrets.say("Checkup"), asked_at, strict.calendar, **fields)
    await answered(ada, waiting, strict, "tentativelyAccepted")
    open_at_first = await ada.invite(secrets.say("Visit"), later, room.calendar, people=[guest])
    await answered(ada, open_at_first, room, "accepted")
    await ada.change(open_at_first, sensitivity=sensitivity)
    body: Json = {"subject": secrets.say("Delivery"), "sensitivity": sensitivity, "showAs": "busy"}
    body |= {"start": graph_time(slot(hour=16).start), "end": graph_time(slot(hour=16).end)}
    await room.calendar.graph.send("POST", f"{room.calendar.path}/events", body=body)
    await booked(cast, room, when, later, *weeks(first, 2), slot(hour=16))
    await ada.move(surgery, later)
    await answered(ada, surgery, room, "tentativelyAccepted")
    refused = await ben.invite("Planning", when, room.calendar)
    await answered(ben, refused, room, "declined")

    async def nothing_is_kept() -> None:
        found = [*secrets.found_in(await at_rest(watched.stack)), *secrets.found_in(await shown_of(cast, room, strict))]
        expect(found == [], found)

    await eventually(nothing_is_kept, within_s=20)
    titles = {each["title"] for each in await cast.administrator.reservations(room.space)}
    assert titles == {"Private", "Planning"}
    [mail] = await mailed(cast, ben, room, ["declined"])
    assert "ada" not in mail["comment"].lower()


async def shown_of(cast: Cast, *rooms: BookableRoom) -> dict[str, str]:
    """Return what the API shows of some rooms, and what anybody was mailed by a room or by us."""
    shown = {"our mails": str(await cast.tenant.mailed())}
    by_rooms = [each for each in await cast.tenant.mails() if each["kind"] == "response"]
    shown["comments"] = str([each["comment"] for each in by_rooms])
    for room in rooms:
        shown[f"reservations of {room.space['name']}"] = str(await cast.administrator.reservations(room.space))
        shown[f"questions about {room.space['name']}"] = str(await cast.administrator.questions(room.space))
    return shown
