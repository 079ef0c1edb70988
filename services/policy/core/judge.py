"""Judge an invitation, and say what follows: a new reservation, a changed one, a refusal, or a refused edit.

A refused edit never costs the organizer the room: the reservation keeps its original window, and Outlook is brought
back to it in the way the connection allows.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from libs.contracts.intents import AnswerMeeting, KeepHold, MoveBack
from libs.contracts.values import Meeting, Outcome, Reason, Window, meeting_key, reservation_key
from services.policy.core import wording
from services.policy.core.changes import Change, Decision, NoteMeeting, Record, Save, Want
from services.policy.core.ending import dropped_hold, kept_hold
from services.policy.core.evaluate import Request, evaluate, next_free
from services.policy.core.ledger import Judged, KnownMeeting, MovedBack, Reservation, Slice
from services.policy.core.meetings import details_of, followed


@dataclass(frozen=True, slots=True)
class _Case:
    ledger: Slice
    meeting: Meeting
    judged: Judged
    seen: KnownMeeting
    new_id: UUID
    reasons: tuple[Reason, ...]
    request: Request

    @property
    def key(self) -> str:
        return meeting_key(self.meeting.ical_uid)

    @property
    def next_free(self) -> Window | None:
        return next_free(self.request, self.ledger.space, self.ledger.taken, self.ledger.now)

    def answered(self, answer: str, comment: str, about: UUID, **more: object) -> Want:
        goal = {
            "ical_uid": self.meeting.ical_uid,
            "event_id": self.meeting.event_id,
            "answer": answer,
            "comment": comment,
            "judged": self.judged.window,
            **more,
        }
        return Want(self.key, AnswerMeeting.model_validate(goal), about)

    def recorded(self, outcome: Outcome, about: UUID) -> Record:
        return Record(self.key, about, outcome, self.reasons, self.judged)

    def noted(self, outcome: Outcome, about: UUID, moved_back_from: MovedBack | None) -> NoteMeeting:
        known = replace(
            self.seen, judged=self.judged, outcome=outcome, reservation_id=about, moved_back_from=moved_back_from
        )
        return NoteMeeting(self.meeting.ical_uid, known)


def judge(ledger: Slice, meeting: Meeting, judged: Judged, seen: KnownMeeting, new_id: UUID) -> Decision:
    """Decide about an invitation as it stands now."""
    live = ledger.live
    request = Request(judged.window, judged.people, is_series=judged.is_series, own=live.id if live else None)
    reasons = evaluate(request, ledger.space, ledger.taken, ledger.now)
    case = _Case(ledger, meeting, judged, seen, new_id, reasons, request)
    if not reasons:
        return _accepted(case)
    if live is None or live.ends_at <= ledger.now:
        return _declined(case)
    return _edit_refused(case, live)


def reservation_for(case_id: UUID, ledger: Slice, meeting: Meeting, judged: Judged) -> Reservation:
    """Return the confirmed reservation that a meeting asks for."""
    title, is_private = details_of(meeting, ledger.live)
    return Reservation(
        id=case_id,
        space_id=ledger.space.id,
        group_id=None,
        status="confirmed",
        starts_at=judged.window.start,
        ends_at=judged.window.end,
        time_zone=ledger.space.time_zone,
        title=title,
        is_private=is_private,
        organizer_name=meeting.organizer.name if meeting.organizer and judged.organizer else None,
        organizer_address=judged.organizer,
        attendee_count=judged.people,
        origin="outlook",
        outcome=Outcome.ACCEPT,
        reasons=(),
        ical_uid=meeting.ical_uid,
        kept_without_invitation=False,
        version=1,
        created_at=ledger.now,
        updated_at=ledger.now,
    )


def saved(wanted: Reservation, before: Reservation | None, now: datetime) -> list[Change]:
    """Save a reservation as its next version, unless it already stands so."""
    if before is None:
        return [Save(wanted, None)]
    same = replace(wanted, version=before.version, created_at=before.created_at, updated_at=before.updated_at)
    if same == before:
        return []
    return [Save(replace(same, version=before.version + 1, updated_at=now), before)]


def _accepted(case: _Case) -> Decision:
    ledger, live = case.ledger, case.ledger.live
    fresh = reservation_for(live.id if live else case.new_id, ledger, case.meeting, case.judged)
    moved_back = case.seen.moved_back_from
    comment = wording.accepted(ledger.space.name)
    if live is not None and moved_back is not None and live.window == case.judged.window:
        comment = wording.moved_back(ledger.space.name, live.window, ledger.space.time_zone, moved_back.why)
    else:
        moved_back = None
    return Decision(
        (
            *saved(fresh, live, ledger.now),
            case.recorded(Outcome.ACCEPT, fresh.id),
            case.noted(Outcome.ACCEPT, fresh.id, moved_back),
            case.answered("accepted", comment, fresh.id),
            *dropped_hold(ledger),
        ),
        note="accepted",
    )


def _declined(case: _Case) -> Decision:
    ledger, previous = case.ledger, case.ledger.reservation
    again = previous if previous is not None and previous.status == "declined" else None
    refused = replace(
        reservation_for(again.id if again else case.new_id, ledger, case.meeting, case.judged),
        status="declined",
        outcome=Outcome.DECLINE,
        reasons=case.reasons,
    )
    comment = wording.declined(ledger.space.name, case.reasons, case.next_free, ledger.space.time_zone)
    return Decision(
        (
            *saved(refused, again, ledger.now),
            case.recorded(Outcome.DECLINE, refused.id),
            case.noted(Outcome.DECLINE, refused.id, None),
            case.answered("declined", comment, refused.id),
        ),
        note="declined",
    )


def _edit_refused(case: _Case, live: Reservation) -> Decision:
    if _can_be_moved_back(case, live):
        return _moved_back(case, live)
    space = case.ledger.space
    is_a_move = live.window != case.judged.window and not case.judged.is_series
    is_proposed = space.refused_edit == "propose_original" and is_a_move
    outcome = Outcome.TENTATIVE if is_proposed else Outcome.DECLINE
    title, is_private = details_of(case.meeting, live)
    kept = replace(
        live,
        title=title,
        is_private=is_private,
        outcome=outcome,
        reasons=case.reasons,
        kept_without_invitation=not is_proposed,
    )
    comment = wording.edit_refused(space.name, case.reasons, live.window, case.next_free, space.time_zone)
    answer = (
        case.answered("tentativelyAccepted", comment, live.id, proposed=live.window)
        if is_proposed
        else case.answered("declined", comment, live.id)
    )
    return Decision(
        (
            *saved(kept, live, case.ledger.now),
            case.recorded(outcome, live.id),
            case.noted(outcome, live.id, case.seen.moved_back_from),
            answer,
            *_held(kept, case.ledger),
        ),
        note="edit_refused",
    )


def _held(kept: Reservation, ledger: Slice) -> list[Change]:
    """Want the room blocked in Outlook at the original time, unless that is wanted already."""
    held = kept_hold(ledger.hold)
    if held is not None and (held.window, held.subject) == (kept.window, kept.title):
        return []
    hold = KeepHold(reservation_id=kept.id, window=kept.window, time_zone=kept.time_zone, subject=kept.title)
    return [Want(reservation_key(kept.id), hold, kept.id)]


def _can_be_moved_back(case: _Case, live: Reservation) -> bool:
    """Whether the organizer's event may be moved back: allowed, a move at all, and not moved back from there before."""
    before = case.seen.moved_back_from
    return (
        case.ledger.space.edits_organizer_events
        and case.judged.organizer is not None
        and not case.judged.is_series
        and live.window != case.judged.window
        and not (before is not None and before.window == case.judged.window)
    )


def _moved_back(case: _Case, live: Reservation) -> Decision:
    assert case.judged.organizer is not None  # noqa: S101 - `_can_be_moved_back` said so
    why = " ".join(reason.message for reason in case.reasons)
    goal = MoveBack(
        ical_uid=case.meeting.ical_uid,
        organizer=case.judged.organizer,
        kept=live.window,
        refused=case.judged.window,
    )
    return Decision(
        (
            *followed(case.ledger, case.meeting),
            case.recorded(Outcome.DECLINE, live.id),
            case.noted(Outcome.DECLINE, live.id, MovedBack(window=case.judged.window, why=why)),
            Want(case.key, goal, live.id),
        ),
        note="moved_back",
    )
