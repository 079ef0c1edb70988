"""Judge what was asked for in the past again by a draft of a rule, within a bound on rows and on time.

Nothing is changed. Whoever asks is told where it was cut short, so nobody takes a part for the whole.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from libs.common.db import Connection
from libs.contracts.values import Reason, Window
from services.policy.commands.policies import PolicyRequest
from services.policy.commands.unknown import UnknownTarget
from services.policy.core.place import Place
from services.policy.core.policies.policy import Policy
from services.policy.core.replaying import Became, OtherOutcome, Past, as_if_it_bit
from services.policy.core.wording import state_reason
from services.policy.store import policies, replays, spaces

COUNTED_BEFORE = timedelta(days=366)
"""How long before the first request a rule may count bookings: those of a year."""

MOST_LISTED = 100
MOST_PEOPLE = 20


@dataclass(frozen=True, slots=True)
class ReplayBounds:
    """How many decisions are judged at most, and for how many seconds."""

    decisions: int = 50_000
    seconds: float = 15.0


BOUNDS = ReplayBounds()


@dataclass(frozen=True, slots=True)
class ReplayRequest:
    """A draft, from when until when to judge by it, and the policy that it would stand in for, if any."""

    draft: PolicyRequest
    since: datetime
    until: datetime
    replaces: UUID | None = None


@dataclass(frozen=True, slots=True)
class ReplayedRequest:
    """A request of which something else would have become, in words. `by_draft` is false where that only follows."""

    at: datetime
    space_id: UUID
    space_name: str
    time_zone: str
    window: Window
    organizer: str | None
    reservation_id: UUID | None
    was: str
    became: Became
    by_draft: bool
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a draft would have come to: how many requests were judged, and of how many something else would become.

    `people` are the organizers who would have been declined most often. `listed` are the first of the requests.
    `reached` is until when it was judged; that is earlier than what was asked for if it was cut short.
    """

    since: datetime
    reached: datetime
    is_cut_short: bool
    judged: int
    counts: dict[Became, int]
    people: Sequence[tuple[str, int]]
    listed: Sequence[ReplayedRequest]


async def replay_policy(conn: Connection, request: ReplayRequest, bounds: ReplayBounds = BOUNDS) -> Replayed:
    """Say what a draft would have come to. Raises `UnknownTarget`."""
    attach = request.draft.attach
    if attach.id is not None and attach.scope != "all" and not await policies.has_target(conn, attach):
        raise UnknownTarget(attach.scope, attach.id)
    draft = as_if_it_bit(_policy(request.draft))
    past = Past(draft, request.since, request.replaces)
    begins = request.since - COUNTED_BEFORE if draft.rule.counts_others else request.since
    ends_at = time.monotonic() + bounds.seconds
    read = judged = 0
    reached, is_cut_short = request.since, False
    counts: Counter[Became] = Counter()
    people: Counter[str] = Counter()
    listed: list[OtherOutcome] = []
    async for decision, versions in replays.decided(conn, begins, request.until, bounds.decisions + 1, draft):
        read += 1
        if read > bounds.decisions or time.monotonic() > ends_at:
            is_cut_short = True
            break
        await asyncio.sleep(0)  # requests of others, who wait for an answer, have their turn in between
        found = past.judge(decision, versions.__getitem__)
        reached = max(reached, decision.at)
        judged += decision.judged is not None and decision.at >= request.since
        if found is not None:
            counts[found.became] += 1
            if found.became == "declined" and found.asked.organizer is not None:
                people[found.asked.organizer] += 1
            if len(listed) < MOST_LISTED:
                listed.append(found)
    return Replayed(
        since=request.since,
        reached=reached if is_cut_short else request.until,
        is_cut_short=is_cut_short,
        judged=judged,
        counts={"declined": counts["declined"], "asked": counts["asked"], "accepted": counts["accepted"]},
        people=people.most_common(MOST_PEOPLE),
        listed=await _state(conn, listed),
    )


async def _state(conn: Connection, listed: Sequence[OtherOutcome]) -> list[ReplayedRequest]:
    places = {each: await _place(conn, each) for each in {each.past.space_id for each in listed}}
    return [_state_one(each, places[each.past.space_id]) for each in listed]


async def _place(conn: Connection, space_id: UUID) -> Place:
    found = await spaces.read(conn, space_id)
    return Place(found.space.name, found.space.time_zone) if found is not None else Place("A space that is gone", "UTC")


def _state_one(found: OtherOutcome, place: Place) -> ReplayedRequest:
    past = found.past
    return ReplayedRequest(
        at=past.at,
        space_id=past.space_id,
        space_name=place.name,
        time_zone=place.time_zone,
        window=found.window,
        organizer=found.asked.organizer,
        reservation_id=past.reservation_id,
        was=str(past.judged.outcome) if past.judged is not None else "cancelled",
        became=found.became,
        by_draft=found.by_draft,
        reasons=tuple(state_reason(each, place) for each in found.reasons),
    )


def _policy(request: PolicyRequest) -> Policy:
    return Policy(
        id=uuid4(),
        version=1,
        rule=request.rule,
        attach=request.attach,
        effect=request.effect,
        exempt=request.exempt,
        dates=request.dates,
        name=request.name,
    )
