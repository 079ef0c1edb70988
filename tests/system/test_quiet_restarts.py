"""B22: restart, re-install, second connection, full resync: no mail to anyone, and nothing is doubled or lost."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import aio_pika
import asyncpg
import pytest

from deploy.driver.cast import ROOMSYNC_DECIDES, BookableRoom, Cast
from deploy.driver.eventually import eventually, expect, throughout
from deploy.driver.http import RequestRefused
from deploy.driver.looks import accepted_meeting, answered, blocked, mailed
from deploy.driver.recurrences import weekly
from deploy.driver.slots import slot
from deploy.local.stack import LocalStack, until_ready
from libs.common.bus.declare import Names, queue_arguments
from libs.common.settings import Settings
from services.bus import topology
from tests.integration.cli.processes import run_module
from tests.system.approving import ALWAYS

pytestmark = pytest.mark.timeout(300)

OTHERS = ("ingest", "outbound", "reconciler")
"""Whose tables a re-install begins without; the ledger is policy's."""


@dataclass(frozen=True, slots=True)
class WholeState:
    """Both sides of a room, and every mail to and from the people of a test."""

    reservations: list[tuple[str, str, str, str]]
    calendar: list[tuple[str, str, str, str]]
    questions: list[tuple[str, str]]
    meeting_mails: list[tuple[str, str, str, str]]
    letters: list[tuple[str, str]]


async def look(cast: Cast, room: BookableRoom) -> WholeState:
    """Read all of it; each list is in order, and events go by what they are, not by their ids."""
    reservations = await cast.administrator.reservations(room.space)
    stored = [each for each in await cast.tenant.stored(room.calendar) if not each["deleted"]]
    mails = [each for each in await cast.tenant.mails() if cast.prefix in each["to"] + each["from"]]
    letters = [each for each in await cast.tenant.mailed() if cast.prefix in each["to"] + each["subject"]]
    return WholeState(
        reservations=sorted((each["id"], each["status"], each["start"], each["end"]) for each in reservations),
        calendar=sorted(
            (each["subject"], each["start"]["dateTime"], each["type"], each["responseStatus"]["response"])
            for each in stored
        ),
        questions=[(each["id"], each["state"]) for each in await cast.administrator.questions(room.space)],
        meeting_mails=[(each["to"], each["kind"], str(each["response"]), each["subject"]) for each in mails],
        letters=[(each["to"], each["subject"]) for each in letters],
    )


async def used_room(cast: Cast) -> BookableRoom:
    """Map a room that has a past, and use it: accepted, declined, held, asked about, and series of both sides."""
    ada, ben = await cast.user("ada"), await cast.user("ben")
    calendar = await cast.room_mailbox(processing={**ROOMSYNC_DECIDES, "preserve_declined_meetings": True})
    space = await cast.administrator.add_space(f"{cast.prefix} Orion")
    await calendar.accept(await ada.invite("Taken over", slot(hour=7), calendar))
    await calendar.put("Cleaning", slot(hour=20))
    await cast.administrator.reserve(space, slot(hour=9), "Board")
    room = BookableRoom(space, calendar)
    mapped = await cast.administrator.map(space, calendar)
    ended = await cast.imports.ended(mapped["mapping"]["import_id"])
    assert (ended["counts"]["created_in_ledger"], ended["counts"]["created_in_outlook"]) == (2, 1)
    await cast.watched(room)

    await accepted_meeting(ada, room, slot(hour=11), "Live")
    clash = await ben.invite("Clash", slot(hour=11, minutes=30), calendar)
    await answered(ben, clash, room, "declined")
    series = await ada.invite_series("Weekly", slot(hour=13), weekly(slot().start.date()).times(3), calendar)
    await answered(ada, series, room, "accepted")
    await cast.administrator.reserve(space, slot(hour=15), "Council")
    await cast.administrator.reserve_group(space, slot(hour=18), "Every week", rrule="FREQ=WEEKLY;COUNT=3")
    for when in (slot(hour=15), slot(days=15, hour=18)):
        await blocked(room, when)
    asks = {**ALWAYS, "approvers": [f"{cast.prefix}-grace@contoso.example"]}
    await cast.administrator.set_policy(space, "approval", asks)
    asked = await ben.invite("Asked", slot(hour=17), calendar)
    await answered(ben, asked, room, "tentativelyAccepted")

    async def told() -> None:
        expect(len((await look(cast, room)).letters) == 1, "the approver was not mailed")

    await eventually(told)
    return room


async def unchanged(cast: Cast, room: BookableRoom, before: WholeState) -> None:
    """Wait until all is as before, and for a while after."""

    async def is_as_before() -> None:
        now = await look(cast, room)
        expect(now == before, f"{now} is not {before}")

    await eventually(is_as_before)
    await throughout(is_as_before, seconds=2)


