"""Events the room itself owns: holds of ours, kept as ordered, and foreign ones, imported or left alone."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from libs.contracts.intents import DropHold, KeepHold
from libs.contracts.values import AttendeeKind, Meeting, Observation, Outcome, Window, meeting_key
from services.policy.core.changes import Change, Decision, NoteMeeting, Record, Save, Want
from services.policy.core.evaluate import Request, evaluate
from services.policy.core.judge import reservation_for
from services.policy.core.ledger import Judged, KnownIntent, KnownMeeting, Slice


def decide_owned(observation: Observation, meeting: Meeting, ledger: Slice, now: datetime, new_id: UUID) -> Decision:
    """Decide about an event of which the room is the organizer."""
    if ledger.hold is not None:
        return _ours(meeting, ledger.hold, now)
    if meeting.reservation_id is not None:
        return Decision(note="unmanaged")
    return _foreign(observation, meeting, ledger, now, new_id)


def _ours(meeting: Meeting, hold: KnownIntent, now: datetime) -> Decision:
    if hold.state == "issued" and now < hold.deadline:
        return Decision(note="in_flight")
    match hold.wanted:
        case KeepHold() as wanted:
            stands = Window(start=meeting.start, end=meeting.end)
            is_the_one = hold.ical_uid in (None, meeting.ical_uid)
            if stands == wanted.window and not meeting.is_cancelled and is_the_one:
                return Decision(note="agreed")
            if wanted.window.end <= now:
                return Decision(note="ended")
            return Decision((Want(hold.key, wanted, hold.reservation_id),), note="hold_put_back")
        case DropHold() as wanted:
            again = DropHold(reservation_id=wanted.reservation_id, event_id=meeting.event_id)
            return Decision((Want(hold.key, again, hold.reservation_id),), note="hold_not_wanted")
        case _:
            return Decision(note="unmanaged")


def _foreign(observation: Observation, meeting: Meeting, ledger: Slice, now: datetime, new_id: UUID) -> Decision:
    """Import what somebody put on the room's own calendar if it is free and valid; never touch it in Outlook."""
    live = ledger.live
    people = {each.address.lower() for each in meeting.attendees if each.kind is not AttendeeKind.RESOURCE}
    window = Window(start=meeting.start, end=meeting.end)
    judged = Judged(window=window, organizer=None, people=len(people), is_series=meeting.is_series)
    known = ledger.meeting
    seen = KnownMeeting(
        event_id=meeting.event_id,
        last_observed_at=observation.observed_at,
        is_present=not meeting.is_cancelled,
        judged=judged,
        outcome=known.outcome if known else None,
        shown_answer=meeting.answer.value,
        moved_back_from=None,
        reservation_id=known.reservation_id if known else None,
    )
    if known is not None and known.judged == judged and known.is_present == seen.is_present:
        return Decision((NoteMeeting(meeting.ical_uid, seen),), note="agreed" if live else "unmanaged")
    request = Request(window, len(people), is_series=meeting.is_series, own=live.id if live else None)
    does_not_block = meeting.is_cancelled or meeting.shows_as == "free" or meeting.end <= now
    reasons = evaluate(request, ledger.space, ledger.taken, now)
    if does_not_block or reasons:
        freed: list[Change] = []
        if live is not None and live.ends_at > now:
            cancelled = replace(live, status="cancelled", version=live.version + 1, updated_at=now)
            freed.append(Save(cancelled, live))
        unmanaged = NoteMeeting(meeting.ical_uid, replace(seen, outcome=None))
        return Decision((unmanaged, *freed), note="unmanaged" if reasons else "free")
    # The room shows itself as the organizer of what was written straight into its calendar: nobody to name.
    unorganized = meeting.model_copy(update={"organizer": None})
    fresh = reservation_for(live.id if live else new_id, ledger, unorganized, judged, now)
    if live is not None:
        fresh = replace(fresh, version=live.version + 1, created_at=live.created_at)
    return Decision(
        (
            NoteMeeting(meeting.ical_uid, replace(seen, outcome=Outcome.ACCEPT, reservation_id=fresh.id)),
            Save(fresh, live),
            Record(meeting_key(meeting.ical_uid), fresh.id, Outcome.ACCEPT, (), judged),
        ),
        note="imported",
    )
