"""How many observed meetings policy's own code decides in a second in a large ledger, beside an empty one.

The same meetings in the same spaces at the same hours, in turn: each in a transaction with the mark in the inbox, what
changes in the ledger, and what is owed to the bus, which is committed. As in policy, the meetings of one space are
decided one after the other, and those of several spaces side by side. In the large ledger every space has bookings
around each meeting, and every organizer has others, which two of the ten rules count.
"""

from collections.abc import Mapping, Sequence
from statistics import median
from time import perf_counter
from uuid import UUID, uuid4

from libs.common import inbox, outbox
from libs.common.bus.port import Envelope
from libs.common.caused import wrap_caused
from libs.common.clock import utc_now
from libs.common.codec import Codec
from libs.common.together import together
from libs.common.topology import Lane
from libs.contracts.messages import MeetingObserved
from libs.contracts.values import Answer, Attendee, AttendeeKind, Meeting, Observation, Person, Window
from services.policy.handlers.observations import ObservationHandlers
from tests.bench.figures import Incorrect, Line, Target
from tests.bench.ground import Say
from tests.bench.history import PATIENCE
from tests.bench.large.ledgers import LANES, RESERVATIONS, SPACES, SPACES_OF_THE_EMPTY, Ledgers, OwnLedger
from tests.bench.samples import over_rounds
from tests.bench.ten_rules import TEN_THAT_COUNT
from tests.support.large_ledger import BOOKED_HOURS, DAYS_AHEAD, DOMAIN, HOURS_A_DAY, PEOPLE, LargeLedger

ROUNDS, OBSERVATIONS = 7, 400
AT_LEAST = 0.9
FIRST_DAY = 2
"""From the day after tomorrow on, so that every meeting is far enough ahead."""

_STEP = 13
"""From one meeting's organizer to the next one's."""

_CONFIRMED = """
    SELECT count(*) FROM reservations WHERE title = $1 AND status = 'confirmed' AND jsonb_array_length(policies) = $2
"""


async def measure(ledgers: Ledgers, codec: Codec, say: Say) -> Line:
    """Compare both ledgers. Raises Incorrect if a meeting at a free time is not confirmed, and judged by every rule."""
    both = {"empty": ledgers.empty, "large": ledgers.large}
    rates: Mapping[str, list[float]] = {name: [] for name in both}
    for number in range(ROUNDS + 1):
        say(f"{OBSERVATIONS:,} observations to decide in an empty and in a large ledger, round {number} of {ROUNDS}.")
        for name in both if number % 2 else reversed(both):
            rate = await _decided_per_second(both[name], codec, number)
            if number:
                rates[name].append(rate)
    ratio = median(large / empty for large, empty in zip(rates["large"], rates["empty"], strict=True))
    (large, note), (empty, _) = (over_rounds(rates[name], "/s") for name in ("large", "empty"))
    return Line(
        "large",
        f"observations decided and committed with {SPACES:,} spaces and {RESERVATIONS:,} reservations, beside none",
        ratio,
        "times",
        Target("at_least", AT_LEAST),
        note=f"{large:,.0f} /s ({note}) and {empty:,.0f} /s, in turn; {len(TEN_THAT_COUNT)} rules in force, two of "
        f"which count; {LANES} at a time",
    )


async def _decided_per_second(ledger: OwnLedger, codec: Codec, number: int) -> float:
    """Decide the meetings of a round, and return how many of them were committed in a second."""
    title = f"round {number}"
    messages = [_observed(ledger, each, title) for each in range(number * OBSERVATIONS, (number + 1) * OBSERVATIONS)]
    lanes = [messages[lane::LANES] for lane in range(LANES)]
    began = perf_counter()
    await together(_decide(ledger, codec, lane) for lane in lanes)
    rate = OBSERVATIONS / (perf_counter() - began)
    confirmed = await ledger.pool.fetchval(_CONFIRMED, title, len(TEN_THAT_COUNT))
    if confirmed != OBSERVATIONS:
        raise Incorrect(f"{confirmed} of {OBSERVATIONS} observations of free windows are confirmed by every rule.")
    return rate


async def _decide(ledger: OwnLedger, codec: Codec, messages: Sequence[MeetingObserved]) -> None:
    """Decide meetings one after the other, each in a transaction of its own, as policy does with what is delivered."""
    handlers = ObservationHandlers(PATIENCE)
    async with ledger.pool.acquire() as conn:
        for message in messages:
            envelope = _wrap(codec, message)
            async with conn.transaction():
                await inbox.mark(conn, "policy", envelope.message_id)
                caused = await handlers.on_meeting_observed(conn, message)
                await outbox.add_envelopes(conn, wrap_caused(codec, envelope, type(message), caused, utc_now()))


def _wrap(codec: Codec, message: MeetingObserved) -> Envelope:
    return codec.envelope(message, message_id=uuid4(), correlation_id=str(uuid4()), lane=Lane.LIVE, sent_at=utc_now())


def _observed(ledger: OwnLedger, number: int, title: str) -> MeetingObserved:
    """Observe an invitation of a room at an hour that is free in both ledgers; each number has one of its own."""
    space, window = free_window(ledger.spaces, number)
    mailbox, uid = f"{space}@{DOMAIN}", uuid4().hex.upper()
    organizer = f"person{number * _STEP % PEOPLE}@{DOMAIN}"
    invited = [(mailbox, AttendeeKind.RESOURCE), (f"guest@{DOMAIN}", AttendeeKind.REQUIRED)]
    meeting = Meeting(
        event_id=f"event-{uid}",
        ical_uid=uid,
        start=window.start,
        end=window.end,
        subject=title,
        shows_as="tentative",
        organizer=Person(address=organizer, name="Organizer"),
        attendees=tuple(Attendee(address=address, kind=kind) for address, kind in invited),
        answer=Answer.NOT_RESPONDED,
    )
    observation = Observation(
        space_id=space, room_mailbox=mailbox, ical_uid=uid, observed_at=utc_now(), meeting=meeting
    )
    return MeetingObserved(space_id=space, observation=observation)


def free_window(spaces: LargeLedger, number: int) -> tuple[UUID, Window]:
    """Return the space and the hour of a meeting: space after space, then day after day, then the next free hour."""
    rest, space = divmod(number, SPACES_OF_THE_EMPTY)
    hour, day = divmod(rest, DAYS_AHEAD - FIRST_DAY)
    if hour >= HOURS_A_DAY - BOOKED_HOURS:
        raise ValueError(f"there are fewer than {number} free hours")
    return spaces.space_ids[space], spaces.window(space, FIRST_DAY + day, BOOKED_HOURS + hour)
