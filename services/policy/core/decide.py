"""The only decider: from an observation of a room calendar to what changes in the ledger and in Outlook.

Rules, in order. What was seen in a mailbox that is not the space's, or is older than what is known, is ignored. What
the room itself owns is ours and is put back as ordered, or foreign and imported or left alone. What is cancelled or
gone frees the space, unless we made it go. What differs from what was last judged is judged again, whatever answer
Exchange still shows. Otherwise the calendar either shows our answer, or will show it soon, or is asked again.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from libs.contracts.intents import AnswerMeeting, KeepHold
from libs.contracts.values import Answer, Meeting, Observation, Outcome, meeting_key
from services.policy.core.changes import Change, Decision, NoteMeeting, Want
from services.policy.core.ending import CANCELLED, GONE, MOVED_TO_THE_PAST, ended
from services.policy.core.judge import judge
from services.policy.core.ledger import Judged, KnownIntent, KnownMeeting, Slice
from services.policy.core.meetings import followed, judged_of
from services.policy.core.owned import decide_owned

TAKES_EFFECT = timedelta(seconds=10)
"""Graph acknowledges an answer before the calendar shows it."""

_SHOWN: dict[Outcome, Answer] = {
    Outcome.ACCEPT: Answer.ACCEPTED,
    Outcome.TENTATIVE: Answer.TENTATIVE,
    Outcome.DECLINE: Answer.DECLINED,
}

_NEVER_SEEN = KnownMeeting(
    room_mailbox=None,
    event_id=None,
    last_observed_at=datetime.min.replace(tzinfo=UTC),
    is_present=False,
    judged=None,
    outcome=None,
    shown_answer=None,
    moved_back_from=None,
    reservation_id=None,
)


@dataclass(frozen=True, slots=True)
class Occasion:
    """One observation together with the ledger's slice, and an id for a reservation should one be made.

    `hold_of` names the reservation whose hold a correction is about; the hold may never have been seen.
    """

    observation: Observation
    ledger: Slice
    new_id: UUID
    hold_of: UUID | None = None

    @property
    def key(self) -> str:
        """Return the meeting's key within its space."""
        return meeting_key(self.observation.ical_uid)

    @property
    def now(self) -> datetime:
        """Return the time of the decision, by the clock that also stamped the observation."""
        return self.ledger.now


def decide(occasion: Occasion) -> Decision:
    """Return what follows from the observation. Deciding twice on the same facts changes nothing more."""
    mailbox = occasion.ledger.space.room_mailbox
    if mailbox is None:
        return Decision(note="unmapped")
    if mailbox != occasion.observation.room_mailbox.lower():
        return Decision(note="other_mailbox")
    if _is_stale(occasion):
        return Decision(note="stale")
    meeting = occasion.observation.meeting
    if meeting is None:
        return _on_absence(occasion)
    if meeting.is_room_owned:
        return decide_owned(occasion.observation, meeting, occasion.ledger, occasion.new_id)
    return _on_invitation(occasion, meeting)


def _is_stale(occasion: Occasion) -> bool:
    """Whether what was observed is older than what is known: by the last observation, or by our own last write."""
    at = occasion.observation.observed_at
    ledger = occasion.ledger
    if ledger.meeting is not None and at < ledger.meeting.last_observed_at:
        return True
    return any(
        intent is not None and intent.has_written and intent.settled_at is not None and at < intent.settled_at
        for intent in (ledger.intent, ledger.hold if _is_about_the_hold(occasion) else None)
    )


def _is_about_the_hold(occasion: Occasion) -> bool:
    meeting, hold = occasion.observation.meeting, occasion.ledger.hold
    if hold is None:
        return False
    if meeting is not None:
        return meeting.is_room_owned
    return occasion.hold_of is not None or hold.ical_uid == occasion.observation.ical_uid


def _on_absence(occasion: Occasion) -> Decision:
    ledger, known = occasion.ledger, occasion.ledger.meeting
    if ledger.hold is not None and _is_about_the_hold(occasion):
        return _hold_is_missing(ledger.hold, occasion.now)
    if known is None:
        # Remembered all the same: what was seen before and comes late must not be booked.
        return Decision((_gone(occasion, _NEVER_SEEN),), note="unknown")
    gone = _gone(occasion, known)
    if not known.is_present:
        return Decision((gone,), note="still_gone")
    if _was_declined_by_us(ledger.intent):
        return Decision((gone,), note="declined_and_gone")
    return Decision((gone, *ended(ledger, occasion.key, GONE)), note="gone")


def _was_declined_by_us(intent: KnownIntent | None) -> bool:
    """Whether a copy that is gone went because we declined; a decline that was given up took nothing away."""
    wanted = intent.wanted if intent is not None and intent.state != "given_up" else None
    return isinstance(wanted, AnswerMeeting) and wanted.answer == "declined"


