"""What a decision was based on, as the audit keeps it, and the same decision made again from that.

A snapshot and the facts that were judged are all that `evaluate` looks at. Policies are named by id and version, since
each version is kept as it was. Of what was taken, that is kept which met the window and its buffers, and whose it was;
not what it was about. Of the organizer's other bookings, those that some policy counted.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Literal
from uuid import UUID

from libs.contracts.values import Instant, Outcome, Value
from services.policy.core.availability import Taken, find_near
from services.policy.core.evaluate import evaluate
from services.policy.core.explanations import Explanation
from services.policy.core.ledger import Judged, Slice
from services.policy.core.policies.counting import find_counted_range
from services.policy.core.policies.policy import Channel, JudgedBy, Policy, Role
from services.policy.core.policies.rule import AskedSeries, Booking
from services.policy.core.request import Request
from services.policy.core.space import Space
from services.policy.core.verdict import Accept, Verdict

_NOWHERE = UUID(int=0)


class JudgedSpace(Value):
    """What a decision looks at of its space."""

    capacity: int
    time_zone: str
    setup: timedelta
    cleanup: timedelta
    own_domains: frozenset[str] = frozenset()


class TakenStretch(Value):
    """A stretch that a reservation took, buffers included. The organizer of a private meeting is not named."""

    reservation_id: UUID
    starts_at: Instant
    ends_at: Instant
    reserved_from: Instant
    reserved_until: Instant
    is_private: bool
    yields: bool
    organizer_name: str | None


class CountedBooking(Value):
    """Another booking of the organizer that some policy counted."""

    reservation_id: UUID
    space_id: UUID
    group_ids: frozenset[UUID]
    starts_at: Instant
    ends_at: Instant


class PolicyVersion(Value):
    """A version of a policy that concerned the space, whether or not it judged."""

    id: UUID
    version: int


class Snapshot(Value):
    """What a decision looked at beside the facts that were judged.

    What has its default is not written, so no default may ever change.
    """

    now: Instant
    space: JudgedSpace
    policies: tuple[PolicyVersion, ...] = ()
    taken: tuple[TakenStretch, ...] = ()
    bookings: tuple[CountedBooking, ...] = ()
    channel: Channel = "outlook"
    roles: frozenset[Role] = frozenset()
    own: UUID | None = None
    before: Judged | None = None
    is_overridden: bool = False
    is_cancellation: bool = False
    series: AskedSeries | None = None
    is_approved: bool = False
    is_decided: bool = False


class JudgedDecision(Value):
    """A decision about a request, as the audit keeps it."""

    outcome: Outcome | Literal["cancelled"]
    reasons: tuple[Explanation, ...]
    warnings: tuple[Explanation, ...]
    policies: tuple[JudgedBy, ...]
    judged: Judged
    snapshot: Snapshot

    def follows_from(self, verdict: Verdict) -> bool:
        """Whether this is what is decided on such a verdict."""
        is_granted = self.outcome in {Outcome.ACCEPT, "cancelled"}
        if self.policies != verdict.judged_by or is_granted != isinstance(verdict, Accept):
            return False
        if isinstance(verdict, Accept):
            return self.warnings == verdict.told
        return self.warnings == verdict.warnings and self.reasons == verdict.reasons


def take_snapshot(asked: Request, ledger: Slice) -> Snapshot:
    """Return what a request was judged by."""
    space = ledger.space
    return Snapshot(
        now=ledger.now,
        space=JudgedSpace.model_validate(space),
        policies=tuple(PolicyVersion(id=each.id, version=each.version) for each in ledger.policies),
        taken=tuple(map(_keep, find_near(asked.window, space.buffers, ledger.taken))),
        bookings=tuple(map(CountedBooking.model_validate, _find_counted(asked, ledger))),
        channel=asked.channel,
        roles=asked.roles,
        own=asked.own,
        before=asked.before,
        is_overridden=asked.is_overridden,
        is_cancellation=asked.is_cancellation,
        series=asked.series,
        is_approved=asked.is_approved,
        is_decided=asked.is_decided,
    )


def replay(judged: Judged, snapshot: Snapshot, find_policy: Callable[[PolicyVersion], Policy]) -> Verdict:
    """Judge a request again as it was judged. `find_policy` returns a version of a policy as it was."""
    asked = Request(
        judged.window,
        judged.people,
        judged.organizer,
        channel=snapshot.channel,
        roles=snapshot.roles,
        is_series=judged.is_series,
        own=snapshot.own,
        before=snapshot.before,
        is_overridden=snapshot.is_overridden,
        is_cancellation=snapshot.is_cancellation,
        series=snapshot.series,
        is_approved=snapshot.is_approved,
        is_decided=snapshot.is_decided,
    )
    return evaluate(asked, _restore(snapshot, [find_policy(each) for each in snapshot.policies]))


def _find_counted(asked: Request, ledger: Slice) -> list[Booking]:
    """Return those of the organizer's bookings that some policy counts for what was asked."""
    counted = find_counted_range(ledger.policies, asked.window, ledger.now, ledger.space.time_zone)
    if counted is None:
        return []
    since, until = counted.since, counted.until
    return [each for each in ledger.bookings if each.ends_at > since and (until is None or each.starts_at < until)]


def _keep(taken: Taken) -> TakenStretch:
    found = TakenStretch.model_validate(taken)
    return found.model_copy(update={"organizer_name": None}) if taken.is_private else found


def _restore(snapshot: Snapshot, policies: list[Policy]) -> Slice:
    """Return a slice with what was looked at; what no decision looks at is left empty."""
    facts = snapshot.space
    space = Space(
        id=_NOWHERE,
        part_ids=(),
        name="",
        capacity=facts.capacity,
        time_zone=facts.time_zone,
        setup=facts.setup,
        cleanup=facts.cleanup,
        room_mailbox=None,
        connection_id=None,
        mapped_at=None,
        edits_organizer_events=False,
        refused_edit="decline",
        own_domains=facts.own_domains,
    )
    taken = [Taken(**each.model_dump(), title="", part_ids=frozenset()) for each in snapshot.taken]
    bookings = [Booking(**each.model_dump()) for each in snapshot.bookings]
    return Slice(
        now=snapshot.now,
        space=space,
        meeting=None,
        reservation=None,
        intent=None,
        hold=None,
        taken=taken,
        policies=policies,
        bookings=bookings,
    )
