"""Compare recurring holds with what a room calendar shows.

Whether the listed dates are those that are booked, a listing of the calendar tells, as for any series that is booked.
Where it does not prove that, the hold is read as a whole and compared with what is wanted of it, as policy and outbound
compare it, so that what one of them puts right is right for the others. Beside that, a date that is booked and of which
the calendar shows nothing is missing, whatever Graph says of the dates that were taken out.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from uuid import UUID

from libs.contracts.shown import shown_subject
from libs.contracts.shown_holds import compare_dates, is_named_and_busy
from libs.contracts.values import Meeting, SeriesListing
from services.reconciler.core.drift import (
    DifferentAnswer,
    DifferentTime,
    DifferentTitle,
    Drift,
    MissingInOutlook,
    ShownAfterAll,
)
from services.reconciler.core.expectation import Expectation
from services.reconciler.core.series import BookedSeries


def gather_held(expectations: Iterable[Expectation]) -> Mapping[UUID, BookedSeries]:
    """Return the recurring holds that are wanted, by group, each with what is expected of its dates."""
    dates: defaultdict[UUID, dict[date, Expectation]] = defaultdict(dict)
    holds: dict[UUID, Expectation] = {}
    for each in expectations:
        if each.group_id is None:
            continue
        if each.held is not None:
            holds[each.group_id] = each
        elif each.original_date is not None:
            dates[each.group_id][each.original_date] = each
    return {group_id: BookedSeries(hold, dates[group_id]) for group_id, hold in holds.items()}


def compare_held(held: BookedSeries, seen: Meeting, now: datetime, horizon: datetime) -> list[Drift]:
    """Return how an event that was read as a whole differs from a recurring hold: one drift, or none."""
    expected, wanted = held.master, held.master.held
    if wanted is None or expected.is_awaited(now):
        return []
    if seen.is_cancelled:
        return [MissingInOutlook(expected.key, seen, expected)]
    found = compare_dates(seen, wanted, now)
    lacks_dates = seen.series is None or _lacks_dates(held, seen.series, now, horizon)
    if found.recurs_otherwise or found.lost or lacks_dates:
        return [DifferentTime(expected.key, seen, expected)]
    if not is_named_and_busy(seen, wanted):
        # Its dates then differ in the same way.
        is_renamed = shown_subject(seen.subject) != shown_subject(wanted.subject)
        return [(DifferentTitle if is_renamed else DifferentAnswer)(expected.key, seen, expected)]
    if found.dates:
        return [DifferentTime(expected.key, seen, expected)]
    return [ShownAfterAll(expected.key, seen, expected)] if expected.is_given_up else []


def _lacks_dates(held: BookedSeries, listing: SeriesListing, now: datetime, horizon: datetime) -> bool:
    until = horizon if listing.listed_until is None else min(horizon, listing.listed_until)
    listed = {each.original_date for each in listing.occurrences}
    expected = (each for each in held.dates.values() if each.ends_at > now and each.starts_at < until)
    return any(each.original_date not in listed for each in expected)