def _hold_is_missing(hold: KnownIntent, now: datetime) -> Decision:
    is_being_written = hold.state == "issued" and now < hold.deadline
    if not isinstance(hold.wanted, KeepHold) or hold.wanted.window.end <= now or is_being_written:
        return Decision(note="no_hold_wanted")
    goal = hold.wanted.model_copy(update={"event_id": None})
    return Decision((Want(hold.key, goal, hold.reservation_id),), note="hold_put_back")


def _on_invitation(occasion: Occasion, meeting: Meeting) -> Decision:
    seen = _seen(occasion, meeting)
    if meeting.is_cancelled:
        gone = NoteMeeting(meeting.ical_uid, replace(seen, is_present=False))
        return Decision((gone, *ended(occasion.ledger, occasion.key, CANCELLED)), note="cancelled")
    judged = judged_of(meeting, occasion.observation.room_mailbox)
    if meeting.end <= occasion.now and not meeting.is_series:
        return _on_past(occasion, judged, NoteMeeting(meeting.ical_uid, seen))
    if _is_as_judged(occasion, meeting, judged):
        known = NoteMeeting(meeting.ical_uid, seen)
        details = followed(occasion.ledger, meeting)
        if seen.outcome is not None and meeting.answer == _SHOWN[seen.outcome]:
            return Decision((known, *details), note="agreed")
        if _is_in_flight(occasion, occasion.ledger.intent):
            return Decision((known, *details), note="in_flight")
        again = _asked_again(occasion, meeting, judged)
        if again is not None:
            return Decision((known, *details, again), note="asked_again")
    return judge(occasion.ledger, meeting, judged, seen, occasion.new_id)


def _on_past(occasion: Occasion, judged: Judged, seen: NoteMeeting) -> Decision:
    """Note a meeting that is over, without an answer.

    One that was moved there no longer needs the time it had. Nobody can be told any more, and keeping the room would
    block it for a meeting that Outlook does not show.
    """
    known = occasion.ledger.meeting
    if known is None or known.judged is None or known.judged.window == judged.window:
        return Decision((seen,), note="over")
    freed = ended(occasion.ledger, occasion.key, MOVED_TO_THE_PAST)
    if not freed:
        return Decision((seen,), note="over")
    unjudged = replace(seen.meeting, judged=None, outcome=None, moved_back_from=None)
    return Decision((NoteMeeting(seen.ical_uid, unjudged), *freed), note="moved_to_the_past")


def _is_as_judged(occasion: Occasion, meeting: Meeting, judged: Judged) -> bool:
    """Whether this is what was last decided about, and the same invitation.

    An invitation that we declined leaves the calendar; under another id it is one that the organizer sent again.
    """
    known = occasion.ledger.meeting
    if known is None or known.outcome is None or not known.is_present or known.judged != judged:
        return False
    is_new = known.event_id is not None and known.event_id != meeting.event_id
    return not (is_new and _was_declined_by_us(occasion.ledger.intent))


def _is_in_flight(occasion: Occasion, intent: KnownIntent | None) -> bool:
    """Whether an answer that the calendar does not show yet may still appear by itself."""
    if intent is None:
        return False
    if intent.state == "issued":
        return occasion.now < intent.deadline
    at = intent.settled_at
    return intent.state == "written" and at is not None and occasion.observation.observed_at < at + TAKES_EFFECT


def _asked_again(occasion: Occasion, meeting: Meeting, judged: Judged) -> Change | None:
    """Want the answer that was decided once more; None where that was not an answer to this window.

    Judging anew would let a rule that changed meanwhile, or an administrator's cancellation, undo itself.
    """
    intent = occasion.ledger.intent
    if intent is None or not isinstance(intent.wanted, AnswerMeeting) or intent.wanted.judged != judged.window:
        return None
    goal = intent.wanted.model_copy(update={"event_id": meeting.event_id})
    return Want(occasion.key, goal, intent.reservation_id)


def _seen(occasion: Occasion, meeting: Meeting) -> KnownMeeting:
    """Return what is now known of a meeting that is there, before it is judged."""
    known = occasion.ledger.meeting
    return KnownMeeting(
        room_mailbox=occasion.ledger.space.room_mailbox,
        event_id=meeting.event_id,
        last_observed_at=occasion.observation.observed_at,
        is_present=True,
        judged=known.judged if known else None,
        outcome=known.outcome if known else None,
        shown_answer=meeting.answer.value,
        moved_back_from=known.moved_back_from if known else None,
        reservation_id=known.reservation_id if known else None,
    )


def _gone(occasion: Occasion, known: KnownMeeting) -> NoteMeeting:
    absent = replace(
        known,
        room_mailbox=occasion.ledger.space.room_mailbox,
        last_observed_at=occasion.observation.observed_at,
        is_present=False,
        event_id=None,
        shown_answer=None,
    )
    return NoteMeeting(occasion.observation.ical_uid, absent)
