"""Policies that leave it to administrators, and the slices of what waits for them."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from libs.contracts.values import Actor, ActorKind, Meeting, Window
from services.policy.core.approvals.closing import close_questions
from services.policy.core.approvals.question import Question
from services.policy.core.changes import Decision, SaveQuestion
from services.policy.core.ledger import Slice
from services.policy.core.policies.approval import Approval
from services.policy.core.policies.policy import Attachment, Policy
from tests.unit.policy.factories import (
    BOOKED,
    CAPACITY,
    HOLD,
    KEY,
    answered,
    decided,
    intent,
    ledger,
    meeting,
    noted,
    saved,
    taken,
    wants,
)

GRACE = Actor(kind=ActorKind.APPROVER, subject="tenant:grace", name="Grace")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SHORTER = Window(start=BOOKED.start, end=BOOKED.end - 15 * MINUTE)
LONGER = Window(start=BOOKED.start, end=BOOKED.end + 15 * MINUTE)


def asking(**different: Any) -> Policy:
    """Make a policy that has an administrator asked; about everything, if nothing else is said."""
    usual: dict[str, Any] = {"when": "always", "approvers": ["grace@example.org"]}
    rule = Approval(**usual | different)
    return Policy(id=UUID(int=20), version=1, rule=rule, attach=Attachment(scope="all"))


def unasked(*policies: Policy, **different: Any) -> Slice:
    """Make the slice of a space whose policies leave it to administrators, and where nothing is booked."""
    return ledger(policies=(CAPACITY, *(policies or (asking(),))), **different)


def asked(decision: Decision) -> list[Question]:
    """Return the questions that a decision saves."""
    return [each.question for each in decision.changes if isinstance(each, SaveQuestion)]


def closed(slice_: Slice, seen: Meeting | None) -> Decision:
    """Decide about a meeting, and close the questions that this answers."""
    return close_questions(slice_, decided(slice_, seen))


def waiting(*policies: Policy, **different: Any) -> Slice:
    """Make the slice of an invitation that waits for an administrator, and shows it."""
    before = unasked(*policies)
    decision = decided(before, meeting())
    [pending], [question] = saved(decision), asked(decision)
    shown = replace(
        before,
        meeting=noted(decision),
        reservation=pending,
        question=question,
        intent=intent(answered(decision), key=KEY, reservation_id=pending.id),
        taken=(taken(pending.window, reservation_id=pending.id),),
    )
    return replace(shown, **different)


def held(decision: Decision) -> bool:
    """Whether a decision wants a hold."""
    return any(key.__class__ is HOLD.__class__ and goal.want == "hold" for key, goal in wants(decision).items())
