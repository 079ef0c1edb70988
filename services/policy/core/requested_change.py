"""A change that the back office asks for and that needs approval: the booking stays until an administrator decides.

The ledger keeps the time that is asked for free as well, unless others may compete for it, and Outlook shows the
booking. Once the change is approved it is booked and its hold moved; once it is not, all stays as it is. Asking for
what is booked takes the request back.
"""

from dataclasses import replace
from typing import Literal

from libs.contracts.values import Outcome
from services.policy.core.approvals.asking import ask_about_change, asked_for, close
from services.policy.core.changes import Change, Decision, SaveQuestion, record_verdict, save_if_changed
from services.policy.core.holds import show_in_outlook
from services.policy.core.ledger import Reservation, Slice
from services.policy.core.request import Request
from services.policy.core.verdict import NeedsApproval


def may_be_asked_about(before: Reservation) -> bool:
    """Whether a change can wait beside what is booked.

    It cannot where a meeting in Outlook was declined for a change of its own.
    """
    return before.is_granted and before.ical_uid is None


def ask_for_change(
    before: Reservation, after: Reservation, wish: Request, verdict: NeedsApproval, ledger: Slice
) -> Decision:
    """Ask about a change of a booking; what no rule looks at is changed at once."""
    is_another = after.organizer_address != before.organizer_address
    kept = replace(before, title=after.title, organizer_name=(before if is_another else after).organizer_name)
    saved: list[Change] = save_if_changed(kept, before, ledger.now)
    wanted = asked_for(after)
    if is_another:
        wanted = wanted.model_copy(update={"names_organizer": True, "organizer_name": after.organizer_name})
    asked, _ = ask_about_change(before, wanted, verdict.reasons, ledger)
    record = record_verdict(before.key, before.id, Outcome.TENTATIVE, verdict.reasons, wish, verdict)
    held = show_in_outlook(kept, ledger) if saved else []
    return Decision((*saved, *asked, record, *held), note="change_awaits_approval")


def close_change(before: Reservation, ledger: Slice, state: Literal["superseded", "withdrawn"]) -> list[SaveQuestion]:
    """Close the question about a change of a booking; nothing if there is none.

    It is superseded by another change that is granted, and withdrawn where what is booked is asked for again.
    """
    question = ledger.question
    if question is None or question.reservation_id != before.id or not before.is_granted:
        return []
    return [close(question, state, ledger.now)]
