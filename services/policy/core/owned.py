"""Events the room itself owns: holds of ours, kept as ordered, and foreign ones, imported or left alone."""

from dataclasses import replace
from uuid import UUID

from libs.contracts.intents import DropHold, KeepHold
from libs.contracts.values import Meeting, Observation, Outcome, Reason, meeting_key
from services.policy.core.changes import Change, Decision, NoteMeeting, Record, Want
from services.policy.core.ending import NO_LONGER_BLOCKS, ended
from services.policy.core.evaluate import Request, evaluate
from services.policy.core.judge import reservation_for, saved
from services.policy.core.ledger import Judged, KnownIntent, KnownMeeting, Slice
from services.policy.core.meetings import followed, judged_of


def decide_owned(observation: Observation, meeting: Meeting, ledger: Slice, new_id: UUID) -> Decision:
    """Decide about an event of which the room is the organizer."""
    if ledger.hold is not None:
        return _ours(meeting, ledger.hold, ledger)
    if meeting.reservation_id is not None:
        return Decision(note="unmanaged")
    return _foreign(observation, meeting, ledger, new_id)


def _ours(meeting: Meeting, hold: KnownIntent, ledger: Slice) -> Decision:
    if hold.state == "issued" and ledger.now < hold.deadline:
        return Decision(note="in_flight")
    match hold.wanted:
        case KeepHold() as wanted:
            if wanted.window.end <= ledger.now:
                return Decision(note="over")
            if _stands_as_ordered(meeting, wanted) and hold.ical_uid in (None, meeting.ical_uid):
                return Decision(note="agreed")
            return Decision((Want(hold.key, wanted, hold.reservation_id),), note="hold_put_back")
        case DropHold() as wanted if meeting.end > ledger.now and not meeting.is_cancelled:
            again = DropHold(reservation_id=wanted.reservation_id, event_id=meeting.event_id)
            return Decision((Want(hold.key, again, hold.reservation_id),), note="hold_not_wanted")
        case _:
            return Decision(note="over")


def _stands_as_ordered(meeting: Meeting, wanted: KeepHold) -> bool:
    stands = (meeting.start, meeting.end, meeting.subject, meeting.shows_as)
    return stands == (wanted.window.start, wanted.window.end, wanted.subject, "busy") and not meeting.is_cancelled


def _foreign(observation: Observation, meeting: Meeting, ledger: Slice, new_id: UUID) -> Decision:
    """Import what somebody put on the room's own calendar if it is free and valid; never touch it in Outlook.

    What cannot be imported is looked at again with every observation, until it can. What an administrator took out of
    the ledger stays out as long as it stands as it did.
    """
    live, known, key = ledger.live, ledger.meeting, meeting_key(meeting.ical_uid)
    judged = judged_of(meeting, observation.room_mailbox)
    is_as_judged = known is not None and known.judged == judged and known.is_present and not meeting.is_cancelled
    seen = KnownMeeting(
        room_mailbox=ledger.space.room_mailbox,
        event_id=meeting.event_id,
        last_observed_at=observation.observed_at,
        is_present=not meeting.is_cancelled,
        judged=judged,
        outcome=known.outcome if known is not None and is_as_judged else None,
        shown_answer=meeting.answer.value,
        moved_back_from=None,
        reservation_id=known.reservation_id if known else None,
    )
    if meeting.is_cancelled or meeting.shows_as == "free" or meeting.end <= ledger.now:
        unbooked = replace(seen, outcome=None)
        return Decision((NoteMeeting(meeting.ical_uid, unbooked), *ended(ledger, key, NO_LONGER_BLOCKS)), note="free")
    if is_as_judged and seen.outcome is Outcome.ACCEPT and live is not None:
        return Decision((NoteMeeting(meeting.ical_uid, seen), *followed(ledger, meeting)), note="agreed")
    if is_as_judged and seen.outcome is Outcome.DECLINE:
        return Decision((NoteMeeting(meeting.ical_uid, seen),), note="unmanaged")
    request = Request(judged.window, judged.people, is_series=judged.is_series, own=live.id if live else None)
    reasons = evaluate(request, ledger.space, ledger.taken, ledger.now)
    if reasons:
        refusal = [] if is_as_judged else _refused(key, reasons, judged)
        unbooked = replace(seen, outcome=None)
        freed = ended(ledger, key, reasons[0])
        return Decision((NoteMeeting(meeting.ical_uid, unbooked), *refusal, *freed), note="unmanaged")
    return _imported(meeting, judged, seen, ledger, new_id)


def _refused(key: str, reasons: tuple[Reason, ...], judged: Judged) -> list[Change]:
    return [Record(key, None, Outcome.DECLINE, reasons, judged)]


def _imported(meeting: Meeting, judged: Judged, seen: KnownMeeting, ledger: Slice, new_id: UUID) -> Decision:
    live = ledger.live
    fresh = reservation_for(live.id if live else new_id, ledger, meeting, judged)
    return Decision(
        (
            *saved(fresh, live, ledger.now),
            Record(meeting_key(meeting.ical_uid), fresh.id, Outcome.ACCEPT, (), judged),
            NoteMeeting(meeting.ical_uid, replace(seen, outcome=Outcome.ACCEPT, reservation_id=fresh.id)),
        ),
        note="imported",
    )
