"""Judge an invitation, and say what follows: a new reservation, a changed one, a refusal, or a refused edit.

A refused edit never costs the organizer the room: the reservation keeps its original window, and Outlook is brought
back to it in the way the connection allows.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from libs.contracts.intents import AnswerMeeting, DropHold, KeepHold, MoveBack
from libs.contracts.values import Meeting, Outcome, Reason, meeting_key, reservation_key
from services.policy.core import wording
from services.policy.core.changes import Change, Decision, NoteMeeting, Record, Save, Want
from services.policy.core.evaluate import Request, evaluate, next_free
from services.policy.core.ledger import Judged, KnownMeeting, MovedBack, Reservation, Slice

PRIVATE = "Private"


@dataclass(frozen=True, slots=True)
class _Case:
    ledger: Slice
    meeting: Meeting
    judged: Judged
    seen: KnownMeeting
    now: datetime
    new_id: UUID
    reasons: tuple[Reason, ...]
    request: Request

    @property
    def key(self) -> str:
        return meeting_key(self.meeting.ical_uid)

    def answer(self, answer: str, comment: str, **more: object) -> AnswerMeeting:
        return AnswerMeeting.model_validate(
            {
                "ical_uid": self.meeting.ical_uid,
                "event_id": self.meeting.event_id,
                "answer": answer,
                "comment": comment,
                "judged": self.judged.window,
                **more,
            }
        )

    def noted(self, outcome: Outcome, reservation_id: UUID, moved_back_from: MovedBack | None) -> NoteMeeting:
        known = replace(
            self.seen,
            judged=self.judged,
            outcome=outcome,
            reservation_id=reservation_id,
            moved_back_from=moved_back_from,
        )
        return NoteMeeting(self.meeting.ical_uid, known)


def judge(ledger: Slice, meeting: Meeting, judged: Judged, seen: KnownMeeting, now: datetime, new_id: UUID) -> Decision:
    """Decide about an invitation as it stands now."""
    live = ledger.live
    request = Request(judged.window, judged.people, is_series=judged.is_series, own=live.id if live else None)
    reasons = evaluate(request, ledger.space, ledger.taken, now)
    case = _Case(ledger, meeting, judged, seen, now, new_id, reasons, request)
    if not reasons:
        return _accepted(case)
    if live is None or live.ends_at <= now:
        return _declined(case)
    return _edit_refused(case, live)


def reservation_for(case_id: UUID, ledger: Slice, meeting: Meeting, judged: Judged, now: datetime) -> Reservation:
    """Return the confirmed reservation that a meeting asks for."""
    return Reservation(
        id=case_id,
        space_id=ledger.space.id,
        group_id=None,
        status="confirmed",
        starts_at=judged.window.start,
        ends_at=judged.window.end,
        time_zone=ledger.space.time_zone,
        title=title_of(meeting, ledger.live),
        is_private=meeting.is_private,
        organizer_name=meeting.organizer.name if meeting.organizer else None,
        organizer_address=judged.organizer,
        attendee_count=judged.people,
        origin="outlook",
        outcome=Outcome.ACCEPT,
        reasons=(),
        ical_uid=meeting.ical_uid,
        kept_without_invitation=False,
        version=1,
        created_at=now,
        updated_at=now,
    )


def _accepted(case: _Case) -> Decision:
    ledger, live = case.ledger, case.ledger.live
    fresh = reservation_for(live.id if live else case.new_id, ledger, case.meeting, case.judged, case.now)
    moved_back = case.seen.moved_back_from
    comment = wording.accepted(ledger.space.name)
    if live is not None:
        fresh = replace(fresh, version=live.version, created_at=live.created_at, updated_at=live.updated_at)
        if fresh != live:
            fresh = replace(fresh, version=live.version + 1, updated_at=case.now)
        if moved_back is not None and live.window == case.judged.window:
            comment = wording.moved_back(ledger.space.name, live.window, ledger.space.time_zone, moved_back.why)
        else:
            moved_back = None
    changes: list[Change] = [case.noted(Outcome.ACCEPT, fresh.id, moved_back)]
    if fresh != live:
        changes.append(Save(fresh, live))
    changes.append(Record(case.key, fresh.id, Outcome.ACCEPT, (), case.judged))
    changes.append(Want(case.key, case.answer("accepted", comment), fresh.id))
    if ledger.hold is not None and isinstance(ledger.hold.wanted, KeepHold):
        drop = DropHold(reservation_id=fresh.id, event_id=ledger.hold.event_id)
        changes.append(Want(reservation_key(fresh.id), drop, fresh.id))
    return Decision(tuple(changes), note="accepted")


def title_of(meeting: Meeting, live: Reservation | None) -> str:
    """Return the title to keep: masked if private, and never the one a room mailbox writes over it by itself.

    Source: https://learn.microsoft.com/powershell/module/exchangepowershell/set-calendarprocessing
    (DeleteSubject, AddOrganizerToSubject)
    """
    if meeting.is_private:
        return PRIVATE
    organizer = (meeting.organizer.name or "").strip() if meeting.organizer else ""
    is_rewritten = meeting.subject.strip() in {"", organizer}
    return live.title if live is not None and is_rewritten else meeting.subject


def _declined(case: _Case) -> Decision:
    ledger, previous = case.ledger, case.ledger.reservation
    again = previous if previous is not None and previous.status == "declined" else None
    refused = replace(
        reservation_for(again.id if again else case.new_id, ledger, case.meeting, case.judged, case.now),
        status="declined",
        outcome=Outcome.DECLINE,
        reasons=case.reasons,
    )
    if again is not None:
        refused = replace(refused, version=again.version + 1, created_at=again.created_at)
    free = next_free(case.request, ledger.space, ledger.taken)
    comment = wording.declined(ledger.space.name, case.reasons, free, ledger.space.time_zone)
    return Decision(
        (
            case.noted(Outcome.DECLINE, refused.id, None),
            Save(refused, again),
            Record(case.key, refused.id, Outcome.DECLINE, case.reasons, case.judged),
            Want(case.key, case.answer("declined", comment), refused.id),
        ),
        note="declined",
    )


def _edit_refused(case: _Case, live: Reservation) -> Decision:
    if _can_be_moved_back(case, live):
        return _moved_back(case, live)
    zone = case.ledger.space.time_zone
    free = next_free(case.request, case.ledger.space, case.ledger.taken)
    comment = wording.edit_refused(case.ledger.space.name, case.reasons, live.window, free, zone)
    hold = KeepHold(reservation_id=live.id, window=live.window, time_zone=live.time_zone, subject=live.title)
    is_proposed = case.ledger.space.refused_edit == "propose_original" and live.window != case.judged.window
    outcome = Outcome.TENTATIVE if is_proposed else Outcome.DECLINE
    kept = replace(
        live,
        outcome=outcome,
        reasons=case.reasons,
        kept_without_invitation=not is_proposed,
        version=live.version + 1,
        updated_at=case.now,
    )
    answer = (
        case.answer("tentativelyAccepted", comment, proposed=live.window)
        if is_proposed
        else case.answer("declined", comment)
    )
    changes: list[Change] = [
        case.noted(outcome, live.id, case.seen.moved_back_from),
        Save(kept, live),
        Record(case.key, live.id, outcome, case.reasons, case.judged),
        Want(case.key, answer, live.id),
    ]
    held = case.ledger.hold.wanted if case.ledger.hold is not None else None
    if not isinstance(held, KeepHold) or held.window != hold.window:
        changes.append(Want(reservation_key(live.id), hold, live.id))
    return Decision(tuple(changes), note="edit_refused")


def _can_be_moved_back(case: _Case, live: Reservation) -> bool:
    """Whether the organizer's event may be moved back: allowed, a move at all, and not moved back from there before."""
    before = case.seen.moved_back_from
    return (
        case.ledger.space.edits_organizer_events
        and case.judged.organizer is not None
        and live.window != case.judged.window
        and not (before is not None and before.window == case.judged.window)
    )


def _moved_back(case: _Case, live: Reservation) -> Decision:
    assert case.judged.organizer is not None  # noqa: S101 - `_can_be_moved_back` said so
    why = " ".join(reason.message for reason in case.reasons)
    goal = MoveBack(
        ical_uid=case.meeting.ical_uid, organizer=case.judged.organizer, kept=live.window, refused=case.judged.window
    )
    return Decision(
        (
            case.noted(Outcome.DECLINE, live.id, MovedBack(window=case.judged.window, why=why)),
            Record(case.key, live.id, Outcome.DECLINE, case.reasons, case.judged),
            Want(case.key, goal, live.id),
        ),
        note="moved_back",
    )
