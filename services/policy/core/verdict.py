"""The result of judging a request, before anything is changed: a closed union.

Every explanation is kept, not just the first. Warnings are rules that the request is allowed to break.
"""

from dataclasses import dataclass

from services.policy.core.explanations import Explanation


@dataclass(frozen=True, slots=True)
class Accept:
    """The space can be booked as asked."""

    warnings: tuple[Explanation, ...] = ()


@dataclass(frozen=True, slots=True)
class NeedsApproval:
    """An administrator has to decide, for these reasons."""

    reasons: tuple[Explanation, ...]
    warnings: tuple[Explanation, ...] = ()


@dataclass(frozen=True, slots=True)
class Refuse:
    """It cannot be booked, for all of these reasons."""

    reasons: tuple[Explanation, ...]
    warnings: tuple[Explanation, ...] = ()


Verdict = Accept | NeedsApproval | Refuse
