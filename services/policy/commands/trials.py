"""Tell what a policy on trial would have done, in words: how often it was broken, by whom, and by which requests."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from libs.common.db import Connection
from libs.contracts.values import Reason, Window
from services.policy.commands.errors import NotOnTrial
from services.policy.commands.unknown import UnknownPolicy
from services.policy.core.explanations import BrokenRule
from services.policy.core.place import Place
from services.policy.core.policies.policy import Policy
from services.policy.core.snapshot import PolicyVersion
from services.policy.core.trials import TrialSummary, WouldHave, summarise
from services.policy.core.wording import state_reason
from services.policy.store import policies, trials
from services.policy.store.policies import PolicyRow
from services.policy.store.trials import RequestOnTrial

MOST_COUNTED = 1_000
"""How many requests a list counts of one policy."""

_MOST = 2**63 - 1
"""The last number that a decision can have."""

_GONE = Place("A space that is gone", "UTC")


@dataclass(frozen=True, slots=True)
class ShownOnTrial:
    """A request that broke a policy on trial, in words. `would_have` is None if it had come to the same."""

    id: int
    at: datetime
    space_id: UUID
    space_name: str
    time_zone: str
    window: Window
    organizer: str | None
    reservation_id: UUID | None
    was: str
    would_have: WouldHave | None
    reason: Reason

    @property
    def place(self) -> tuple[str, UUID]:
        """Return its place in the list, as cursors have it."""
        return self.at.isoformat(), UUID(int=self.id)


async def read_policy_on_trial(conn: Connection, policy_id: UUID) -> PolicyRow:
    """Read a policy on trial. Raises `UnknownPolicy`, and `NotOnTrial` if it is of another effect."""
    found = await policies.read(conn, policy_id)
    if found is None:
        raise UnknownPolicy(policy_id)
    if found.policy.effect != "shadow":
        raise NotOnTrial(found.policy.effect)
    return found


async def count_broken(conn: Connection, among: Collection[Policy]) -> dict[UUID, int]:
    """Count the requests that broke each policy on trial among these since its last change, up to `MOST_COUNTED`."""
    return await trials.count_each(conn, [_version(each) for each in among if each.effect == "shadow"], MOST_COUNTED)


async def sum_up_trial(conn: Connection, policy: Policy) -> TrialSummary:
    """Sum up what a policy on trial would have done since its last change."""
    return summarise(await trials.count_alike(conn, _version(policy)))


async def list_trial(
    conn: Connection, policy: Policy, before: tuple[datetime, UUID] | None, limit: int
) -> Sequence[ShownOnTrial]:
    """Read the requests that broke a policy on trial since its last change, the latest first, before a place."""
    place = (before[0], min(before[1].int, _MOST)) if before is not None else None
    return [_state(policy, each) for each in await trials.page(conn, _version(policy), place, limit)]


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
        space_id=found.space_id,
        space_name=place.name,
        time_zone=place.time_zone,
        window=found.judged.window,
        organizer=found.judged.organizer,
        reservation_id=found.reservation_id,
        was=found.broken.outcome,
        would_have=found.broken.would_have,
        reason=state_reason(why, place),
    )
