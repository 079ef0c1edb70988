"""A refused edit never costs the organizer the room.

The reservation keeps its original window and the decision that stands; the refused request is shown beside it. Outlook
is brought back in one of three ways. The organizer's event is moved back, where the connection may do that. By default
the room answers tentatively and proposes the original time, so that its copy, and with it the news of a cancellation,
stays. By setting, or where the organizer allows no proposals, the change is declined and a hold keeps the room.
"""

from dataclasses import replace

from libs.contracts.intents import MoveBack
from libs.contracts.values import Outcome
from services.policy.core.case import Case
from services.policy.core.changes import Decision, Want, save_if_changed
from services.policy.core.explanations import Explanation
from services.policy.core.holds import keep_hold_if_changed, retitle_hold
from services.policy.core.ledger import MovedBack, RefusedRequest, Reservation
from services.policy.core.meetings import details_of
from services.policy.core.notices import EditRefused
from services.policy.core.standing import Standing
from services.policy.core.verdict import NeedsApproval, Refuse


def refuse_edit(case: Case, live: Reservation, verdict: NeedsApproval | Refuse) -> Decision:
    """Keep the reservation, and want Outlook to show it again."""
    if _can_be_moved_back(case, live):
        return _move_back(case, live, verdict)
    if case.ledger.space.refused_edit == "propose_original" and not case.judged.is_series:
        return _propose_original(case, live, verdict)
    return _decline_and_hold(case, live, verdict)


def _propose_original(case: Case, live: Reservation, verdict: NeedsApproval | Refuse) -> Decision:
    """Answer tentatively; where the time stayed, and something else is refused, there is no time to propose."""
    reasons = verdict.reasons
    kept = replace(_keep(case, live, reasons), kept_without_invitation=False)
    notice = EditRefused(reasons=reasons, kept=live.window)
    proposed = live.window if live.window != case.judged.window else None
    return Decision(
        (
            *save_if_changed(kept, live, case.now),
            case.record(Outcome.TENTATIVE, reasons, live.id, verdict),
            case.note_standing(Standing.PROPOSES_ORIGINAL, live.id, case.known.moved_back_from),
            case.answer("tentativelyAccepted", notice, live.id, proposed=proposed),
            *keep_hold_if_changed(kept, case.ledger),
        ),
        note="edit_refused",
    )


def _decline_and_hold(case: Case, live: Reservation, verdict: NeedsApproval | Refuse) -> Decision:
    reasons = verdict.reasons
    kept = replace(_keep(case, live, reasons), kept_without_invitation=True)
    notice = EditRefused(reasons=reasons, kept=live.window)
    return Decision(
        (
            *save_if_changed(kept, live, case.now),
            case.record(Outcome.DECLINE, reasons, live.id, verdict),
            case.note_standing(Standing.DECLINED, live.id, case.known.moved_back_from),
            case.answer("declined", notice, live.id),
            *keep_hold_if_changed(kept, case.ledger),
        ),
        note="edit_refused",
    )


def _keep(case: Case, live: Reservation, reasons: tuple[Explanation, ...]) -> Reservation:
    """Return the reservation as it was, with the title as it is now and the refused request beside it.

    A request that is refused again is refused since the first time. Whatever else was proposed is not any more.
    """
    title, is_private = details_of(case.meeting, live)
    refused, before = case.judged, live.refused_request
    is_the_same = before is not None and (before.window, before.people) == (refused.window, refused.people)
    at = before.at if before is not None and is_the_same else case.now
    request = RefusedRequest(window=refused.window, people=refused.people, reasons=reasons, at=at)
    return replace(
        live, title=title, is_private=is_private, refused_request=request, proposed_change=None, moving_from=None
    )


def _can_be_moved_back(case: Case, live: Reservation) -> bool:
    """Whether to move the organizer's event back: we may, its time changed, and we have not undone this move before."""
    before = case.known.moved_back_from
    return (
        case.ledger.space.may_edit_events_of(case.judged.organizer)
        and not case.judged.is_series
        and live.window != case.judged.window
        and not (before is not None and before.window == case.judged.window)
    )


def _move_back(case: Case, live: Reservation, verdict: NeedsApproval | Refuse) -> Decision:
    reasons = verdict.reasons
    assert case.judged.organizer is not None  # noqa: S101 - `_can_be_moved_back` checked it
    goal = MoveBack(
        ical_uid=case.meeting.ical_uid,
        organizer=case.judged.organizer,
        kept=live.window,
        refused=case.judged.window,
        time_zone=case.ledger.space.time_zone,
    )
    moved_back = MovedBack(window=case.judged.window, reasons=reasons)
    kept = _keep(case, live, reasons)
    return Decision(
        (
            *save_if_changed(kept, live, case.now),
            *retitle_hold(case.ledger, kept.title, live.id),
            case.record(Outcome.DECLINE, reasons, live.id, verdict),
            case.note_standing(Standing.DECLINED, live.id, moved_back),
            Want(case.key, goal, live.id),
        ),
        note="moved_back",
    )
