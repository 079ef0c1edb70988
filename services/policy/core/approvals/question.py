"""A question to administrators: may this reservation be booked? One row of `approvals`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from libs.contracts.values import Actor, Value, Window
from services.policy.core.explanations import Explanation

QuestionState = Literal["pending", "approved", "rejected", "withdrawn", "superseded", "expired"]
AtDeadline = Literal["reject", "approve", "leave"]


class AskedFor(Value):
    """What an administrator is asked to allow."""

    window: Window
    organizer: str | None
    people: int

    def is_covered_by(self, other: "AskedFor") -> bool:
        """Whether it asks for no more than another: the same organizer, no more people, and no time outside."""
        window, others = self.window, other.window
        is_within = others.start <= window.start and window.end <= others.end
        return is_within and self.organizer == other.organizer and self.people <= other.people


@dataclass(frozen=True, slots=True)
class Question:
    """One row of `approvals`. A pending reservation has exactly one pending question; no other has any.

    `reasons` are the broken policies that leave it to an administrator. `asked_at` is when this was first asked, which
    a question keeps from the one that it supersedes. Without `deadline_at` it waits until the reservation is over.
    `due_at` is when something happens by itself. `decided_at` is when it was closed, and `decided_by` who decided it.
    """

    id: UUID
    space_id: UUID
    reservation_id: UUID
    state: QuestionState
    asked: AskedFor
    reasons: tuple[Explanation, ...]
    approvers: tuple[str, ...]
    stand_ins: tuple[str, ...]
    mode: Literal["hold", "compete"]
    at_deadline: AtDeadline
    asked_at: datetime
    deadline_at: datetime | None
    due_at: datetime
    decided_at: datetime | None
    decided_by: Actor | None
    comment: str | None
    version: int
    updated_at: datetime
