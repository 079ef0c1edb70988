"""How many requests one process judges in a second with twelve policies in force: reckoning alone, in this process.

The requests are for many windows of one week, and half of them break something. The organizer has ten other bookings.
A second is one of this process's processor time, because the services run beside it on the same processors.
"""

import asyncio
import gc
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from time import process_time
from uuid import UUID, uuid4

from libs.contracts.values import Window
from services.policy.core.evaluate import evaluate
from services.policy.core.ledger import Slice
from services.policy.core.policies.dates import AdvanceWindow, Blackout, LeadTime
from services.policy.core.policies.durations import MaximumDuration, MinimumDuration, TimeGrid
from services.policy.core.policies.hours import OpeningHours
from services.policy.core.policies.parameters import WEEKDAYS
from services.policy.core.policies.people import Capacity, WhoMayBook
from services.policy.core.policies.policy import Attachment, Policy
from services.policy.core.policies.rule import Booking, Rule
from services.policy.core.policies.usage import Concurrency, Quota
from services.policy.core.request import Request
from services.policy.core.verdict import Accept
from tests.bench.figures import Incorrect, Line, Target
from tests.bench.ground import Ground
from tests.bench.samples import over_rounds
from tests.unit.policy.factories import ledger, space

ROUNDS, REQUESTS = 5, 20_000
WARM_UP = 2_000
WINDOWS = 400
OTHERS = 10

NOW = datetime(2027, 3, 1, 8, tzinfo=UTC)
MONDAY = datetime(2027, 3, 8, 7, tzinfo=UTC)
DOMAIN = "contoso.example"
RULES: Sequence[Rule] = (
    MaximumDuration(minutes=240),
    MinimumDuration(minutes=15),
    LeadTime(minutes=60),
    AdvanceWindow(days=60, opens_at="08:00"),
    TimeGrid(minutes=15),
    Capacity(),
    WhoMayBook(domains=(DOMAIN,), external="no"),
    OpeningHours(weekly=dict.fromkeys(WEEKDAYS[:5], (("08:00", "12:00"), ("13:00", "18:00")))),
    Quota(limit=OTHERS + 1, measure="bookings", per="week"),
    Concurrency(spaces=2),
    Blackout(from_=MONDAY - timedelta(days=2), to=MONDAY - timedelta(days=1), title="Painting"),
    Blackout(from_=MONDAY + timedelta(days=30), to=MONDAY + timedelta(days=31), title="Inventory"),
)


async def measure(ground: Ground) -> list[Line]:
    """Judge the same requests in each round. Raises Incorrect if a policy does not judge, or too much is accepted."""
    slice_, requests = situation()
    check(slice_, requests)
    ground.say("Warming up the rules.")
    _judge(slice_, requests, WARM_UP)
    rates = []
    for number in range(1, ROUNDS + 1):
        ground.say(f"{REQUESTS:,} requests to judge, round {number} of {ROUNDS}.")
        await asyncio.sleep(0)
        gc.collect()
        began = process_time()
        _judge(slice_, requests, REQUESTS)
        rates.append(REQUESTS / (process_time() - began))
    rate, note = over_rounds(rates, "/s")
    what = f"requests judged by {len(RULES)} policies in force"
    note += f"; {OTHERS} other bookings of the organizer; processor time, without a database"
    return [Line("policies", what, rate, "/s", Target("at_least", 20_000), note=note)]


def situation() -> tuple[Slice, list[Request]]:
    """Make the slice of a space with twelve policies, and requests of which every other keeps to all of them."""
    everywhere = Attachment(scope="all")
    policies = [Policy(id=uuid4(), version=1, rule=rule, attach=everywhere) for rule in RULES]
    bookings = [_booking(MONDAY + timedelta(hours=12 * number + 11)) for number in range(OTHERS)]
    room = space(own_domains=frozenset({DOMAIN}))
    requests = [
        Request(_window(number), people=4 if number % 2 == 0 else 40, organizer=f"organizer@{DOMAIN}", own=uuid4())
        for number in range(WINDOWS)
    ]
    return ledger(now=NOW, space=room, policies=policies, bookings=bookings), requests


def check(slice_: Slice, requests: Sequence[Request]) -> None:
    """Raise Incorrect if some request is not judged by every policy, or not as it should be."""
    for number, request in enumerate(requests):
        verdict = evaluate(request, slice_)
        if len(verdict.judged_by) != len(RULES):
            raise Incorrect(f"{len(verdict.judged_by)} of {len(RULES)} policies judged {request.window}.")
        if isinstance(verdict, Accept) != (number % 2 == 0):
            raise Incorrect(f"{request.window} for {request.people} people was judged wrongly: {verdict}.")


def _judge(slice_: Slice, requests: Sequence[Request], many: int) -> None:
    for number in range(many):
        evaluate(requests[number % len(requests)], slice_)


def _window(number: int) -> Window:
    """Return one of the quarters of an hour of a working week, for half an hour, within the opening hours."""
    day, quarter = divmod(number, 14)
    start = MONDAY + timedelta(days=day % 5, minutes=15 * quarter)
    return Window(start=start, end=start + timedelta(minutes=30))


def _booking(start: datetime) -> Booking:
    return Booking(uuid4(), UUID(int=7), frozenset(), start, start + timedelta(hours=1))
