"""Compare the dates of series that are booked with what a room calendar shows.

A listing of the calendar has the dates of all series, without their masters. It is enough to prove that a series is as
expected (`compare_listed`), which needs no call. Where it is not, the series is read as a whole and compared date by
date (`compare_whole`), since only its master knows in which zone its original dates are.

One rule: whatever differs in a series is one drift under its master's key, and carries the master as a whole, of which
policy decides date by date. What is in flight proves nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum

from libs.contracts.keys import MeetingKey
from libs.contracts.values import Answer, Meeting, Occurrence, SeriesListing
from services.reconciler.core.diff import compare, compare_but_time
from services.reconciler.core.drift import (
    DifferentAnswer,
    DifferentTime,
    DifferentTitle,
    Drift,
    MissingInOutlook,
    ShownAfterAll,
    Unmanaged,
)
from services.reconciler.core.expectation import Expectation

_BY_WEIGHT = (MissingInOutlook, DifferentTime, DifferentAnswer, DifferentTitle, ShownAfterAll)
"""The kinds of drift that a series can have, the one first that tells most of it.

That a date is unmanaged counts only if nothing else differs.
"""
_OF_A_DATE = ("event_id", "start", "end", "answer", "shows_as", "subject", "is_private", "is_cancelled")


@dataclass(frozen=True, slots=True)
class BookedSeries:
    """What is expected of a series that is booked: of its master, and of each of its dates."""

    master: Expectation
    dates: Mapping[date, Expectation]

    @property
    def is_foreign(self) -> bool:
        """Whether the room itself owns it, so that its dates are events of the room's own."""
        return self.master.answer is Answer.ORGANIZER

    def ought_to_be_booked(self, seen: Meeting) -> bool:
        """Whether a date on the calendar takes its time."""
        return seen.shows_as != "free" if self.is_foreign else seen.answer is not Answer.DECLINED

    def until(self, horizon: datetime) -> datetime:
        """Return up to when its dates are compared: as far as they are booked, and not beyond the horizon."""
        booked_until = self.master.booked_until
        return horizon if booked_until is None else min(horizon, booked_until)

    def is_awaited(self, now: datetime) -> bool:
        """Whether an answer to it, or to one of its dates, may still appear on the calendar by itself."""
        return any(each.is_awaited(now) for each in (self.master, *self.dates.values()))


class Agreement(Enum):
    """What a listing says of a series: it is as expected, may become so by itself, or has to be read as a whole."""

    AGREES = "agrees"
    UNDECIDED = "undecided"
    DIFFERS = "differs"


def gather_series(expectations: Iterable[Expectation]) -> Mapping[str, BookedSeries]:
    """Return the series that are booked, by iCalUId, each with what is expected of its dates."""
    dates: defaultdict[str, dict[date, Expectation]] = defaultdict(dict)
    blocking: defaultdict[str, dict[date, Expectation]] = defaultdict(dict)
    masters: dict[str, Expectation] = {}
    for each in expectations:
        if not isinstance(each.key, MeetingKey):
            continue
        uid, day = each.key.ical_uid, each.key.original_date
        if each.is_booked_series:
            masters[uid] = each
        elif day is not None:
            (blocking if _blocks_only(each) else dates)[uid][day] = each
    return {
        uid: BookedSeries(master, (blocking if master.answer is Answer.ORGANIZER else dates)[uid])
        for uid, master in masters.items()
    }


