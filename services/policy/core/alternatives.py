"""What could be booked instead of what is refused: the same space at another time, other spaces at the same time."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from libs.contracts.values import Window
from services.policy.core.explanations import BrokenRule, Explanation, is_conflict

MOST_SPACES = 3


@dataclass(frozen=True, slots=True)
class FreeSpace:
    """A space that is free at the time asked for, and large enough."""

    space_id: UUID
    name: str
    capacity: int


@dataclass(frozen=True, slots=True)
class Alternatives:
    """The next time at which the space is free, if it is known and would help, and spaces that are free instead."""

    next_free: Window | None = None
    spaces: Sequence[FreeSpace] = ()


def would_another_space_help(reasons: Sequence[Explanation]) -> bool:
    """Whether everything that speaks against a request is about the space: it is taken, or its rules are broken."""
    return bool(reasons) and all(is_conflict(each) or isinstance(each, BrokenRule) for each in reasons)
