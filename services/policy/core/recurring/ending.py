"""End a series: each of its dates that is not over, and its group."""

from dataclasses import replace

from libs.contracts.keys import MeetingKey
from libs.contracts.values import Answer, Outcome
from services.policy.core.changes import Change, Decision, NoteMeeting, Save, SaveGroup, Want, record_of
from services.policy.core.ending import end_reservation
from services.policy.core.explanations import CancelledByAdministrator, Explanation
from services.policy.core.goals import GiveAnswer
from services.policy.core.holds import drop_hold
from services.policy.core.ledger import Slice, Standing
from services.policy.core.notices import TakenAway
from services.policy.core.recurring.asked import slice_of, waiting_dates


def end_series(ledger: Slice, key: MeetingKey, why: Explanation) -> list[Change]:
    """End every date of the slice's series that is not over, and the single meeting that it was, if it is live."""
    changes: list[Change] = [*end_reservation(ledger, key, why)]
    for day, known in ledger.dates.items():
        changes += end_reservation(slice_of(ledger, known), replace(key, original_date=day), why)
    group = ledger.group
    if group is not None:
        ended = replace(group, status="cancelled", version=group.version + 1, updated_at=ledger.now)
        changes.append(SaveGroup(ended))
    return changes


def decline_waiting(ledger: Slice, reasons: tuple[Explanation, ...]) -> list[Change]:
    """Decline every date that waits for an administrator with its series, and end the group; nobody is answered."""
    changes: list[Change] = []
    for pending, known in waiting_dates(ledger):
        declined = replace(
            pending,
            status="declined",
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
    changes = end_series(ledger, key, CancelledByAdministrator(comment=comment))
    meeting = ledger.meeting
    if meeting is None or not meeting.is_present or meeting.judged is None:
        return Decision(tuple(changes), note="series_cancelled")
    changes.append(NoteMeeting(key, replace(meeting, standing=Standing.DECLINED)))
    if meeting.shown_answer != Answer.ORGANIZER:
        ends = [each.reservation.ends_at for each in ledger.dates.values() if each.reservation is not None]
        goal = GiveAnswer(
            ical_uid=key.ical_uid,
            event_id=meeting.event_id,
            answer="declined",
            notice=TakenAway(comment=comment),
            judged=meeting.judged.window,
            pattern=meeting.judged.pattern,
            lasts_until=max(ends, default=None),
        )
        changes.append(Want(key, goal, None))
    return Decision(tuple(changes), note="series_cancelled")
