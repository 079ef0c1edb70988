"""Judge a request by the policies in force: which hold, and what breaks the others.

An edit is judged by what it changes. A policy that looks at nothing that changes does not judge it, and one that the
booking broke already, and now breaks no more than before, holds.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from services.policy.core.policies.approval import Approval
from services.policy.core.policies.hours import OpeningHours
from services.policy.core.policies.policy import BINDING, Attachment, Effect, JudgedBy, Policy
from services.policy.core.policies.rule import Asked, Booking, Breach, Facet, Rule, length_in_minutes


@dataclass(frozen=True, slots=True)
class Broken:
    """A policy that a request breaks, and what breaks it."""

    policy: Policy
    breach: Breach

    @property
    def effect(self) -> Effect:
        """Return what breaking it leads to; where the rule itself leaves it to an administrator, `approve`."""
        is_denied = self.policy.effect == "deny"
        return "approve" if is_denied and self.breach.needs_approval else self.policy.effect


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the policies in force say about a request: every one that judged it, and those that it breaks."""

    judged_by: tuple[JudgedBy, ...] = ()
    broken: tuple[Broken, ...] = ()

    @property
    def binding(self) -> list[Broken]:
        """Return the broken policies that stand in the way, unless an administrator overrides them."""
        return [each for each in self.broken if each.effect in BINDING]

    @property
    def warning(self) -> list[Broken]:
        """Return the broken policies that are only told."""
        return [each for each in self.broken if each.effect == "warn"]


@dataclass(frozen=True, slots=True)
class Before:
    """What a booking was before an edit."""

    people: int
    organizer: str | None


def judge(policies: Sequence[Policy], asked: Asked, before: Before | None = None) -> Judgement:
    """Judge a request by policies that are in force. `asked.others` are the organizer's other bookings anywhere."""
    changed = _find_changed(asked, before)
    judged_by: list[JudgedBy] = []
    broken: list[Broken] = []
    for each in policies:
        rule = each.rule
        if changed is not None and not changed & rule.looks_at:
            continue
        asked_of_it = _add_context(asked, each, policies)
        breach = rule.find_breach(asked_of_it)
        if breach is None or (before is not None and _is_eased(rule, asked_of_it, before, breach)):
            judged_by.append(each.as_held)
            continue
        found = Broken(each, breach)
        broken.append(found)
        judged_by.append(
            JudgedBy(policy_id=each.id, version=each.version, kind=each.kind, effect=found.effect, breach=breach)
        )
    return Judgement(tuple(judged_by), tuple(broken))


def _add_context(asked: Asked, policy: Policy, policies: Iterable[Policy]) -> Asked:
    """Return what is asked with what this policy looks at besides: the bookings that it counts, or the hours."""
    if policy.rule.counts_others and policy.attach.scope != "all":
        return replace(asked, others=count_in(policy.attach, asked.others))
    if isinstance(policy.rule, Approval):
        return replace(asked, is_outside_hours=_is_outside_hours(policies, asked))
    return asked


def count_in(attach: Attachment, bookings: Iterable[Booking]) -> list[Booking]:
    """Return the bookings in the spaces that a policy is attached to."""
    match attach.scope:
        case "all":
            return list(bookings)
        case "group":
            return [each for each in bookings if attach.id in each.group_ids]
        case "space":
            return [each for each in bookings if each.space_id == attach.id]


def _find_changed(asked: Asked, before: Before | None) -> frozenset[Facet] | None:
    """Return what an edit changes; None if this is no edit of a booking."""
    if before is None or asked.standing is None:
        return None
    standing, window = asked.standing, asked.window
    lengths = {length_in_minutes(each, asked.time_zone) for each in (standing, window)}
    is_changed = {
        Facet.START: standing.start != window.start,
        Facet.END: standing.end != window.end,
        Facet.LENGTH: len(lengths) > 1,
        Facet.PEOPLE: before.people != asked.people,
        Facet.ORGANIZER: before.organizer != asked.organizer,
    }
    return frozenset(facet for facet, is_so in is_changed.items() if is_so)


def _is_outside_hours(policies: Iterable[Policy], asked: Asked) -> bool:
    hours = [each.rule for each in policies if isinstance(each.rule, OpeningHours)]
    return any(each.find_breach(asked) is not None for each in hours)


def _is_eased(rule: Rule, asked: Asked, before: Before, breach: Breach) -> bool:
    """Whether the booking, as it stands, broke the rule no less than the edit does."""
    if asked.standing is None or rule.more_is_worse is None:
        return False
    if Facet.ORGANIZER in rule.looks_at and asked.organizer != before.organizer:
        return False  # what the new organizer has booked besides says nothing of the old one
    as_it_stands = replace(asked, window=asked.standing, people=before.people, organizer=before.organizer)
    earlier = rule.find_breach(as_it_stands)
    return earlier is not None and rule.is_eased(earlier, breach)
