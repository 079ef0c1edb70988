"""The only decider: from an observation of a room calendar to what changes in the ledger and in Outlook.

Rules, in order. An observation older than what is known is ignored. What the room itself owns is ours and is put back
as ordered, or foreign and imported or left alone. What is cancelled or gone frees the space, unless we made it go.
What differs from what was last judged is judged again, whatever answer Exchange still shows. Otherwise the calendar
either shows our answer, or will show it soon, or is asked again.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from libs.contracts.intents import AnswerMeeting, DropHold, KeepHold
from libs.contracts.values import (
    Answer,
    AttendeeKind,
    Meeting,
    Observation,
    Outcome,
    Window,
    meeting_key,
    reservation_key,
)
from services.policy.core.changes import Change, Decision, NoteMeeting, Save, Want
from services.policy.core.judge import judge, title_of
from services.policy.core.ledger import Judged, KnownIntent, KnownMeeting, Slice
from services.policy.core.owned import decide_owned

TAKES_EFFECT = timedelta(seconds=10)
"""Graph acknowledges an answer before the calendar shows it."""

_SHOWN: dict[Outcome, Answer] = {
    Outcome.ACCEPT: Answer.ACCEPTED,
    Outcome.TENTATIVE: Answer.TENTATIVE,
    Outcome.DECLINE: Answer.DECLINED,
}


@dataclass(frozen=True, slots=True)
class Occasion:
    """One observation together with the ledger's slice, the time, and an id for a reservation should one be made."""

    observation: Observation
    ledger: Slice
    now: datetime
    new_id: UUID

    @property
    def key(self) -> str:
        """Return the meeting's key within its space."""
        return meeting_key(self.observation.ical_uid)


def decide(occasion: Occasion) -> Decision:
    """Return what follows from the observation. Deciding twice on the same facts changes nothing more."""
    if _is_stale(occasion):
        return Decision(note="stale")
    meeting = occasion.observation.meeting
    if meeting is None:
        return _on_absence(occasion)
    if meeting.is_room_owned:
        return decide_owned(occasion.observation, meeting, occasion.ledger, occasion.now, occasion.new_id)
    return _on_invitation(occasion, meeting)


def judged_of(meeting: Meeting) -> Judged:
    """Return what of a meeting a decision depends on. Subject and body are not among it."""
    people = {each.address.lower() for each in meeting.attendees if each.kind is not AttendeeKind.RESOURCE}
    if meeting.organizer is not None:
        people.add(meeting.organizer.address.lower())
    return Judged(
        window=Window(start=meeting.start, end=meeting.end),
        organizer=meeting.organizer.address.lower() if meeting.organizer else None,
        people=len(people),
        is_series=meeting.is_series,
    )


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
    return meeting.is_room_owned if meeting is not None else hold.ical_uid == occasion.observation.ical_uid


def _on_absence(occasion: Occasion) -> Decision:
    ledger, now = occasion.ledger, occasion.now
    known = ledger.meeting
    if known is None or ledger.intent is None:
        if ledger.hold is not None and _is_about_the_hold(occasion):
            return _hold_is_missing(ledger.hold, now)
        if known is None:
            return Decision(note="unknown")
    if not known.is_present:
        return Decision((_noted(occasion, known),), note="still_gone")
    gone = _noted(occasion, known, is_present=False, event_id=None, shown_answer=None)
    wanted = ledger.intent.wanted if ledger.intent is not None else None
    if isinstance(wanted, AnswerMeeting) and wanted.answer == "declined":
        return Decision((gone,), note="declined_and_gone")
    return Decision((gone, *_released(occasion)), note="gone")


def _hold_is_missing(hold: KnownIntent, now: datetime) -> Decision:
    if not isinstance(hold.wanted, KeepHold) or hold.wanted.window.end <= now or _is_being_written(hold, now):
        return Decision(note="no_hold_wanted")
    return Decision((Want(hold.key, replace_event(hold.wanted), hold.reservation_id),), note="hold_put_back")


def replace_event(wanted: KeepHold) -> KeepHold:
    """Return the same hold without a pointer to an event that is gone."""
    return wanted.model_copy(update={"event_id": None})


