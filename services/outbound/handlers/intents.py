"""On issued intents: carry out the newest one of each key, and publish how each intent ended.

Keys are independent and handled side by side, but for the dates of a series, which come after it. Only the newest known
generation of a key is carried out; older ones are overtaken, in whichever order they arrive.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace

import structlog
from prometheus_client import Counter, Histogram

from libs.common.clock import utc_now
from libs.common.db import AWAY, Pool, database_now
from libs.common.handlers import Became, Finished, HeldBack, RetryLater, Waits
from libs.common.observed import began_at, on_behalf_of
from libs.common.together import together
from libs.common.topology import Lane
from libs.common.waiting import Remote
from libs.contracts.intents import AnswerMeeting, DropHold
from libs.contracts.keys import Key, MeetingKey, ReservationKey, name_key
from libs.contracts.messages import IntentIssued, IntentProblem, IntentSettled, Settlement
from libs.graph.clients import GraphClients
from libs.graph.errors import GraphError
from libs.graph.limiter import bulk
from libs.graph.types import USUAL_LIMITS, SeriesLimits
from services.outbound.core.calls import Settle
from services.outbound.core.first_write import Noted
from services.outbound.handlers.carry_out import NotReached, Postponed, carry_out
from services.outbound.handlers.settled import settle_intent
from services.outbound.handlers.target_room import TargetRoom
from services.outbound.store import connections, intents, rooms

LONGEST_S = 15.0
"""An intent that takes longer is tried again later, because the other rooms of its batch wait for it."""

SETTLED = Counter("roomsync_intents_settled_total", "Intents by how they ended", ["want", "settlement"])
ANSWERED = Histogram(
    "roomsync_answer_seconds",
    "From the notification, call or sweep that led to an answer until Graph took the answer",
    ["lane", "answer"],
    buckets=(0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 30, 60, 300, 900, 3600),
)

log = structlog.get_logger()


class IntentHandlers:
    """The handler of issued intents, for one lane."""

    def __init__(self, pool: Pool, clients: GraphClients, lane: Lane, series: SeriesLimits = USUAL_LIMITS) -> None:
        self._series = series
        self._pool = pool
        self._clients = clients
        self._lane = lane

    async def on_intent_issued(self, messages: Sequence[IntentIssued]) -> Sequence[Became]:
        """Carry out the intents, and return for each how it ended or why it has to be tried again.

        Harmless to repeat.
        """
        async with self._pool.acquire() as conn:
            noted = await intents.note(conn, ((each.key, each.generation) for each in messages))
        by_meeting: dict[Key, dict[Key, list[IntentIssued]]] = {}
        for message in messages:
            by_meeting.setdefault(_without_date(message.key), {}).setdefault(message.key, []).append(message)
        ended = await together(self._series_first(by_key, noted) for by_key in by_meeting.values())
        return [each for group in ended for each in group]

    async def _series_first(
        self, by_key: Mapping[Key, Sequence[IntentIssued]], noted: Mapping[Key, Noted]
    ) -> list[Became]:
        """Carry out the intents of one meeting: those of the whole of it, and then side by side those of its dates."""
        dates = [key for key in by_key if _without_date(key) != key]
        whole = [key for key in by_key if key not in dates]
        ended: list[Became] = []
        for keys in (whole, dates):
            for group in await together(self._in_order(by_key[key], noted[key]) for key in keys):
                ended += group
        return ended

    async def _in_order(self, messages: Iterable[IntentIssued], noted: Noted) -> list[Became]:
        ended: list[Became] = []
        for message in messages:
            with on_behalf_of(message):
                ended.append(await self._bring_to_end(message, noted))
            noted = replace(noted, is_new=False)
        return ended

    async def _bring_to_end(self, message: IntentIssued, noted: Noted) -> Became:
        try:
            if message.generation >= noted.newest:
                ended = await self._carry_out_in_time(message, noted)
            else:
                ended = await self._supersede(message)
            async with self._pool.acquire() as conn:
                await intents.settle(conn, ended)
        except Postponed as error:
            return RetryLater(message, str(error))
        except NotReached as error:
            target = Remote(message.connection_id, error.mailbox)
            return Waits(message, target, str(error), key=repr(message.key))
        except AWAY as error:
            return HeldBack(message, error)
        except Exception as error:  # noqa: BLE001 - an error with one key must not keep the others from being settled
            return RetryLater(message, _describe(error))
        SETTLED.labels(message.intent.want, ended.settlement).inc()
        self._measure_answer(message, ended)
        log.info(
            "intent.settled",
            **name_key(message.key),
            room_mailbox=message.room_mailbox,
            generation=message.generation,
            want=message.intent.want,
            settlement=ended.settlement.value,
            has_written=ended.has_written,
            problem=ended.problem.value if ended.problem else None,
            words_outdated=ended.words_outdated,
        )
        return Finished(message, [ended])

    def _measure_answer(self, message: IntentIssued, ended: IntentSettled) -> None:
        """Measure how long whoever invited the room waited for an answer that was written just now."""
        began, goal = began_at(), message.intent
        if isinstance(goal, AnswerMeeting) and ended.has_written and began is not None:
            ANSWERED.labels(self._lane.value, goal.answer).observe((utc_now() - began).total_seconds())

    async def _carry_out_in_time(self, message: IntentIssued, noted: Noted) -> IntentSettled:
        """Carry out an intent, so that it delays the others of its batch by no more than `LONGEST_S`."""
        try:
            async with asyncio.timeout(LONGEST_S) as limit:
                return await self._carry_out(message, noted)
        except TimeoutError:
            if not limit.expired():
                raise
            async with self._pool.acquire() as conn:
                await intents.record_no_response(conn, message.key)
            raise NotReached(f"it was not done within {LONGEST_S:g} s", message.room_mailbox) from None

    async def _carry_out(self, message: IntentIssued, noted: Noted) -> IntentSettled:
        async with self._pool.acquire() as conn:
            connection = await connections.read(conn, message.connection_id)
            access = await rooms.access(conn, message.space_id, message.room_mailbox, message.connection_id)
            now = await database_now(conn)
        if connection is None:
            gone = "The connection of this room no longer exists."
            return settle_intent(message, Settle(Settlement.GIVEN_UP, IntentProblem.REFUSED_BY_GRAPH, gone), now)
        if not _is_wanted(message, is_mapped=access.is_mapped):
            left = "The space is no longer mapped to this mailbox."
            return settle_intent(message, Settle(Settlement.SUPERSEDED, detail=left), now)
        if access.refusal is not None:
            refused = Settle(Settlement.GIVEN_UP, IntentProblem.REFUSED_BY_GRAPH, access.refusal)
            return settle_intent(message, refused, now)
        if not access.is_open:
            raise Postponed("it is not known yet whether this mailbox is a room")
        client = self._clients.of(connection.tenancy)
        room = TargetRoom(access.mailbox, client, connection.edits_organizer_events, self._series)
        with bulk() if self._lane is Lane.BULK else nullcontext():
            return await carry_out(self._pool, room, message, noted)

    async def _supersede(self, message: IntentIssued) -> IntentSettled:
        async with self._pool.acquire() as conn:
            return settle_intent(message, Settle(Settlement.SUPERSEDED), await database_now(conn))


def _without_date(key: Key) -> Key:
    return replace(key, original_date=None) if isinstance(key, MeetingKey) else key


def _is_wanted(message: IntentIssued, *, is_mapped: bool) -> bool:
    """Whether the mailbox of an intent is still the space's: nothing is written to any other but that a hold goes.

    A hold in a mailbox that was left is dropped under a key that is not its reservation's own. If that mailbox is the
    space's again, what stands there is what is wanted by now.
    """
    goal, key = message.intent, message.key
    if isinstance(goal, DropHold):
        was_left = isinstance(key, ReservationKey) and key.reservation_id != goal.reservation_id
        return not (was_left and is_mapped)
    return is_mapped


def _describe(error: Exception) -> str:
    """Describe an error for the log. Only Graph's errors keep their message; others may quote a meeting's subject."""
    return f"{type(error).__name__}: {error}" if isinstance(error, GraphError) else type(error).__name__
