"""Tell what a policy on trial would have done, in words: how often it was broken, by whom, and by which requests."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from libs.common.db import Connection
from libs.contracts.values import Reason, Window
from services.policy.core.explanations import BrokenRule
from services.policy.core.place import Place
from services.policy.core.policies.policy import Policy
from services.policy.core.snapshot import PolicyVersion
from services.policy.core.trials import TrialSummary, WouldHave, summarise
from services.policy.core.wording import state_reason
from services.policy.store import trials
from services.policy.store.trials import RequestOnTrial

MOST_COUNTED = 1_000
"""How many requests a list counts of one policy."""

_GONE = Place("A space that is gone", "UTC")


@dataclass(frozen=True, slots=True)
class ShownOnTrial:
    """A request that broke a policy on trial, in words. `would_have` is None if it had come to the same."""

    id: int
    at: datetime
    space_name: str
    time_zone: str
    window: Window
    organizer: str | None
    reservation_id: UUID | None
    was: str
    would_have: WouldHave | None
    reason: Reason


async def count_broken(conn: Connection, policies: Collection[Policy]) -> dict[UUID, int]:
    """Count the requests that broke each policy on trial among these since its last change, up to `MOST_COUNTED`."""
    return await trials.count_each(conn, [_version(each) for each in policies if each.effect == "shadow"], MOST_COUNTED)


async def sum_up_trial(conn: Connection, policy: Policy) -> TrialSummary:
    """Sum up what a policy on trial would have done since its last change."""
    return summarise(await trials.count_alike(conn, _version(policy)))


async def list_trial(
    conn: Connection, policy: Policy, before: tuple[datetime, int] | None, limit: int
) -> Sequence[ShownOnTrial]:
    """Read the requests that broke a policy on trial since its last change, the latest first."""
    return [_state(policy, each) for each in await trials.page(conn, _version(policy), before, limit)]


def _version(policy: Policy) -> PolicyVersion:
    return PolicyVersion(id=policy.id, version=policy.version)


def _state(policy: Policy, found: RequestOnTrial) -> ShownOnTrial:
    named = found.space_name is not None and found.time_zone is not None
    place = Place(str(found.space_name), str(found.time_zone)) if named else _GONE
    why = BrokenRule(
        policy_id=policy.id, version=policy.version, effect=policy.effect, rule=policy.rule, breach=found.breach
    )
    return ShownOnTrial(
        id=found.id,
        at=found.at,
        space_name=place.name,
        time_zone=place.time_zone,
        window=found.judged.window,
        organizer=found.judged.organizer,
        reservation_id=found.reservation_id,
        was=found.broken.outcome,
        would_have=found.broken.would_have,
        reason=state_reason(why, place),
    )
