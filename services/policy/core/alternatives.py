"""What could be booked instead of what is refused: the same space at another time, other spaces at the same time."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from libs.contracts.values import Window
from services.policy.core.explanations import BrokenRule, Explanation, OverCapacity, is_conflict

MOST_SPACES = 3


@dataclass(frozen=True, slots=True)
class FreeSpace:
    """A space that is free at the time asked for, and large enough."""

    space_id: UUID
    name: str
    capacity: int


@dataclass(frozen=True, slots=True)
class Alternatives:
    """The next time at which the space can be booked, if there is one, and spaces that are free instead.

    `url` is of the page where one of them can be booked, and, if one `may_wait`, where one can wait for the time.
    """

    next_free: Window | None = None
    spaces: Sequence[FreeSpace] = ()
    url: str | None = None
    may_wait: bool = False


NO_ALTERNATIVES = Alternatives()


def would_another_time_help(reasons: Sequence[Explanation]) -> bool:
    """Whether some of what speaks against a request is about its time."""
    return any(is_conflict(each) or (isinstance(each, BrokenRule) and each.rule.another_time_helps) for each in reasons)


def would_alternatives_help(reasons: Sequence[Explanation]) -> bool:
    """Whether everything that speaks against a request is that the space is taken, or that its rules are broken."""
    return bool(reasons) and all(is_conflict(each) or isinstance(each, BrokenRule | OverCapacity) for each in reasons)
