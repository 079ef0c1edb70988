"""Move the organizer's own event to the time that the back office wants, where the connection may edit such events.

The new time is booked at once. The time before it is held until the move shows on the room's calendar, so that the
reservation can go back if the organizer's event cannot be moved: then the organizer is proposed the new time instead.
"""

from dataclasses import replace

from libs.contracts.intents import MoveBack
from libs.contracts.keys import MeetingKey
from libs.contracts.messages import IntentProblem
from libs.contracts.values import Outcome
from services.policy.core.case import Case
from services.policy.core.changes import Change, Decision, NoteMeeting, Record, Save, Want, save_if_changed
from services.policy.core.goals import GiveAnswer
from services.policy.core.holds import drop_hold
from services.policy.core.ledger import HeldTime, Reservation, Slice
from services.policy.core.meetings import details_of, follow_details
from services.policy.core.notices import MovedByAdministrator
from services.policy.core.proposals import find_obstacle, follow_proposal, give_up_change, propose, stand_until
from services.policy.core.standing import Standing


def can_move(live: Reservation, ledger: Slice) -> bool:
    """Whether the organizer's own event may be moved; whether that succeeds is known once it was tried."""
    return ledger.space.may_edit_events_of(live.organizer_address)


def move(before: Reservation, booked: Reservation, ledger: Slice) -> list[Change]:
    """Have the organizer's event moved to where the reservation is `booked` from now on.

    `before` is the reservation as the ledger has it, and `booked.moving_from` the time that its meeting has by now.
    """
    key, meeting, organizer = booked.key, ledger.meeting, booked.organizer_address
    changes: list[Change] = [Save(booked, before)]
    if not isinstance(key, MeetingKey) or meeting is None or meeting.judged is None or organizer is None:
        return changes
    goal = MoveBack(
        ical_uid=key.ical_uid,
        organizer=organizer,
        kept=booked.window,
        refused=meeting.judged.window,
        time_zone=ledger.space.time_zone,
    )
    noted = replace(meeting, standing=Standing.ACCEPTED, reservation_id=booked.id, moved_back_from=None)
    return [*changes, NoteMeeting(key, noted), Want(key, goal, booked.id), *drop_hold(ledger)]


def follow_own_change(case: Case) -> Decision | None:
    """Follow a change by the back office that is not over; None if the organizer asks for something else."""
    live = case.ledger.live
    if live is not None and live.moving_from is not None:
        return _follow_move(case, live, live.moving_from)
    if live is not None and live.proposed_change is not None:
        return follow_proposal(case, live, live.proposed_change)
    return None


def _follow_move(case: Case, live: Reservation, moving: HeldTime) -> Decision | None:
    if case.judged == live.judged:
        return _arrive(case, live, moving)
    if case.judged != case.known.judged or case.judged.window != moving.window:
        return None
    intent = case.ledger.intent
    if intent is not None and intent.is_awaited(case.observation.observed_at):
        return Decision((case.note(case.see()), *follow_details(case.ledger, case.meeting)), note="in_flight")
    return propose_instead(live, moving, replace(case.ledger, meeting=case.see()))


def _arrive(case: Case, live: Reservation, moving: HeldTime) -> Decision:
    """Accept a meeting that was moved. Nothing changes by that, so its version, and who made it, stay."""
    title, is_private = details_of(case.meeting, live)
    arrived = replace(live, moving_from=None)
    retitled = replace(arrived, title=title, is_private=is_private)
    return Decision(
        (
            *([Save(arrived, live)] if retitled == arrived else save_if_changed(retitled, live, case.now)),
            case.note_standing(Standing.ACCEPTED, live.id),
            case.answer("accepted", MovedByAdministrator(former=moving.window), live.id),
        ),
        note="moved",
    )


def undo_own_change(ledger: Slice, problem: IntentProblem | None) -> Decision | None:
    """Return what follows when Outlook cannot be brought to a change by the back office; None if there is none."""
    live, meeting = ledger.live, ledger.meeting
    goal = ledger.intent.wanted if ledger.intent is not None else None
    if live is None or meeting is None:
        return None
    if live.moving_from is not None and isinstance(goal, MoveBack):
        return propose_instead(live, live.moving_from, ledger)
    is_refused = isinstance(goal, GiveAnswer) and problem is IntentProblem.PROPOSAL_REFUSED
    if live.proposed_change is not None and is_refused:
        told = replace(ledger, meeting=replace(meeting, allows_proposals=False))
        return give_up_change(live, live, live.proposed_change, told)
    return None


def propose_instead(live: Reservation, moving: HeldTime, ledger: Slice) -> Decision:
    """Go back to the time before a move that failed, and propose the other one; or leave it, if that is impossible."""
    former = go_back(live, moving)
    wanted = HeldTime(
        window=live.window,
        people=live.attendee_count,
        until=stand_until(moving.until, live.window, moving.window),
        reasons=live.reasons,
        warnings=live.warnings,
        policies=live.policies,
    )
    if ledger.meeting is None or find_obstacle(ledger.meeting, wanted, ledger.now) is not None:
        return give_up_change(former, live, wanted, ledger)
    record = Record(live.key, live.id, Outcome.ACCEPT, former.reasons, former.judged)
    return Decision((*propose(live, former, wanted, ledger), record), note="proposed_instead")


def go_back(live: Reservation, moving: HeldTime) -> Reservation:
    """Return a reservation at the time that it had before a move, by the decision that it stood by."""
    return replace(
        live,
        starts_at=moving.window.start,
        ends_at=moving.window.end,
        attendee_count=moving.people,
        reasons=moving.reasons,
        warnings=moving.warnings,
        policies=moving.policies,
    )
