"""Plan the calls that make a calendar show a recurring hold, in the fewest calls that Graph has for it.

What holds for all dates is written to the recurring event, and what is left to single dates. A date that was taken out
cannot be put back: Graph has no call for it, and a series that is prolonged keeps the dates that it lost. So the event
is written anew then, and only after that the old one is removed.

Source: https://learn.microsoft.com/graph/api/resources/event (cancelledOccurrences is read-only),
https://github.com/OfficeDev/ews-managed-api/issues/235 (a new end brings no date back)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from libs.contracts.holds import renewal_id, transaction_id
from libs.contracts.intents import HeldSeries, KeepHold
from libs.contracts.messages import Settlement
from libs.contracts.shown import shown_subject, shown_window
from libs.contracts.shown_holds import SeriesDifference, WantedDate, compare_dates, is_named_and_busy, is_over, last_end
from libs.contracts.values import Meeting
from services.outbound.core.calls import (
    Apply,
    Call,
    ChangeDate,
    CreateHold,
    DateCall,
    NameHold,
    Plan,
    RecurOtherwise,
    Recurs,
    RemoveDate,
    RemoveHold,
    Settle,
)


@dataclass(frozen=True, slots=True)
class Ours:
    """The events that we made for a group, series as a whole, and which generation of its hold is wanted."""

    generation: int
    events: Sequence[Meeting]


def keep_series(goal: KeepHold, series: HeldSeries, ours: Ours, now: datetime) -> Plan:
    """Keep one recurring event as wanted; remove any other one of the same group as a duplicate.

    A hold of which nothing is to come is not written, but an event that still shows dates to come is cut.
    """
    if last_end(goal) <= now and all(is_over(each, now) for each in ours.events):
        return Settle(Settlement.DONE)
    if not ours.events:
        return Apply((_create(goal, series, ours),), looks_again=bool(series.exceptions))
    differing = {each.event_id: compare_dates(each, goal, now) for each in ours.events}
    kept = min(ours.events, key=lambda each: _rank(each, differing[each.event_id], goal))
    others = tuple(RemoveHold(each.event_id) for each in ours.events if each is not kept)
    if differing[kept.event_id].lost:
        return _write_anew(goal, series, ours)
    if differing[kept.event_id].recurs_otherwise:
        window = None if kept.window == shown_window(goal.window) and kept.is_series else shown_window(goal.window)
        recurs = RecurOtherwise(kept.event_id, kept.etag, window, _recurs(goal, series))
        return Apply((recurs, *others), looks_again=True)
    if not is_named_and_busy(kept, goal):
        # Most dates have their subject from the series, and show the new one when they are looked at again.
        return Apply((NameHold(kept.event_id, kept.etag, shown_subject(goal.subject)), *others), looks_again=True)
    calls: tuple[Call, ...] = (*others, *map(_bring_to, differing[kept.event_id].dates))
    return Apply(calls, about=kept) if calls else Settle(Settlement.DONE, meeting=kept)


def _rank(each: Meeting, found: SeriesDifference, goal: KeepHold) -> tuple[bool, bool, bool, bool, int, str]:
    """Return what comes first: what needs not be written anew, then what is known, then what differs least."""
    is_lost, is_other = bool(found.lost), each.event_id != goal.event_id
    return is_lost, each.is_cancelled, is_other, found.recurs_otherwise, len(found.dates), each.event_id


def _write_anew(goal: KeepHold, series: HeldSeries, ours: Ours) -> Plan:
    """Create the event once more, and remove all that were there."""
    create = _create(goal, series, ours)
    return Apply((create, *(RemoveHold(each.event_id) for each in ours.events)), looks_again=bool(series.exceptions))


def _create(goal: KeepHold, series: HeldSeries, ours: Ours) -> CreateHold:
    """Create the event under the id of its generation, or under another one if an event that is there has that."""
    used = {each.transaction_id.lower() for each in ours.events if each.transaction_id is not None}
    first = transaction_id(goal.reservation_id, ours.generation)
    named = renewal_id(goal.reservation_id, ours.generation) if str(first) in used else first
    window, subject = shown_window(goal.window), shown_subject(goal.subject)
    return CreateHold(goal.reservation_id, named, window, subject, _recurs(goal, series))


def _recurs(goal: KeepHold, series: HeldSeries) -> Recurs:
    return Recurs(series.recurrence, goal.time_zone)


def _bring_to(wanted: WantedDate) -> DateCall:
    if wanted.window is None:
        return RemoveDate(wanted.event_id)
    return ChangeDate(wanted.event_id, shown_window(wanted.window), wanted.subject)
