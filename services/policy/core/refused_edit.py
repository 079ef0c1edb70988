"""A refused edit never costs the organizer the room.

The reservation keeps its original window, and Outlook is brought back to it in the way the connection allows: the
organizer's event is moved back, or the original time is proposed, or the change is declined and a hold keeps the room.
"""

from dataclasses import replace

from libs.contracts.intents import MoveBack
from libs.contracts.values import Outcome
from services.policy.core.case import Case
from services.policy.core.changes import Decision, Want, save_if_changed
from services.policy.core.explanations import Explanation
from services.policy.core.holds import keep_hold_if_changed
from services.policy.core.ledger import MovedBack, Reservation, Standing
from services.policy.core.meetings import details_of, follow_details
from services.policy.core.notices import EditRefused


def refuse_edit(case: Case, live: Reservation, reasons: tuple[Explanation, ...]) -> Decision:
    """Keep the reservation, and want Outlook to show it again."""
    if _can_be_moved_back(case, live):
        return _move_back(case, live, reasons)
    is_a_move = live.window != case.judged.window and not case.judged.is_series
    if case.ledger.space.refused_edit == "propose_original" and is_a_move:
        return _propose_original(case, live, reasons)
    return _decline_and_hold(case, live, reasons)


def _propose_original(case: Case, live: Reservation, reasons: tuple[Explanation, ...]) -> Decision:
    kept = replace(_keep(case, live, reasons), outcome=Outcome.TENTATIVE, kept_without_invitation=False)
    notice = EditRefused(reasons=reasons, kept=live.window)
    return Decision(
        (
            *save_if_changed(kept, live, case.now),
            case.record(Outcome.TENTATIVE, reasons, live.id),
            case.note_standing(Standing.PROPOSES_ORIGINAL, live.id, case.known.moved_back_from),
            case.answer("tentativelyAccepted", notice, live.id, proposed=live.window),
            *keep_hold_if_changed(kept, case.ledger),
        ),
        note="edit_refused",
    )


def _decline_and_hold(case: Case, live: Reservation, reasons: tuple[Explanation, ...]) -> Decision:
    kept = replace(_keep(case, live, reasons), outcome=Outcome.DECLINE, kept_without_invitation=True)
    notice = EditRefused(reasons=reasons, kept=live.window)
    return Decision(
        (
            *save_if_changed(kept, live, case.now),
            case.record(Outcome.DECLINE, reasons, live.id),
            case.note_standing(Standing.DECLINED, live.id, case.known.moved_back_from),
            case.answer("declined", notice, live.id),
            *keep_hold_if_changed(kept, case.ledger),
        ),
        note="edit_refused",
    )


def _keep(case: Case, live: Reservation, reasons: tuple[Explanation, ...]) -> Reservation:
    """Return the reservation with the time as it was and the title as it is now."""
    title, is_private = details_of(case.meeting, live)
    return replace(live, title=title, is_private=is_private, reasons=reasons)


def _can_be_moved_back(case: Case, live: Reservation) -> bool:
    """Whether to move the organizer's event back: we may, its time changed, and we have not undone this move before."""
    before = case.known.moved_back_from
    return (
        case.ledger.space.edits_organizer_events
        and case.judged.organizer is not None
        and not case.judged.is_series
        and live.window != case.judged.window
        and not (before is not None and before.window == case.judged.window)
    )


def _move_back(case: Case, live: Reservation, reasons: tuple[Explanation, ...]) -> Decision:
    assert case.judged.organizer is not None  # noqa: S101 - `_can_be_moved_back` checked it
    goal = MoveBack(
        ical_uid=case.meeting.ical_uid,
        organizer=case.judged.organizer,
        kept=live.window,
        refused=case.judged.window,
    )
    moved_back = MovedBack(window=case.judged.window, reasons=reasons)
    return Decision(
        (
            *follow_details(case.ledger, case.meeting),
            case.record(Outcome.DECLINE, reasons, live.id),
            case.note_standing(Standing.DECLINED, live.id, moved_back),
            Want(case.key, goal, live.id),
        ),
        note="moved_back",
    )