async def kill_all(stack: LocalStack) -> None:
    """Kill every service at once; each is started again."""
    for process in stack.processes.values():
        process.kill()
    await until_ready(stack)


async def resync(stack: LocalStack, cast: Cast, room: BookableRoom) -> None:
    """Have Outlook tell of lost notifications, import the room anew, and compare it: the room agrees in the end."""
    space_id = room.space["id"]
    await cast.tenant.lifecycle("missed", room.calendar)
    begun = await cast.imports.begin(rehearsal=False, space_ids=[space_id])
    ended = await cast.imports.ended(begun["id"])
    assert (ended["state"], ended["counts"]["failed"], ended["counts"]["conflicts"]) == ("finished", 0, 0)
    assert ended["counts"]["created_in_ledger"] == ended["counts"]["created_in_outlook"] == 0
    swept = await run_module("services", "sweep", space_id, "--json", **stack.settings)
    [result] = json.loads(swept.said)
    assert (swept.code, result["result"], result["state"]) == (0, "compared", "agrees"), result


async def restart(stack: LocalStack, cast: Cast, room: BookableRoom) -> None:
    await kill_all(stack)
    await cast.watched(room)


async def reinstall(stack: LocalStack, cast: Cast, room: BookableRoom) -> None:
    """Leave nothing but the ledger: the queues are gone, and what the other services knew; subscriptions have ended."""
    for process in stack.processes.values():
        process.stall()
    await _lose_queues(stack)
    await _lose_what_others_know(stack)
    await cast.tenant.expire_subscriptions(room.calendar)
    await kill_all(stack)
    await cast.watched(room)


async def _lose_queues(stack: LocalStack) -> None:
    if stack.servers.amqp_url is None:
        return  # the bus in memory goes with its process
    shape = topology(Settings())
    async with await aio_pika.connect(stack.servers.amqp_url) as connection:
        channel = await connection.channel()
        for name in queue_arguments(shape):
            await channel.queue_delete(name)
        await channel.exchange_delete(Names(shape.namespace).exchange)


async def _lose_what_others_know(stack: LocalStack) -> None:
    conn = await asyncpg.connect(stack.servers.postgres_url)
    try:
        tables = await conn.fetch(
            "SELECT schemaname || '.' || tablename AS name FROM pg_tables "
            "WHERE schemaname = ANY($1) AND tablename NOT LIKE '%version'",
            OTHERS,
        )
        await conn.execute(f"TRUNCATE {', '.join(row['name'] for row in tables)}")
    finally:
        await conn.close()


async def map_again(_: LocalStack, cast: Cast, room: BookableRoom) -> None:
    await cast.administrator.unmap(room.space)
    mapped = await cast.administrator.map(room.space, room.calendar)
    ended = await cast.imports.ended(mapped["mapping"]["import_id"])
    assert (ended["state"], ended["counts"]["failed"], ended["counts"]["conflicts"]) == ("finished", 0, 0)
    await cast.watched(room)


Act = Callable[[LocalStack, Cast, BookableRoom], Awaitable[None]]


@pytest.mark.parametrize("act", [restart, reinstall, map_again], ids=lambda act: act.__name__)
async def test_b22_nobody_is_mailed_and_nothing_is_doubled(stack: LocalStack, cast: Cast, act: Act) -> None:
    room = await used_room(cast)
    before = await look(cast, room)

    await act(stack, cast, room)
    await unchanged(cast, room, before)

    await resync(stack, cast, room)
    await unchanged(cast, room, before)
    await still_answers(cast, room)


async def still_answers(cast: Cast, room: BookableRoom) -> None:
    """Ask for the room as anybody may, and be answered once."""
    cleo = await cast.user("cleo")
    event = await cleo.invite("Still there", slot(hour=11), room.calendar)
    await answered(cleo, event, room, "declined", within_s=30)
    await mailed(cast, cleo, room, ["declined"])


async def test_b22_a_second_connection_imports_other_rooms_quietly_and_takes_no_mailbox_from_the_first(
    cast: Cast,
) -> None:
    room, ada = await used_room(cast), await cast.user("ada")
    other = await cast.room_mailbox("other")
    await other.accept(await ada.invite("Elsewhere", slot(hour=9), other))
    await other.put("Cleaning", slot(hour=20))
    before = await look(cast, room)

    second = await cast.administrator.connect(f"{cast.prefix}-second")
    space = await cast.administrator.add_space("Lyra", other, connection=second)
    with pytest.raises(RequestRefused) as refused:
        await cast.administrator.add_space("Twice", room.calendar, connection=second)
    ended = await cast.imports.ended((await cast.administrator.space(space))["mapping"]["import_id"])

    assert (refused.value.status, room.space["name"] in refused.value.body["detail"]) == (409, True)
    assert {name: count for name, count in ended["counts"].items() if count} == {"created_in_ledger": 2}
    await cast.watched(BookableRoom(space, other))
    await unchanged(cast, room, before)
