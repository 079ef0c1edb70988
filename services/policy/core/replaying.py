"""Judge past requests again as if a draft of a rule had been in force: `Past.judge` takes them in order of time.

What a draft refuses was never booked, so it takes no room and counts for nobody from then on; a time that it leaves
free goes to whoever asked for it and was declined. One rule: everything that was decided is judged by what was known
then, and by nothing else.

A change is judged beside what the draft left of its booking. What is not known: what somebody would have asked for
instead, and which groups of spaces a space was in then. A series that is refused as such takes its dates along.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

from libs.contracts.values import Window
from services.policy.core.explanations import BrokenRule, Explanation
from services.policy.core.ledger import Judged
from services.policy.core.policies.policy import Attachment, Policy
from services.policy.core.snapshot import CountedBooking, JudgedDecision, PolicyVersion, Snapshot, TakenStretch, replay
from services.policy.core.verdict import Accept, NeedsApproval, Refuse, Verdict

FindPolicy = Callable[[PolicyVersion], Policy]
Became = Literal["declined", "asked", "accepted"]


@dataclass(frozen=True, slots=True)
class PastDecision:
    """A decision as the audit keeps it; without `judged` it ended a reservation, and followed from no request.

    `person` tells organizers apart, also where their address is no longer kept. `series_uid` is that of a series in
    Outlook. `group_ids` are the groups that the space is in.
    """

    id: int
    at: datetime
    space_id: UUID
    group_ids: frozenset[UUID]
    reservation_id: UUID | None
    series_uid: str | None
    person: str | None
    judged: JudgedDecision | None


@dataclass(frozen=True, slots=True)
class OtherOutcome:
    """A request of which something else would have become, and why. `by_draft` is false if that only follows."""

    past: PastDecision
    became: Became
    reasons: tuple[Explanation, ...]
    by_draft: bool

    @property
    def window(self) -> Window:
        """Return what was asked for."""
        return self.asked.window

    @property
    def asked(self) -> Judged:
        """Return the facts that were judged. Raises LookupError for a decision that followed from no request."""
        if self.past.judged is None:
            raise LookupError("this decision followed from no request")
        return self.past.judged.judged


@dataclass(slots=True)
class Past:
    """What would be booked by now with the draft. `replaces` is the policy that it stands in for, if it does.

    Decisions before `since` only tell what was booked then; the draft judges none of them.
    """

    draft: Policy
    since: datetime
    replaces: UUID | None = None
    bookings: defaultdict[str, dict[UUID, CountedBooking]] = field(default_factory=lambda: defaultdict(dict))
    refused: set[UUID] = field(default_factory=set)
    refused_series: set[tuple[UUID, str]] = field(default_factory=set)
    gained: defaultdict[UUID, list[TakenStretch]] = field(default_factory=lambda: defaultdict(list))

    def judge(self, past: PastDecision, find_policy: FindPolicy) -> OtherOutcome | None:
        """Judge the next request as it would have been; return what would differ from what was decided."""
        found = past.judged
        if found is None or past.at < self.since:
            self._follow(past)
            return None
        if self._never_came_up(past, found):
            return None
        versions = [each for each in found.snapshot.policies if each.id != self.replaces]
        if concerns(self.draft.attach, past):
            versions.append(PolicyVersion(id=self.draft.id, version=self.draft.version))
        snapshot = self._as_it_would_be(past, found.snapshot, versions)
        verdict = replay(
            found.judged,
            snapshot,
            lambda wanted: self.draft if wanted.id == self.draft.id else find_policy(wanted),
        )
        difference = self._compare(past, found, verdict)
        self._note(past, found, snapshot, verdict)
        return difference

    def _follow(self, past: PastDecision) -> None:
        """Book, change or cancel as it was decided."""
        found, own = past.judged, past.reservation_id
        if own is None:
            return
        is_granted = found is not None and found.outcome in {"accept", "tentative"}
        if found is not None and is_granted and found.snapshot.series is None:
            self._book(past, found, own)
        elif found is None or found.outcome == "cancelled" or found.snapshot.before is None:
            self._forget(past.person, own)

    def _never_came_up(self, past: PastDecision, found: JudgedDecision) -> bool:
        """Whether nobody would have asked this, because the booking or the series that it is about was refused."""
        own, snapshot = past.reservation_id, found.snapshot
        if past.series_uid is not None and (past.space_id, past.series_uid) in self.refused_series:
            if own is not None:
                self.refused.add(own)
            return snapshot.series is None
        if own not in self.refused:
            return False
        return snapshot.is_cancellation or snapshot.is_decided or found.outcome == "cancelled"

    def _as_it_would_be(self, past: PastDecision, snapshot: Snapshot, versions: list[PolicyVersion]) -> Snapshot:
        """Return a snapshot without what the draft refused, and with what is booked in its place."""
        booked = {each.reservation_id: each for each in snapshot.bookings if each.reservation_id not in self.refused}
        if past.person is not None:
            booked |= self.bookings[past.person]
        gained = self.gained[past.space_id] = [each for each in self.gained[past.space_id] if each.ends_at > past.at]
        taken = [each for each in snapshot.taken if each.reservation_id not in self.refused]
        changed: dict[str, object] = {
            "policies": tuple(versions),
            "bookings": tuple(booked.values()),
            "taken": (*taken, *(each for each in gained if each.reservation_id != past.reservation_id)),
        }
        if snapshot.own is not None and snapshot.own in self.refused:
            changed["before"] = None
        return snapshot.model_copy(update=changed)

    def _compare(self, past: PastDecision, found: JudgedDecision, verdict: Verdict) -> OtherOutcome | None:
        was_granted = found.outcome in {"accept", "cancelled"}
        match verdict:
            case Refuse() if found.outcome != "decline":
                became: Became = "declined"
            case NeedsApproval() if was_granted:
                became = "asked"
            case Accept() | NeedsApproval() if found.outcome == "decline":
                return OtherOutcome(past, "accepted", (), by_draft=False)
            case _:
                return None
        reasons = verdict.reasons
        broken = (each for each in reasons if isinstance(each, BrokenRule))
        return OtherOutcome(past, became, reasons, any(each.policy_id == self.draft.id for each in broken))

    def _note(self, past: PastDecision, found: JudgedDecision, snapshot: Snapshot, verdict: Verdict) -> None:
        """Book what would be booked, and leave out what would not."""
        own = past.reservation_id
        is_new = snapshot.before is None
        if isinstance(verdict, Refuse):
            if snapshot.series is not None and past.series_uid is not None:
                self.refused_series.add((past.space_id, past.series_uid))
            elif own is not None and is_new:
                self.refused.add(own)
                self._forget(past.person, own)
            return
        if snapshot.series is not None:
            return
        booked_as = own or UUID(int=past.id)
        if snapshot.is_cancellation:
            self._forget(past.person, booked_as)
            return
        self._book(past, found, booked_as)
        if found.outcome == "decline" and is_new:
            self.refused.discard(booked_as)
            self.gained[past.space_id].append(_take(booked_as, found))
        elif booked_as in self.refused:
            self.refused.discard(booked_as)

    def _book(self, past: PastDecision, found: JudgedDecision, booked_as: UUID) -> None:
        if past.person is None:
            return
        window = found.judged.window
        self.bookings[past.person][booked_as] = CountedBooking(
            reservation_id=booked_as,
            space_id=past.space_id,
            group_ids=past.group_ids,
            starts_at=window.start,
            ends_at=window.end,
        )

    def _forget(self, person: str | None, booked_as: UUID) -> None:
        if person is not None:
            self.bookings[person].pop(booked_as, None)
            return
        for each in self.bookings.values():
            each.pop(booked_as, None)


def replay_all(past: Past, decisions: Iterable[PastDecision], find_policy: FindPolicy) -> list[OtherOutcome]:
    """Judge requests again in their order, and return every difference."""
    judged = (past.judge(each, find_policy) for each in decisions)
    return [each for each in judged if each is not None]


def concerns(attach: Attachment, past: PastDecision) -> bool:
    """Whether a policy that is attached there concerns the space of a decision."""
    match attach.scope:
        case "all":
            return True
        case "group":
            return attach.id in past.group_ids
        case "space":
            return attach.id == past.space_id


def as_if_it_bit(draft: Policy) -> Policy:
    """Return a draft with the effect that shows what it finds: approval if that is wanted, and otherwise a refusal."""
    return draft if draft.effect == "approve" else draft.model_copy(update={"effect": "deny"})


def _take(booked_as: UUID, found: JudgedDecision) -> TakenStretch:
    window, space = found.judged.window, found.snapshot.space
    return TakenStretch(
        reservation_id=booked_as,
        starts_at=window.start - space.setup,
        ends_at=window.end + space.cleanup,
        reserved_from=window.start,
        reserved_until=window.end,
        is_private=False,
        yields=False,
        organizer_name=None,
    )
