"""End a series: each of its dates that is not over, and its group."""

from dataclasses import replace
from datetime import date

from libs.contracts.keys import MeetingKey
from libs.contracts.values import Answer, Outcome
from services.policy.core.case import Case
from services.policy.core.changes import Change, Decision, NoteMeeting, Save, SaveGroup, Want, record_of
from services.policy.core.ending import end_reservation
from services.policy.core.explanations import CancelledByAdministrator, Explanation, MeetingCancelled
from services.policy.core.goals import GiveAnswer
from services.policy.core.holds import drop_hold
from services.policy.core.ledger import KnownDate, Slice
from services.policy.core.notices import Notice, TakenAway
from services.policy.core.recurring.asked import slice_of, waiting_dates
from services.policy.core.recurring.contested import leave_contested
from services.policy.core.standing import Standing


def end_series(ledger: Slice, key: MeetingKey, why: Explanation) -> list[Change]:
    """End every date of the slice's series that is not over, and the single meeting that it was, if it is live."""
    changes: list[Change] = [*end_reservation(ledger, key, why)]
    for day, known in ledger.dates.items():
        changes += end_reservation(slice_of(ledger, known), replace(key, original_date=day), why)
    changes += leave_contested(ledger, key)
    group = ledger.group
    if group is not None:
        ended = replace(group, status="cancelled", version=group.version + 1, updated_at=ledger.now)
        changes.append(SaveGroup(ended))
    return changes


def end_gone_date(case: Case, day: date, known: KnownDate) -> list[Change]:
    """End a date that left the calendar; if it was answered by itself, note that it is not there to be answered."""
    key, own = replace(case.key, original_date=day), known.meeting
    ended = end_reservation(slice_of(case.ledger, known), key, MeetingCancelled())
    return [*ended, *([] if own is None else [NoteMeeting(key, replace(own, is_present=False))])]


def decline_waiting(ledger: Slice, reasons: tuple[Explanation, ...]) -> list[Change]:
    """Decline every date that waits for an administrator with its series, and end the group; nobody is answered."""
    changes: list[Change] = []
    for pending, known in waiting_dates(ledger):
        declined = replace(
            pending,
            status="declined",
            competes=False,
            outcome=Outcome.DECLINE,
            reasons=reasons,
            version=pending.version + 1,
            updated_at=ledger.now,
        )
        changes += [Save(declined, pending), record_of(declined), *drop_hold(slice_of(ledger, known))]
    if changes and ledger.group is not None:
        ended = replace(ledger.group, status="cancelled", version=ledger.group.version + 1, updated_at=ledger.now)
        changes.append(SaveGroup(ended))
    return changes


def take_away_series(ledger: Slice, key: MeetingKey, comment: str | None) -> Decision:
    """Cancel a series for an administrator; its organizer is told once, by the decline of all of it.

    One that the room itself owns has no organizer to tell.
    """
    ended = end_series(ledger, key, CancelledByAdministrator(comment=comment))
    declined = decline_known_series(ledger, key, TakenAway(comment=comment))
    return Decision((*ended, *declined), note="series_cancelled")


def decline_known_series(ledger: Slice, key: MeetingKey, notice: Notice) -> list[Change]:
    """Decline the invitation to a series, until its last date is over; nothing if it is not on the calendar."""
    meeting = ledger.meeting
    if meeting is None or not meeting.is_present or meeting.judged is None:
        return []
    noted = NoteMeeting(key, replace(meeting, standing=Standing.DECLINED))
    if meeting.shown_answer == Answer.ORGANIZER:
        return [noted]
    ends = [each.reservation.ends_at for each in ledger.dates.values() if each.reservation is not None]
    goal = GiveAnswer(
        ical_uid=key.ical_uid,
        event_id=meeting.event_id,
        answer="declined",
        notice=notice,
        judged=meeting.judged.window,
        pattern=meeting.judged.pattern,
        lasts_until=max(ends, default=None),
    )
    return [noted, Want(key, goal, None)]
