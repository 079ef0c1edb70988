"""What several ask for, and one gets: a question of mode `compete` holds no time until it is approved.

Whatever is booked has its time, be it approved or in need of no approval. What competes for the same time gives way to
it then: it is declined like any request that comes too late, and its question is superseded, because nobody said no to
it. What only waits for an administrator makes nobody give way; but as long as it holds the time, nothing that competes
for it can be approved.
"""

from libs.contracts.values import Window
from services.policy.core.approvals.question import Question
from services.policy.core.changes import Decision, Save
from services.policy.core.evaluate import explain_conflicts
from services.policy.core.explanations import Explanation
from services.policy.core.ledger import Reservation, Slice
from services.policy.core.request import Request


def window_to_check(question: Question) -> Window | None:
    """Return the time that has to be free for a question to be approved; None if that time is held for it."""
    return question.asked.window if question.mode == "compete" else None


def find_in_the_way(question: Question, ledger: Slice) -> tuple[Explanation, ...]:
    """Return what has the time by now that a question competes for, on a slice that was read for this time."""
    window, asked = window_to_check(question), question.asked
    if window is None:
        return ()
    return tuple(explain_conflicts(Request(window, asked.people, asked.organizer, own=question.reservation_id), ledger))


def find_booked(decision: Decision) -> list[Reservation]:
    """Return the reservations of a decision to which what competes for their time gives way."""
    saved = [each.reservation for each in decision.changes if isinstance(each, Save)]
    return [each for each in saved if each.status == "confirmed"]
