"""Decide about a change by the back office of several dates of a series in Outlook: of all of them, or of none.

The dates are judged in one pass, with what they give up, by the same rules as any other change. Where organizers'
events may be edited, all that is to come moves with the series, by one write, if nothing is lost by that; otherwise
each date is moved by itself, as a single meeting is (`moves`). Elsewhere the organizer is asked to move them: by a
proposal for each where they are few and others stay, else by one answer to the series (`proposing`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal, assert_never

from libs.contracts.values import Outcome
from services.policy.core.back_office import Denied, Granted, ReservationChange, Ruling
from services.policy.core.changes import Change, Decision, Record, Save, record_verdict
from services.policy.core.explanations import Explanation, OnDate, ProposalWithdrawnHere, TimeNotChangeable
from services.policy.core.ledger import HeldTime, Reservation, Slice
from services.policy.core.meeting_change import book_at, find_standing_in_the_way, find_what_is_not_ours
from services.policy.core.moves import can_move, move
from services.policy.core.proposals import stand_until, withdraw
from services.policy.core.recurring.judge import AskedDate, JudgedDate, judge_dates
from services.policy.core.recurring.known import slice_of_booked
from services.policy.core.recurring.moving import move_series
from services.policy.core.recurring.proposing import ask_to_move, find_wanted, propose_each, withdraw_wanted
from services.policy.core.recurring.shift import MovedDate, ShiftPlan, may_move_whole, plan_change, touch_each_other
from services.policy.core.request import Request
from services.policy.core.verdict import Accept

MOST_PROPOSED_ONE_BY_ONE = 3
"""Of so many dates each is proposed by itself, which its organizer accepts by one click; more would be a flood."""

Way = Literal["series_moved", "dates_moved", "series_asked", "dates_proposed"]
"""How dates are changed: on the organizer's calendar, as a series or each by itself, or by asking the organizer."""


@dataclass(frozen=True, slots=True)
class WantedShift:
    """A change of several dates, in which way, and until when an organizer who is asked for it has time."""

    change: ReservationChange
    answer_by: datetime
    way: Way


def decide_series_change(before: Reservation, change: ReservationChange, ledger: Slice, within: timedelta) -> Ruling:
    """Decide about a change of several dates; one that cannot be granted leaves all as they were.

    `ledger` is the slice of the series, with what is taken around the windows of `plan_windows`. An organizer who is
    asked to move dates is given `within` for it, until one of all their times begins at most; so is the organizer of a
    date that is moved by itself and cannot be in the end. What was asked of them before, ends.
    """
    obstacle = find_what_is_not_ours(before, change, ledger)
    if obstacle is not None:
        return Denied((obstacle,))
    plan = plan_change(before, change, ledger)
    if all(each.to == each.live.window for each in plan.dates):
        return _withdraw(before, plan, ledger)
    way = _choose_way(before, plan, change, ledger)
    if way in {"series_asked", "dates_proposed"}:
        plan = replace(plan, dates=[each for each in plan.dates if each.live.starts_at > ledger.now])
    wanted = WantedShift(change, ledger.now + within, way)
    if way == "series_asked" and _is_asked_already(plan, ledger):
        return Granted(before)
    obstacles = _find_obstacles(plan, wanted, ledger)
    if obstacles:
        return Denied(tuple(obstacles))
    judged = _judge(plan, change, ledger)
    refused = [each for each in judged.values() if not isinstance(each.verdict, Accept)]
    return _deny(before, refused) if refused else _grant(before, plan, judged, wanted, ledger)


def _choose_way(before: Reservation, plan: ShiftPlan, change: ReservationChange, ledger: Slice) -> Way:
    if can_move(before, ledger):
        return "series_moved" if may_move_whole(plan, change, ledger) else "dates_moved"
    lives = [slice_of_booked(ledger, known).live for known in ledger.dates.values()]
    goes_on = ledger.group is not None and ledger.group.materialised_until is not None
    is_part = len(plan.dates) < sum(each is not None for each in lives)
    is_few = len(plan.dates) == 1 or (is_part and len(plan.dates) <= MOST_PROPOSED_ONE_BY_ONE)
    if is_few and not goes_on and not touch_each_other(plan, ledger, days_count=True):
        return "dates_proposed"
    return "series_asked"


def _withdraw(before: Reservation, plan: ShiftPlan, ledger: Slice) -> Granted:
    """Ask for nothing any more of what is to stay as it is booked; nothing follows where nothing was asked."""
    chosen = {each.original_date: each.live for each in plan.dates if each.live.proposed_change is not None}
    why: dict[date, Explanation] = {
        day: ProposalWithdrawnHere(proposed=live.proposed_change.window)
        for day, live in chosen.items()
        if live.proposed_change is not None
    }
    asked = [each for each in find_wanted(ledger) if each.original_date in chosen]
    changes: list[Change] = [*withdraw_wanted(asked, ledger, why).changes] if asked else []
    for each in plan.dates:
        proposed = each.live.proposed_change
        if proposed is not None and not proposed.with_series:
            changes += withdraw(each.live, proposed, each.ledger, why[each.original_date]).changes
    return _granted(before, changes, "proposal_withdrawn" if changes else "nothing")


