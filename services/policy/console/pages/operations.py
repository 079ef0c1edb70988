"""Operations at a glance: what is well, and what somebody has to look at."""

from datetime import timedelta

from fastapi import APIRouter, Request, Response

from libs.common import outbox
from services.parked.messages import count_parked
from services.policy.commands.callers import ADMINS, READERS
from services.policy.commands.queues import count_waiting
from services.policy.console.access import Context, OpenBus, serves
from services.policy.console.operation_words import CONSUMERS, ROOM_STATES, say_oldest
from services.policy.console.page import show
from services.policy.console.sections import OPERATIONS
from services.policy.console.visitor import visitor_of
from services.policy.core.drifts import say_time_to_heal
from services.policy.store import brakes, drifts, operations

router = APIRouter(prefix="/operations", include_in_schema=False)

MOST_BRAKES = 5
PERIODS = (("Last day", timedelta(days=1)), ("Last week", timedelta(days=7)))


@router.get("", dependencies=serves(READERS))
async def show_operations(request: Request, context: Context, bus: OpenBus) -> Response:
    """Show how rooms, drifts, subscriptions, queues and parked messages are doing."""
    parked = await count_parked(bus)
    queues = await count_waiting(bus, context.codec.topology)
    async with context.reading() as conn:
        unsent, unsent_for_s = await outbox.backlog(conn)
        facts = {
            "rooms": await operations.rooms_by_state(conn),
            "states": ROOM_STATES,
            "brakes": await brakes.page(conn, None, MOST_BRAKES),
            "brakes_waiting": await brakes.count(conn),
            "drifts": await drifts.count_open(conn),
            "healed": [(called, await drifts.times_to_heal(conn, period)) for called, period in PERIODS],
            "subscriptions": await operations.subscriptions(conn),
            "intents": await operations.awaited_intents(conn),
            "unsent": unsent,
            "unsent_for_s": unsent_for_s,
            "queues": queues,
            "ages": await operations.ages_in_hand(conn),
            "say_oldest": say_oldest,
            "consumers": CONSUMERS,
            "parked": parked,
            "say_time": say_time_to_heal,
            "may_see_parked": visitor_of(request).caller.is_any_of(ADMINS),
        }
    return show(request, "operations", facts, section=OPERATIONS)
