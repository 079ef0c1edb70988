"""How many observed meetings one policy process decides in a second, and who wins a slot that fifty want.

Observations are published to the broker as ingest publishes them; a decision counts once its transaction has committed:
the mark in the inbox, the ledger, and what is owed to the bus. The other services are frozen meanwhile, so that it is
this process that is measured; what they would have got waits in their queues, and is thrown away.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from deploy.driver.cast import BookableRoom
from deploy.driver.eventually import eventually, expect
from deploy.driver.http import RequestRefused
from deploy.driver.slots import Slot, slot
from libs.common.bus.rabbitmq import RabbitBus, open_rabbitmq
from libs.common.clock import utc_now
from libs.common.together import together
from libs.common.topology import Lane
from libs.contracts.messages import MeetingObserved
from libs.contracts.values import Answer, Attendee, AttendeeKind, Meeting, Observation, Person
from tests.bench.figures import Incorrect, Line, Target
from tests.bench.ground import ROOMS, Ground
from tests.bench.proc import cpu_seconds
from tests.bench.samples import over_rounds

ROUNDS, OBSERVATIONS = 3, 1200
WARM_UP = 300
IN_ONE_GO = 200
DECIDED_WITHIN_S = 60.0
RACES, CONTENDERS = 10, 50
OTHERS = ("ingest", "outbound", "reconciler")
DAYS_AHEAD = 400

_LIVE = "SELECT count(*) FROM policy.reservations WHERE title = $1 AND status = 'confirmed'"


async def measure(ground: Ground) -> list[Line]:
    """Measure decisions, then races. Raises Incorrect for a lost observation and for more or fewer than one winner."""
    rooms = ground.rooms
    async with _frozen(ground), open_rabbitmq(ground.amqp_url, ground.topology) as bus:
        ground.say("Warming up policy.")
        await _decided_per_second(ground, bus, rooms, 0, WARM_UP)
        rates, policy = [], ground.stack.processes["policy"].pid
        used = cpu_seconds(policy)
        for number in range(1, ROUNDS + 1):
            ground.say(f"{OBSERVATIONS:,} observations to decide, round {number} of {ROUNDS}.")
            rates.append(await _decided_per_second(ground, bus, rooms, number, OBSERVATIONS))
        used = cpu_seconds(policy) - used
        ground.say(f"{CONTENDERS} contenders for one slot, {RACES} times.")
        winners = [await _winners(ground, bus, rooms[number], number) for number in range(RACES)]
        await _published(ground)
    rate, note = over_rounds(rates, "/s")
    note += f"; {ROOMS} spaces in {ground.topology.shards} shards; {used / ROUNDS / OBSERVATIONS * 1000:.1f} ms "
    note += "of policy's processor time each"
    if set(winners) != {1}:
        raise Incorrect(f"Of {CONTENDERS} contenders for one slot, so many won, race by race: {winners}.")
    what = f"{CONTENDERS} contenders for one slot, {RACES} races: most winners of a race"
    half = CONTENDERS // 2
    return [
        Line("decisions", "observations decided and committed", rate, "/s", Target("at_least", 300), note=note),
        Line(
            "decisions",
            what,
            max(winners),
            "winner",
            Target("exactly", 1),
            note=f"{half} by invitation and {half} by the API at once",
        ),
    ]


async def _decided_per_second(
    ground: Ground, bus: RabbitBus, rooms: Sequence[BookableRoom], number: int, many: int
) -> float:
    """Queue observations of free windows, let policy at them, and return how many it decided in a second.

    It is frozen until all are queued, so that it does not compete with whoever publishes them.
    """
    start, title = slot(DAYS_AHEAD + 30 * number).start, f"round {number}"
    began = await _now(ground)
    messages = [_observed(rooms[each % ROOMS], _window(start, each // ROOMS), title, began) for each in range(many)]

    async def all_confirmed() -> None:
        confirmed = await ground.ledger.fetchval(_LIVE, title)
        expect(confirmed == many, f"{confirmed} of {many} observations of free windows are confirmed reservations")

    policy = ground.stack.processes["policy"]
    policy.stall()
    try:
        await _publish(ground, bus, messages)
        began = await _now(ground)
    finally:
        policy.resume()
    try:
        await eventually(all_confirmed, within_s=DECIDED_WITHIN_S)
    except AssertionError as error:
        raise Incorrect(f"After {DECIDED_WITHIN_S:g} s, {error}.") from None
    ended: datetime = await ground.ledger.fetchval("SELECT max(handled_at) FROM policy.inbox")
    return many / (ended - began).total_seconds()


async def _winners(ground: Ground, bus: RabbitBus, room: BookableRoom, number: int) -> int:
    """Let fifty ask for one window at once, half of them by invitation; return how many have it in the end."""
    window, title = _window(slot(DAYS_AHEAD - 30).start, number), f"race {number}"
    handled = await _handled(ground)
    observed = [_observed(room, window, title, await _now(ground)) for _ in range(CONTENDERS // 2)]

    async def reserve() -> None:
        try:
            await ground.cast.administrator.reserve(room.space, window, title)
        except RequestRefused as refused:
            expect(refused.status == 409, refused)

    async def all_handled() -> None:
        expect(await _handled(ground) >= handled + len(observed), "observations are not decided")

    await together([_publish(ground, bus, observed), *(reserve() for _ in range(CONTENDERS // 2))])
    await eventually(all_handled)
    won: int = await ground.ledger.fetchval(_LIVE, title)
    return won


async def _handled(ground: Ground) -> int:
    handled: int = await ground.ledger.fetchval("SELECT count(*) FROM policy.inbox")
    return handled


async def _now(ground: Ground) -> datetime:
    now: datetime = await ground.ledger.fetchval("SELECT clock_timestamp()")
    return now


async def _publish(ground: Ground, bus: RabbitBus, messages: Sequence[MeetingObserved]) -> None:
    envelopes = [
        ground.codec.envelope(each, message_id=uuid4(), correlation_id=str(uuid4()), lane=Lane.LIVE, sent_at=utc_now())
        for each in messages
    ]
    for first in range(0, len(envelopes), IN_ONE_GO):
        await bus.publish(envelopes[first : first + IN_ONE_GO])


def _window(start: datetime, number: int) -> Slot:
    begins = start + timedelta(hours=number)
    return Slot(begins, begins + timedelta(minutes=50))


def _observed(room: BookableRoom, window: Slot, title: str, now: datetime) -> MeetingObserved:
    """Observe an invitation that the room has not answered."""
    ical_uid, space_id = uuid4().hex.upper(), UUID(room.space["id"])
    organizer = Person(address="organizer@contoso.example", name="Organizer")
    invited = [(room.calendar.address, AttendeeKind.RESOURCE), ("guest@contoso.example", AttendeeKind.REQUIRED)]
    meeting = Meeting(
        event_id=f"AAMkBench{ical_uid}",
        ical_uid=ical_uid,
        start=window.start,
        end=window.end,
        subject=title,
        shows_as="tentative",
        organizer=organizer,
        attendees=tuple(Attendee(address=address, kind=kind) for address, kind in invited),
        answer=Answer.NOT_RESPONDED,
    )
    mailbox = room.calendar.address
    observation = Observation(
        space_id=space_id, room_mailbox=mailbox, ical_uid=ical_uid, observed_at=now, meeting=meeting
    )
    return MeetingObserved(space_id=space_id, observation=observation)


async def _published(ground: Ground) -> None:
    async def nothing_is_owed() -> None:
        expect(await ground.ledger.fetchval("SELECT count(*) FROM policy.outbox") == 0, "the outbox is not empty")

    await eventually(nothing_is_owed, within_s=30)


@asynccontextmanager
async def _frozen(ground: Ground) -> AsyncIterator[None]:
    """Freeze the other services; throw away what outbound was sent meanwhile before they go on."""
    for role in OTHERS:
        ground.stack.processes[role].stall()
    try:
        yield
        await ground.purge("outbound")
    finally:
        for role in OTHERS:
            ground.stack.processes[role].resume()