def compare_listed(series: BookedSeries, listed: Iterable[Meeting], now: datetime, horizon: datetime) -> Agreement:
    """Return whether the listed dates of a series are those that are expected, each at its time with its answer.

    Dates are paired by what they show, since a listing does not say in which zone the original dates are.
    """
    until = series.until(horizon)
    otherwise = Agreement.UNDECIDED if series.master.is_awaited(now) else Agreement.DIFFERS
    left = sorted((each for each in series.dates.values() if each.ends_at > now), key=lambda each: each.starts_at)
    may_come = sum(each.is_awaited(now) for each in left)
    unpaired = 0
    # In the order of their times on both sides, so that the first that is left is nearly always the one.
    for date_of_series in sorted((each for each in listed if _is_there(each, now)), key=lambda each: each.start):
        seen = date_of_series.model_copy(update={"is_series": False})
        pair = next((each for each in left if not compare(each, seen)), None)
        if pair is not None:
            left.remove(pair)
        elif seen.start < until and series.ought_to_be_booked(seen):
            unpaired += 1
            if unpaired > may_come:
                return otherwise
    awaited = sum(each.is_awaited(now) for each in left)
    is_missing = any(each.starts_at < until and not _may_be_absent(each, now) for each in left)
    if is_missing or unpaired > awaited:
        return otherwise
    return Agreement.UNDECIDED if awaited else Agreement.AGREES


def compare_whole(series: BookedSeries, master: Meeting, now: datetime, horizon: datetime) -> list[Drift]:
    """Return how a series that was read as a whole differs from what is expected of it: one drift, or none.

    A series of which no date is left is missing, and counts as cancelled.
    """
    expected = series.master
    if expected.is_awaited(now):
        return []
    if master.is_cancelled or not master.is_series or master.series is None:
        return compare(expected, master)
    drifts = _compare_dates(series, master, master.series, now, horizon)
    # Of the room's own series each date says by itself whether it is busy.
    drifts += [] if series.is_foreign else compare_but_time(expected, master)
    for kind in _BY_WEIGHT:
        if any(isinstance(each, kind) for each in drifts):
            return [kind(expected.key, master, expected)]
    return [Unmanaged(expected.key, master)] if drifts else []


def _compare_dates(
    series: BookedSeries, master: Meeting, listing: SeriesListing, now: datetime, horizon: datetime
) -> list[Drift]:
    """Return how the dates of a series differ, each by itself."""
    until = series.until(horizon)
    read_until = until if listing.listed_until is None else min(until, listing.listed_until)
    seen = {each.original_date: _meeting_on(master, each) for each in listing.occurrences}
    there = {day: each for day, each in seen.items() if _is_there(each, now)}
    drifts: list[Drift] = []
    for day, found in there.items():
        wanted = series.dates.get(day)
        if wanted is None and found.start < until and series.ought_to_be_booked(found):
            drifts.append(_explain_unbooked(series, found))
        elif wanted is not None and not wanted.is_awaited(now):
            drifts += compare(wanted, found)
    missing = any(
        day not in there and now < each.ends_at and each.starts_at < read_until and not _may_be_absent(each, now)
        for day, each in series.dates.items()
    )
    if not missing:
        return drifts
    is_any_left = any(series.ought_to_be_booked(each) for each in there.values())
    gone = DifferentTime if is_any_left else MissingInOutlook
    return [*drifts, gone(series.master.key, master, series.master)]


def _explain_unbooked(series: BookedSeries, found: Meeting) -> Drift:
    if series.is_foreign:
        return Unmanaged(series.master.key, found)
    return DifferentTime(series.master.key, found, series.master)


def _is_there(seen: Meeting, now: datetime) -> bool:
    return not seen.is_cancelled and seen.window.end > now


def _may_be_absent(expected: Expectation, now: datetime) -> bool:
    return expected.may_be_absent() or expected.is_awaited(now)


def _blocks_only(expected: Expectation) -> bool:
    """Whether it tells only that a date that cannot be read blocks its time; what was decided about it says more."""
    return expected.yields or expected.answer is Answer.ORGANIZER


def _meeting_on(master: Meeting, occurrence: Occurrence) -> Meeting:
    """Return one date of a series as a meeting of its own.

    Of a series that somebody else organizes only a date that cannot be read seems to be the room's own.
    """
    given = {name: getattr(occurrence, name) for name in _OF_A_DATE}
    is_unreadable = occurrence.answer is Answer.ORGANIZER and not master.is_room_owned
    return master.model_copy(update={**given, "is_series": False, "series": None, "is_unreadable": is_unreadable})