def _is_asked_already(plan: ShiftPlan, ledger: Slice) -> bool:
    """Whether the organizer is asked for just this, by one answer to the series."""
    asked = {each.original_date: each.proposed.window for each in find_wanted(ledger)}
    return bool(asked) and asked == {each.original_date: each.to for each in plan.dates}


def _find_obstacles(plan: ShiftPlan, wanted: WantedShift, ledger: Slice) -> list[Explanation]:
    """Return what has to change before these dates can be moved, and why Outlook would not let them be."""
    standing = [(each.live.window, find_standing_in_the_way(each.live, each.ledger)) for each in plan.dates]
    found: list[Explanation] = [OnDate(window=window, why=why) for window, why in standing if why is not None]
    if found:
        return found
    if wanted.way in {"series_asked", "dates_proposed"}:
        return _find_in_the_way_of_asking(plan, wanted, ledger)
    is_whole = wanted.way == "series_moved"
    if not is_whole and ledger.group is not None and ledger.group.materialised_until is not None:
        return [TimeNotChangeable(why="series_goes_on")]
    return [TimeNotChangeable(why="over_itself")] if touch_each_other(plan, ledger, days_count=not is_whole) else []


def _find_in_the_way_of_asking(plan: ShiftPlan, wanted: WantedShift, ledger: Slice) -> list[Explanation]:
    """Return why the organizer cannot be asked to move these dates; who allows no proposals wants none in words."""
    if not plan.dates or _stand_until(plan, wanted) <= ledger.now:
        return [TimeNotChangeable(why="begun")]
    allows = ledger.meeting is not None and ledger.meeting.allows_proposals
    return [] if allows else [TimeNotChangeable(why="no_proposals")]


def _stand_until(plan: ShiftPlan, wanted: WantedShift) -> datetime:
    """Return until when the organizer may choose: one time for all, as one answer says it."""
    return stand_until(wanted.answer_by, *(at for each in plan.dates for at in (each.to, each.live.window)))


def _judge(plan: ShiftPlan, change: ReservationChange, ledger: Slice) -> Mapping[date, JudgedDate]:
    asked = [AskedDate(each.original_date, _request_of(each, change), each.live.id) for each in plan.dates]
    held = [ledger.group.id] if ledger.group is not None else []
    return judge_dates(asked, ledger, {*held, *(each.live.id for each in plan.dates)})


def _request_of(moved: MovedDate, change: ReservationChange) -> Request:
    live = moved.live
    return Request(
        moved.to,
        live.attendee_count,
        live.organizer_address,
        channel=change.channel,
        roles=change.roles,
        own=live.id,
        before=live.judged,
        is_overridden=change.override_reason is not None,
        is_decided=change.approved is not None,
    )


def _grant(
    before: Reservation,
    plan: ShiftPlan,
    judged: Mapping[date, JudgedDate],
    wanted: WantedShift,
    ledger: Slice,
) -> Granted:
    held = {each.original_date: _hold(each, judged[each.original_date], wanted) for each in plan.dates}
    booked = {each.original_date: book_at(each.live, held[each.original_date], ledger.now) for each in plan.dates}
    changes: list[Change] = []
    match wanted.way:
        case "series_moved":
            changes += move_series(plan, booked, ledger)
        case "dates_moved":
            for each in plan.dates:
                changes += move(each.live, booked[each.original_date], each.ledger)
        case "series_asked":
            latest = _stand_until(plan, wanted)
            changes += ask_to_move({day: one.model_copy(update={"until": latest}) for day, one in held.items()}, ledger)
        case "dates_proposed":
            changes += propose_each([(each.live, held[each.original_date], each.ledger) for each in plan.dates], ledger)
        case _:
            assert_never(wanted.way)
    for day, found in judged.items():
        after, asked = booked[day], found.asked.request
        record = record_verdict(after.key, after.id, Outcome.ACCEPT, after.reasons, asked, found.verdict)
        changes.append(replace(record, judged_on=found.ledger))
    is_moved = wanted.way in {"series_moved", "dates_moved"}
    return _granted(before, changes, "moving_dates" if is_moved else "dates_proposed")


def _granted(before: Reservation, changes: Sequence[Change], note: str) -> Granted:
    saved = {each.reservation.id: each.reservation for each in changes if isinstance(each, Save)}
    return Granted(saved.get(before.id, before), Decision(tuple(changes), note=note))


def _hold(moved: MovedDate, judged: JudgedDate, wanted: WantedShift) -> HeldTime:
    """Return the time that a date is wanted at, with the decision that it stands by."""
    live, verdict = moved.live, judged.verdict
    return HeldTime(
        window=moved.to,
        people=live.attendee_count,
        until=stand_until(wanted.answer_by, moved.to, live.window),
        reasons=wanted.change.allowed or live.reasons,
        warnings=verdict.told if isinstance(verdict, Accept) else (),
        policies=verdict.judged_by,
    )


def _deny(before: Reservation, refused: Sequence[JudgedDate]) -> Denied:
    """Refuse all because of some, each reason with its date."""
    reasons = tuple(
        OnDate(window=each.asked.request.window, why=why)
        for each in refused
        if not isinstance(each.verdict, Accept)
        for why in each.verdict.reasons
        if not isinstance(why, OnDate)
    )
    policies = refused[0].verdict.judged_by
    record = Record(before.key, before.id, Outcome.DECLINE, reasons, before.judged, policies)
    return Denied(reasons, Decision((record,), note="refused"))
