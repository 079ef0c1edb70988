"""Which mails a question has sent, to whom and when: to its approvers at once, and to more people as time runs out.

They are planned when a question is asked, as rows, so that a restart forgets none. One rule: a mail's id follows from
the question, the kind of mail and the recipient, so nobody is mailed twice.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from libs.contracts.approvals import MailKind
from services.policy.core.approvals.question import Question


@dataclass(frozen=True, slots=True)
class PlannedMail:
    """A mail to one person about a question, to be sent at `due_at` if the question is still pending then."""

    mail_id: UUID
    approval_id: UUID
    kind: MailKind
    recipient: str
    due_at: datetime


def plan_mails(question: Question) -> tuple[PlannedMail, ...]:
    """Return the mails about a question that is asked just now, by when they are due.

    Approvers are mailed at once, and reminded at half of the time until the deadline; stand-ins are mailed at three
    quarters, or at once if a question that waits on is past its deadline already. Without a deadline there is only the
    first mail. A question that ends as it is asked has none, nor has one that names nobody.
    """
    now = question.updated_at
    if question.due_at <= now:
        return ()
    first: MailKind = "asked" if question.asked_at == now else "asked_instead"
    planned = [*_plan(question, first, question.approvers, now)]
    if question.deadline_at is not None:
        left = max(min(question.deadline_at, question.asked.ends_at) - now, timedelta(0))
        if left:
            planned += _plan(question, "reminder", question.approvers, now + left / 2)
        others = [each for each in question.stand_ins if each not in question.approvers]
        planned += _plan(question, "stand_in", others, now + left * 3 / 4)
    return tuple(planned)


def _plan(question: Question, kind: MailKind, people: Iterable[str], due_at: datetime) -> Iterable[PlannedMail]:
    for each in people:
        yield PlannedMail(uuid5(question.id, f"{kind} {each}"), question.id, kind, each, due_at)