def _released(occasion: Occasion) -> list[Change]:
    """Free the space, and clean up a hold that stood in for the meeting."""
    changes: list[Change] = []
    live = occasion.ledger.live
    if live is not None and live.ends_at > occasion.now:
        cancelled = replace(
            live,
            status="cancelled",
            kept_without_invitation=False,
            version=live.version + 1,
            updated_at=occasion.now,
        )
        changes.append(Save(cancelled, live))
        changes += dropped_hold(occasion.ledger, live.id)
    return changes


def dropped_hold(ledger: Slice, reservation_id: UUID) -> list[Change]:
    """Take the hold of a reservation away, if one is wanted."""
    hold = ledger.hold
    if hold is None or not isinstance(hold.wanted, KeepHold):
        return []
    drop = DropHold(reservation_id=reservation_id, event_id=hold.event_id)
    return [Want(reservation_key(reservation_id), drop, reservation_id)]


def _on_invitation(occasion: Occasion, meeting: Meeting) -> Decision:
    known, now = occasion.ledger.meeting, occasion.now
    if meeting.is_cancelled:
        gone = NoteMeeting(meeting.ical_uid, _seen(occasion, meeting, known, is_present=False))
        was_there = known is not None and known.is_present
        return Decision((gone, *(_released(occasion) if was_there else ())), note="cancelled")
    if meeting.end <= now and not meeting.is_series:
        return Decision((NoteMeeting(meeting.ical_uid, _seen(occasion, meeting, known)),), note="ended")
    judged = judged_of(meeting)
    seen = _seen(occasion, meeting, known)
    if known is not None and known.judged == judged and known.outcome is not None and known.is_present:
        if meeting.answer == _SHOWN[known.outcome]:
            return Decision((NoteMeeting(meeting.ical_uid, seen), *_retitled(occasion, meeting)), note="agreed")
        if _is_in_flight(occasion, occasion.ledger.intent):
            return Decision((NoteMeeting(meeting.ical_uid, seen),), note="in_flight")
    return judge(occasion.ledger, meeting, judged, seen, now, occasion.new_id)


def _retitled(occasion: Occasion, meeting: Meeting) -> list[Change]:
    """Follow a new title; nothing has to be decided about it."""
    live = occasion.ledger.live
    if live is None or title_of(meeting, live) == live.title:
        return []
    title = title_of(meeting, live)
    retitled = replace(live, title=title, version=live.version + 1, updated_at=occasion.now)
    hold = occasion.ledger.hold
    if hold is not None and isinstance(hold.wanted, KeepHold):
        goal = hold.wanted.model_copy(update={"subject": title})
        return [Save(retitled, live), Want(hold.key, goal, live.id)]
    return [Save(retitled, live)]


def _is_in_flight(occasion: Occasion, intent: KnownIntent | None) -> bool:
    """Whether an answer that the calendar does not show yet may still appear by itself."""
    if intent is None:
        return False
    if intent.state == "issued":
        return occasion.now < intent.deadline
    at = intent.settled_at
    return intent.state == "written" and at is not None and occasion.observation.observed_at < at + TAKES_EFFECT


def _is_being_written(hold: KnownIntent, now: datetime) -> bool:
    return hold.state == "issued" and now < hold.deadline


def _seen(occasion: Occasion, meeting: Meeting, known: KnownMeeting | None, *, is_present: bool = True) -> KnownMeeting:
    """Return what is now known of the meeting, before it is judged."""
    return KnownMeeting(
        event_id=meeting.event_id,
        last_observed_at=occasion.observation.observed_at,
        is_present=is_present,
        judged=known.judged if known else None,
        outcome=known.outcome if known else None,
        shown_answer=meeting.answer.value,
        moved_back_from=known.moved_back_from if known else None,
        reservation_id=known.reservation_id if known else None,
    )


def _noted(occasion: Occasion, known: KnownMeeting, **different: object) -> NoteMeeting:
    at = occasion.observation.observed_at
    return NoteMeeting(occasion.observation.ical_uid, replace(known, last_observed_at=at, **different))  # type: ignore[arg-type]
