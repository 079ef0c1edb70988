"""Decide about a change by the back office of a reservation that belongs to a meeting in Outlook.

The title, the organizer and the number of people are the organizer's (docs/fields.md); the back office may change the
time, by the same rules as any other. Where the connection may edit organizers' events, the meeting is moved; otherwise
the room proposes the new time to its organizer.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from libs.contracts.shown import shown_window
from libs.contracts.values import Answer, Outcome, Window
from services.policy.core.back_office import Denied, Granted, ReservationChange, Ruling
from services.policy.core.changes import Decision, Save, record_verdict
from services.policy.core.evaluate import evaluate
from services.policy.core.explanations import (
    Explanation,
    HasEnded,
    HeldByInvitation,
    IsOver,
    OwnedByOutlook,
    ProposalWithdrawnHere,
    TimeNotChangeable,
)
from services.policy.core.ledger import HeldTime, Reservation, Slice
from services.policy.core.moves import can_move, move
from services.policy.core.proposals import find_obstacle, propose, stand_until, withdraw
from services.policy.core.recurring.proposing import without_wanted_at
from services.policy.core.request import Request
from services.policy.core.standing import Standing
from services.policy.core.verdict import Accept


def is_held_by_invitation(reservation: Reservation) -> bool:
    """Whether a reservation belongs to a meeting in Outlook, and not to the back office alone."""
    return reservation.ical_uid is not None and not reservation.kept_without_invitation


def decide_meeting_change(
    before: Reservation, change: ReservationChange, ledger: Slice, answer_within: timedelta
) -> Ruling:
    """Decide about a change; one that cannot be granted leaves the reservation, and what is proposed, as it was.

    An organizer is given `answer_within` to accept a proposal, until one of the two times begins at most.
    """
    window = _wanted_window(before, change)
    obstacle = _find_obstacle(before, change, ledger)
    if obstacle is not None:
        return Denied((obstacle,))
    proposed = before.proposed_change
    if window == before.window:
        if proposed is None:
            return Granted(before)
        return _grant(before, withdraw(before, proposed, ledger, ProposalWithdrawnHere(proposed=proposed.window)))
    if proposed is not None and proposed.window == window:
        return Granted(before)
    return _judge(before, window, change, ledger, ledger.now + answer_within)


def _wanted_window(before: Reservation, change: ReservationChange) -> Window:
    start, end = change.start or before.starts_at, change.end or before.ends_at
    return shown_window(Window(start=start, end=end))


def _find_obstacle(before: Reservation, change: ReservationChange, ledger: Slice) -> Explanation | None:
    """Return why nothing of this can be changed here, or not now; None if the time may be judged."""
    obstacle = find_what_is_not_ours(before, change, ledger)
    if obstacle is not None or (change.start is None and change.end is None):
        return obstacle
    return find_standing_in_the_way(before, ledger)


def find_what_is_not_ours(before: Reservation, change: ReservationChange, ledger: Slice) -> Explanation | None:
    """Return why a change is not for the back office to make; None if it is about the time of what is to come."""
    if not before.is_live:
        return HasEnded(status=before.status, reserved=before.window)
    if before.ends_at <= ledger.now:
        return IsOver(end=before.ends_at)
    owned = _find_owned(before, change)
    return HeldByInvitation(fields=owned) if owned else None


def _find_owned(before: Reservation, change: ReservationChange) -> tuple[OwnedByOutlook, ...]:
    """Return what is to be changed that is the organizer's. What is as it was is no change."""
    found: list[OwnedByOutlook] = []
    if change.title is not None and change.title != before.title:
        found.append("title")
    wanted = (change.organizer_address or "").lower() or None
    if change.changes_organizer and wanted != before.organizer_address:
        found.append("organizer")
    if change.attendee_count is not None and change.attendee_count != before.attendee_count:
        found.append("attendee_count")
    return tuple(found)


def find_standing_in_the_way(before: Reservation, ledger: Slice) -> TimeNotChangeable | None:
    """Return what about the meeting has to change first; None if Outlook shows it as it is booked."""
    meeting = ledger.meeting
    if before.moving_from is not None:
        return TimeNotChangeable(why="being_moved")
    if before.yields or (meeting is not None and meeting.shown_answer == Answer.ORGANIZER.value):
        return TimeNotChangeable(why="own_event")
    if meeting is None or not meeting.is_present or meeting.judged is None or meeting.standing is None:
        return TimeNotChangeable(why="not_shown")
    if before.status == "pending" or meeting.standing.awaits_approval:
        return TimeNotChangeable(why="awaits_approval")
    is_as_booked = meeting.standing in {Standing.ACCEPTED, Standing.PROPOSES_CHANGE}
    if not is_as_booked or meeting.judged.window != before.window:
        return TimeNotChangeable(why="elsewhere")
    return None


def _judge(
    before: Reservation, window: Window, change: ReservationChange, ledger: Slice, answer_by: datetime
) -> Ruling:
    wish = Request(
        window,
        before.attendee_count,
        before.organizer_address,
        channel=change.channel,
        roles=change.roles,
        own=before.id,
        before=before.judged,
        is_overridden=change.override_reason is not None,
        is_decided=change.approved is not None,
    )
    proposed = before.proposed_change
    if proposed is not None and proposed.with_series:
        ledger = without_wanted_at(proposed.window, before, ledger)
    verdict = evaluate(wish, ledger)
    if not isinstance(verdict, Accept):
        refused = record_verdict(before.key, before.id, Outcome.DECLINE, verdict.reasons, wish, verdict)
        record = replace(refused, judged_on=ledger)
        return Denied(verdict.reasons, Decision((record,), note="refused"), wish, verdict.warnings)
    reasons = change.allowed or before.reasons
    wanted = HeldTime(
        window=window,
        people=before.attendee_count,
        until=stand_until(answer_by, window, before.window),
        reasons=reasons,
        warnings=verdict.told,
        policies=verdict.judged_by,
    )
    granted = record_verdict(before.key, before.id, Outcome.ACCEPT, reasons, wish, verdict)
    record = replace(granted, judged_on=ledger)
    if can_move(before, ledger):
        changes = move(before, book_at(before, wanted, ledger.now), ledger)
        return _grant(before, Decision((*changes, record), note="moving"))
    obstacle = find_obstacle(ledger.meeting, wanted, ledger.now) if ledger.meeting is not None else None
    if obstacle is not None:
        return Denied((obstacle,))
    return _grant(before, Decision((*propose(before, before, wanted, ledger), record), note="proposed"))


def book_at(before: Reservation, wanted: HeldTime, now: datetime) -> Reservation:
    """Return a reservation at the time that is wanted, with the time before it beside that."""
    former = HeldTime(
        window=before.window,
        people=before.attendee_count,
        until=wanted.until,
        reasons=before.reasons,
        warnings=before.warnings,
        policies=before.policies,
    )
    return replace(
        before,
        starts_at=wanted.window.start,
        ends_at=wanted.window.end,
        reasons=wanted.reasons,
        warnings=wanted.warnings,
        policies=wanted.policies,
        refused_request=None,
        proposed_change=None,
        moving_from=former,
        version=before.version + 1,
        updated_at=now,
    )


def _grant(before: Reservation, decision: Decision) -> Granted:
    saved = [each.reservation for each in decision.changes if isinstance(each, Save)]
    return Granted(saved[-1] if saved else before, decision)
