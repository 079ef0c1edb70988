"""Move a series as a whole on its organizer's own calendar: begin it, see it arrive, or go back.

The new times are booked at once, and the times before are held until the room's calendar shows the move, as for a
single meeting (`moves`). While that is awaited, a calendar that shows the series where it was decides nothing. A move
that cannot be made leaves every date as it was: nobody can be proposed another time for a series.

Source: https://learn.microsoft.com/graph/api/event-tentativelyaccept (proposedNewTime is one start and one end)
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from libs.contracts.intents import MoveBack
from libs.contracts.keys import MeetingKey
from libs.contracts.shown import shown_window
from libs.contracts.values import Outcome
from services.policy.core.case import Case
from services.policy.core.changes import Change, Decision, NoteMeeting, Record, Save, SaveGroup, Want, save_if_changed
from services.policy.core.explanations import TimeNotChangeable
from services.policy.core.goals import GiveAnswer
from services.policy.core.holds import drop_hold
from services.policy.core.invited import answer_known_series
from services.policy.core.ledger import Judged, RefusedRequest, Reservation, Slice
from services.policy.core.meetings import details_of
from services.policy.core.moves import go_back
from services.policy.core.notices import MovedByAdministrator, ProposalWithdrawn
from services.policy.core.recurring.asked import PlannedDate, last_end_of, plan_dates, slice_of
from services.policy.core.recurring.group import group_of
from services.policy.core.recurring.shift import ShiftPlan
from services.policy.core.standing import Standing


def move_series(plan: ShiftPlan, booked: Mapping[date, Reservation], ledger: Slice) -> list[Change]:
    """Have the organizer's series moved to where its dates are `booked` from now on."""
    meeting, group = ledger.meeting, ledger.group
    if meeting is None or meeting.judged is None or meeting.judged.organizer is None or group is None:
        return []
    changes: list[Change] = []
    for each in plan.dates:
        changes += [Save(booked[each.original_date], each.live), *drop_hold(each.ledger)]
    first, key = meeting.judged.window, MeetingKey(ledger.space.id, group.ical_uid or "")
    goal = MoveBack(
        ical_uid=key.ical_uid,
        organizer=meeting.judged.organizer,
        kept=shown_window(plan.shift.of(first)),
        refused=first,
        time_zone=ledger.space.time_zone,
        pattern=meeting.judged.pattern,
        lasts_until=max(max(each.to.end, each.live.ends_at) for each in plan.dates),
    )
    noted = replace(meeting, standing=Standing.ACCEPTED, moved_back_from=None)
    return [*changes, NoteMeeting(key, noted), Want(key, goal, None)]


def is_moving_series(ledger: Slice) -> bool:
    """Whether the slice is of a series that is being moved as a whole."""
    return _goal_of(ledger) is not None and bool(_moving_dates(ledger))


def follow_series_move(case: Case) -> Decision | None:
    """Follow a move of a series that is not over; None if there is none, or the organizer asks for something else."""
    goal, intent = _goal_of(case.ledger), case.ledger.intent
    if goal is None or intent is None or not is_moving_series(case.ledger):
        return None
    planned = plan_dates(case)
    if case.judged.window == goal.kept and all(each.is_as_booked or each.live is None for each in planned.values()):
        return _arrive(case, planned, goal)
    if case.judged != case.known.judged:
        return None
    if intent.is_awaited(case.observation.observed_at):
        return Decision((case.note(case.see()),), note="in_flight")
    return undo_series_move(replace(case.ledger, meeting=case.see()), case.key)


def _arrive(case: Case, planned: Mapping[date, PlannedDate], goal: MoveBack) -> Decision:
    """Accept a series that was moved. Nothing changes by that, so the versions of its dates stay."""
    before, group = case.ledger.group, group_of(case)
    changes: list[Change] = [
        SaveGroup(replace(group, taken_away_from=before.taken_away_from if before is not None else None))
    ]
    for each in planned.values():
        live = each.live
        if live is None:
            continue
        title, is_private = details_of(each.case.meeting, live)
        arrived = replace(live, moving_from=None)
        retitled = replace(arrived, title=title, is_private=is_private)
        changes += [Save(arrived, live)] if retitled == arrived else save_if_changed(retitled, live, case.now)
        if each.known.meeting is not None:
            changes.append(each.case.note_standing(Standing.ACCEPTED, live.id))
    answer = case.answer("accepted", MovedByAdministrator(former=goal.refused), None)
    if isinstance(answer.goal, GiveAnswer):
        answer = replace(answer, goal=answer.goal.model_copy(update={"lasts_until": last_end_of(case)}))
    return Decision((*changes, case.note_standing(Standing.ACCEPTED, None), answer), note="series_moved")


def undo_series_move(ledger: Slice, key: MeetingKey) -> Decision | None:
    """Have every date back where it was before a move of the series that failed; None if there is none.

    The change that was wanted is shown as refused.
    """
    goal, why = _goal_of(ledger), (TimeNotChangeable(why="series_not_moved"),)
    moving = _moving_dates(ledger)
    if goal is None or not moving or key.original_date is not None:
        return None
    changes: list[Change] = []
    for live in moving:
        if live.moving_from is None:
            continue
        refused = RefusedRequest(window=live.window, people=live.attendee_count, reasons=why, at=ledger.now)
        back = replace(go_back(live, live.moving_from), moving_from=None, refused_request=refused)
        asked = Judged(window=live.window, organizer=live.organizer_address, people=live.attendee_count)
        changes += [*save_if_changed(back, live, ledger.now), Record(live.key, live.id, Outcome.DECLINE, why, asked)]
    told = ProposalWithdrawn(proposed=goal.kept)
    return Decision((*changes, *answer_known_series(ledger, Standing.ACCEPTED, told)), note="series_not_moved")


def _goal_of(ledger: Slice) -> MoveBack | None:
    goal = ledger.intent.wanted if ledger.intent is not None else None
    return goal if isinstance(goal, MoveBack) else None


def _moving_dates(ledger: Slice) -> list[Reservation]:
    """Return the dates of the slice's series that are booked elsewhere than where they were, and are not over."""
    found = (slice_of(ledger, known).live for known in ledger.dates.values())
    return [each for each in found if each is not None and each.moving_from is not None]
