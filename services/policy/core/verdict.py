"""The result of judging a request, before anything is changed: a closed union.

Every explanation is kept, not just the first. Warnings are rules of which breaking is only told.
`judged_by` lists every policy that judged the request.
"""

from dataclasses import dataclass

from services.policy.core.explanations import BrokenRule, Explanation
from services.policy.core.policies.policy import JudgedBy


@dataclass(frozen=True, slots=True)
class Accept:
    """The space can be booked as asked. `overridden` are the broken rules that an administrator allows it to break."""

    warnings: tuple[Explanation, ...] = ()
    judged_by: tuple[JudgedBy, ...] = ()
    overridden: tuple[BrokenRule, ...] = ()

    @property
    def told(self) -> tuple[Explanation, ...]:
        """Return every broken rule that is only told."""
        return (*self.overridden, *self.warnings)


@dataclass(frozen=True, slots=True)
class NeedsApproval:
    """An administrator has to decide, for these reasons."""

    reasons: tuple[Explanation, ...]
    warnings: tuple[Explanation, ...] = ()
    judged_by: tuple[JudgedBy, ...] = ()


@dataclass(frozen=True, slots=True)
class Refuse:
    """It cannot be booked, for all of these reasons."""

    reasons: tuple[Explanation, ...]
    warnings: tuple[Explanation, ...] = ()
    judged_by: tuple[JudgedBy, ...] = ()


Verdict = Accept | NeedsApproval | Refuse
