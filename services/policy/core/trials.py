"""Say what a policy on trial, one of effect `shadow`, would have done to a request that broke it, had it been `deny`.

Each decision records the breach of every policy that judged it, so nothing is judged again. One rule: what was asked
for in consequence of another answer is not known, so each request counts by itself.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

WouldHave = Literal["declined", "asked"]
"""What a request would have come to: it would have been declined, or an administrator asked about it."""

MOST_PEOPLE = 20


@dataclass(frozen=True, slots=True)
class BrokenOnTrial:
    """What is on record of a request that broke a policy on trial.

    `needs_approval` says that the policy leaves this breach to an administrator. The others are as the snapshot has
    them: what an administrator allowed, approved or decided just so.
    """

    outcome: str
    needs_approval: bool
    is_overridden: bool = False
    is_approved: bool = False
    is_decided: bool = False

    @property
    def would_have(self) -> WouldHave | None:
        """Return what it would have come to; None if the policy would have changed nothing."""
        is_allowed = self.is_overridden or self.is_decided or (self.is_approved and self.needs_approval)
        if is_allowed or self.outcome == "decline":
            return None
        if not self.needs_approval:
            return "declined"
        return None if self.outcome == "tentative" else "asked"


@dataclass(frozen=True, slots=True)
class CountedOnTrial:
    """So many requests of one organizer that are alike on record."""

    organizer: str | None
    broken: BrokenOnTrial
    count: int


@dataclass(frozen=True, slots=True)
class TrialSummary:
    """How many requests broke a policy on trial, and of how many something else would have become.

    `people` are the organizers of those of which something else would have become, who have most of them first.
    """

    broken: int
    declined: int
    asked: int
    people: tuple[tuple[str, int], ...]


def summarise(found: Iterable[CountedOnTrial]) -> TrialSummary:
    """Add up what is on record."""
    broken, became, people = 0, Counter[WouldHave](), Counter[str]()
    for each in found:
        broken += each.count
        would_have = each.broken.would_have
        if would_have is None:
            continue
        became[would_have] += each.count
        if each.organizer is not None:
            people[each.organizer] += each.count
    return TrialSummary(broken, became["declined"], became["asked"], tuple(people.most_common(MOST_PEOPLE)))
