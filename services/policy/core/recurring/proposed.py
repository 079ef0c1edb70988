"""Follow what the organizer of a series does who was asked to move several of its dates.

Dates are moved one by one, which is followed by date (`moves`), or with the series, which is followed here: a series
that is wholly where it is wanted is booked there without being judged again, by the decision that was made when it was
asked for. Any other change is judged as usual. What it leaves where it was is wanted elsewhere as before, and what is
held for that is not in its own way.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from libs.contracts.values import Outcome, Window
from services.policy.core.case import Case
from services.policy.core.changes import Change, Decision, NoteMeeting, Record, Save, Want
from services.policy.core.granted import take
from services.policy.core.ledger import HeldTime, Reservation, Slice
from services.policy.core.recurring.asked import gone_dates, listing_of
from services.policy.core.recurring.judge import JudgedDate
from services.policy.core.recurring.judged import JudgedSeries, answer_series
from services.policy.core.recurring.proposing import ask_no_more, find_wanted, say_what_is_wanted
from services.policy.core.standing import Standing
from services.policy.core.verdict import Accept


def spell_out_wanted(ledger: Slice) -> Slice:
    """Return a slice in which what is held for the series is each date's own, so that it is not in that date's way."""
    group, wanted = ledger.group, find_wanted(ledger)
    if group is None or not wanted:
        return ledger
    others = (each for each in ledger.taken if each.reservation_id != group.id)
    return replace(
        ledger, taken=(*others, *(take(each.live.id, each.proposed.window, ledger.space) for each in wanted))
    )


def judge_as_wanted(case: Case, found: JudgedSeries) -> JudgedSeries | None:
    """Return the verdicts on a series that is where the back office wants it; None if that is not so.

    Its pattern may have dates besides, which are not booked yet: each is judged by itself.
    """
    wanted = _wanted_windows(case.ledger)
    shown = {each.case.judged.window for each in found.planned.values()}
    if not wanted or not wanted.keys() <= shown or not _repeats_alike(case) or _moves_others(case, found, wanted):
        return None
    judged = {
        day: _accept(each, wanted[each.asked.request.window]) if each.asked.request.window in wanted else each
        for day, each in found.judged.items()
    }
    return replace(found, as_such=Accept(found.as_such.warnings), judged=judged, may_wait=False)


def stand_by_wanted(decision: Decision, ledger: Slice) -> Decision:
    """Return the booking of a series that is where it is wanted, standing by what was decided when that was asked."""
    changes = [_stand_by(each, _wanted_windows(ledger)) for each in decision.changes]
    saved = {each.reservation.id for each in changes if isinstance(each, Save)}
    for each in find_wanted(ledger):
        # A date may stay where it is, as the one that another date of the series has become.
        if each.live.id not in saved:
            changes += ask_no_more(each)
    return replace(decision, changes=tuple(changes), note="series_moved_as_wanted")


def _stand_by(change: Change, wanted: Mapping[Window, HeldTime]) -> Change:
    match change:
        case Save(reservation=saved, before=before) if saved.is_live:
            held = wanted.get(saved.window)
            reasons = saved.reasons if held is None else held.reasons
            return Save(replace(saved, reasons=reasons, proposed_change=None), before)
        case Record(outcome=Outcome.ACCEPT, judged=judged) if judged.is_series or judged.window in wanted:
            # What was wanted decided it, and not what would be judged of it now.
            reasons = wanted[judged.window].reasons if judged.window in wanted else change.reasons
            return replace(change, asked=None, judged_on=None, reasons=reasons)
        case _:
            return change


def keep_asking(case: Case, found: JudgedSeries) -> list[Change]:
    """Have the organizer asked as before for the dates that a change of the series left where they were."""
    planned = found.planned
    left = [
        each
        for each in find_wanted(case.ledger)
        if each.original_date in planned and planned[each.original_date].case.judged.window == each.live.window
    ]
    if not left:
        return []
    answer: Want = answer_series(case, "tentativelyAccepted", say_what_is_wanted(left, case.ledger))
    noted: NoteMeeting = case.note_standing(Standing.PROPOSES_CHANGE, None)
    return [answer, noted]


def stay_wanted(booked: Reservation, live: Reservation | None) -> Reservation:
    """Return a date as it is booked now, wanted elsewhere as before if its time stays."""
    proposed = live.proposed_change if live is not None else None
    if live is None or proposed is None or not proposed.with_series or live.window != booked.window:
        return booked
    return replace(booked, proposed_change=proposed)


def _wanted_windows(ledger: Slice) -> Mapping[Window, HeldTime]:
    return {each.proposed.window: each.proposed for each in find_wanted(ledger)}


def _accept(judged: JudgedDate, held: HeldTime) -> JudgedDate:
    return replace(judged, verdict=Accept(held.warnings, held.policies))


def _moves_others(case: Case, found: JudgedSeries, wanted: Mapping[Window, HeldTime]) -> bool:
    """Whether anything else is asked for: by a date that is booked elsewhere, by more people, or somebody else."""
    asked = {each.live.id: each.live for each in find_wanted(case.ledger)}
    gone = [known.reservation for _, known in gone_dates(case, found.planned)]
    if any(each is not None and each.id not in asked for each in gone):
        return True
    if any(each.organizer_address != case.judged.organizer for each in asked.values()):
        return True
    for each in found.planned.values():
        held = wanted.get(each.case.judged.window)
        if held is None and each.live is not None and not each.is_as_booked:
            return True
        if held is not None and each.case.judged.people > held.people:
            return True
    return False


def _repeats_alike(case: Case) -> bool:
    """Whether the series repeats as often as before, if on other days."""
    group = case.ledger.group
    return group is not None and _rhythm_of(group.recurrence) == _rhythm_of(listing_of(case).recurrence)


def _rhythm_of(recurrence: Mapping[str, Any]) -> tuple[object, object, int]:
    pattern = recurrence.get("pattern") or {}
    return pattern.get("type"), pattern.get("interval"), len(pattern.get("daysOfWeek") or ())
