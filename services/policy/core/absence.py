"""Decide what follows when a meeting, or a hold of ours, is missing from a room calendar.

A missing meeting frees the room, unless we declined it: a declined invitation leaves the calendar. That is so only if
our decline was written; one that was only decided, or was settled because nothing was left to decline, took nothing
away. A missing hold is put back.

While an answer is in flight an absence proves nothing: the copy may have left the calendar because of the decline that
is being sent, or because an accept is putting another one in its place. It is looked at again later.
Source: https://github.com/OfficeDev/ews-managed-api/issues/255
"""

from dataclasses import replace

from libs.contracts.intents import DropHold, KeepHold
from libs.contracts.shown_holds import last_end
from services.policy.core.case import Case
from services.policy.core.changes import Decision, NoteMeeting, Seen
from services.policy.core.explanations import MeetingGone
from services.policy.core.freshness import is_about_the_hold
from services.policy.core.goals import GiveAnswer
from services.policy.core.ledger import KnownIntent, KnownMeeting
from services.policy.core.put_back import put_back
from services.policy.core.recurring.ending import end_series


def decide_absence(case: Case) -> Decision:
    """Decide about a meeting or a hold that was looked for and not found."""
    ledger, known = case.ledger, case.ledger.meeting
    if ledger.hold is not None and is_about_the_hold(case):
        return _decide_hold_absence(case, ledger.hold)
    gone = _note_gone(case)
    if known is None:
        # Noted all the same, so that an older observation of the meeting that arrives later is not booked.
        return Decision((gone,), note="unknown")
    if not known.is_present:
        return Decision((gone,), note="still_gone")
    if was_declined_by_us(ledger.intent):
        return Decision((gone,), note="declined_and_gone")
    if _is_in_flight(case, known):
        return Decision(note="in_flight")
    return Decision((gone, *end_series(ledger, case.key, MeetingGone())), note="gone")


def was_declined_by_us(intent: KnownIntent | None) -> bool:
    """Whether a missing copy left the calendar because we declined it: this very decline, and not an earlier one."""
    return intent is not None and intent.is_written and wants_decline(intent)


def wants_decline(intent: KnownIntent | None) -> bool:
    """Whether a decline is what Outlook ought to show, written or not."""
    goal = intent.wanted if intent is not None else None
    return isinstance(goal, GiveAnswer) and goal.answer == "declined"


def _is_in_flight(case: Case, known: KnownMeeting) -> bool:
    """Whether an answer is on its way that nobody has seen on the calendar yet."""
    intent, standing = case.ledger.intent, known.standing
    if intent is None or not intent.is_awaited(case.observation.observed_at):
        return False
    return standing is None or known.shown_answer != standing.shows_as


def _decide_hold_absence(case: Case, hold: KnownIntent) -> Decision:
    if hold.is_awaited(case.observation.observed_at):
        return Decision(note="in_flight")
    match hold.wanted:
        case KeepHold() as wanted if last_end(wanted) > case.now:
            return put_back(case, hold, wanted.model_copy(update={"event_id": None}), "hold_put_back")
        case DropHold() if hold.state == "given_up":
            return Decision((Seen(hold.key),), note="agreed")
        case _:
            return Decision(note="no_hold_wanted")


def _note_gone(case: Case) -> NoteMeeting:
    return case.note(
        replace(
            case.known,
            room_mailbox=case.ledger.space.room_mailbox,
            last_observed_at=case.observation.observed_at,
            is_present=False,
            event_id=None,
            shown_answer=None,
            pending_look=None,
        )
    )
