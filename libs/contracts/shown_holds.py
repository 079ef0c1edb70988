"""Compare a hold with what a calendar shows of it; a recurring one date by date, without expanding any pattern.

Graph expands patterns, and says which dates were taken out of a series, unless it leaves that out. So it is enough to
compare how the two recur, each date that is listed with what is wanted of it, and the dates that are not there.

Outlook knows zones by other names than we do, and several of ours by one of its own. Zones are therefore compared by
the times that they lead to: a date begins at the hold's wall-clock time, whichever offset from UTC its day has.

Source: https://learn.microsoft.com/graph/api/resources/recurrencepattern,
https://learn.microsoft.com/graph/api/resources/recurrencerange
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from libs.contracts.intents import HeldDate, HeldSeries, KeepHold
from libs.contracts.shown import is_shown_at, shown_subject, shown_window
from libs.contracts.values import Meeting, Occurrence, SeriesListing, Window

_COUNTS: Mapping[str, tuple[str, ...]] = {
    "daily": (),
    "weekly": ("daysOfWeek",),
    "absoluteMonthly": ("dayOfMonth",),
    "relativeMonthly": ("daysOfWeek", "index"),
    "absoluteYearly": ("dayOfMonth", "month"),
    "relativeYearly": ("daysOfWeek", "index", "month"),
}
"""Which properties of a pattern count, by its type; Graph fills the others up with what means nothing."""

_DEFAULTS: Mapping[str, Any] = {"index": "first", "firstDayOfWeek": "sunday"}


@dataclass(frozen=True, slots=True)
class WantedDate:
    """A listed date that is not as it is wanted: its event, and how it ought to be. None: it ought not to be there."""

    event_id: str
    window: Window | None
    subject: str


@dataclass(frozen=True, slots=True)
class SeriesDifference:
    """How a series differs from a recurring hold.

    `recurs_otherwise`: its recurrence or the time of its first date. `dates` are to be changed or taken out, `lost` are
    those that were taken out and are wanted.
    """

    recurs_otherwise: bool = False
    dates: tuple[WantedDate, ...] = ()
    lost: tuple[date, ...] = ()


def shows_hold(meeting: Meeting, wanted: KeepHold, now: datetime) -> bool:
    """Whether an event is this hold as it is wanted: the time, the subject if it can be read, and busy.

    A recurring hold is shown by a series, read as a whole, that recurs like it and of which no date differs, as far as
    its dates are listed and not over.
    """
    if meeting.is_cancelled or not is_named_and_busy(meeting, wanted):
        return False
    if wanted.series is None:
        return is_shown_at(meeting, wanted.window)
    return compare_dates(meeting, wanted, now) == SeriesDifference()


def is_named_and_busy(meeting: Meeting, wanted: KeepHold) -> bool:
    """Whether an event has the subject of a hold, or one that cannot be read, and blocks its time."""
    is_named = meeting.is_unreadable or shown_subject(meeting.subject) == shown_subject(wanted.subject)
    return is_named and meeting.shows_as == "busy"


def compare_dates(meeting: Meeting, wanted: KeepHold, now: datetime) -> SeriesDifference:
    """Return how a series that was read as a whole differs from a recurring hold. What is over by now is left alone."""
    shown = meeting.series
    if wanted.series is None or shown is None or not _recurs_alike(meeting, shown, wanted):
        return SeriesDifference(recurs_otherwise=True)
    held = {each.original_date: each for each in wanted.series.exceptions}
    dates = [_compare_date(each, held.get(each.original_date), wanted, now) for each in shown.occurrences]
    lost = {day for day in shown.removed_dates if _is_wanted(held.get(day), day, wanted, now)}
    lost |= {each.original_date for each in shown.occurrences if each.is_cancelled and each.window.end > now}
    lost |= _find_unlisted(shown, wanted, wanted.series, now)
    return SeriesDifference(dates=tuple(each for each in dates if each is not None), lost=tuple(sorted(lost)))


def planned_window(hold: KeepHold, original_date: date) -> Window:
    """Return when the pattern of a recurring hold has a date: at the wall-clock time of its first one.

    A wall-clock time that comes twice is the earlier one, and one that does not exist is read with the offset before.
    """
    zone = ZoneInfo(hold.time_zone)
    first, last = (each.astimezone(zone).replace(tzinfo=None) for each in (hold.window.start, hold.window.end))
    began = datetime.combine(original_date, first.time(), tzinfo=zone)
    start = began.astimezone(UTC)
    end = (began.replace(tzinfo=None) + (last - first)).replace(tzinfo=zone).astimezone(UTC)
    return Window(start=start, end=end if end > start else start + (last - first))


def last_end(hold: KeepHold) -> datetime:
    """Return when a hold is over: the last date of a recurring one, wherever that was moved."""
    if hold.series is None:
        return hold.window.end
    exceptions = hold.series.exceptions
    ends = [each.window.end for each in exceptions if each.window is not None]
    final = _end_date(hold.series.recurrence)
    if final is not None and all(each.original_date != final for each in exceptions):
        ends.append(planned_window(hold, final).end)
    return max(ends, default=hold.window.end)


def is_over(meeting: Meeting, now: datetime) -> bool:
    """Whether an event is over: of a series that was read as a whole, every date that it has."""
    shown = meeting.series
    if shown is None:
        return meeting.window.end <= now
    return shown.listed_until is None and all(each.window.end <= now for each in shown.occurrences)


def _compare_date(each: Occurrence, held: HeldDate | None, hold: KeepHold, now: datetime) -> WantedDate | None:
    window = _window_on(hold, held, each.original_date)
    if each.is_cancelled or (each.window.end <= now and (window is None or window.end <= now)):
        return None
    subject = shown_subject(hold.subject if held is None or held.subject is None else held.subject)
    if window is None:
        return WantedDate(each.event_id, None, subject)
    is_shown = each.window == shown_window(window) and shown_subject(each.subject) == subject
    return None if is_shown and each.shows_as == "busy" else WantedDate(each.event_id, window, subject)


def _find_unlisted(shown: SeriesListing, hold: KeepHold, series: HeldSeries, now: datetime) -> set[date]:
    """Return the dates that are held and that Graph does not list, where it lists the others.

    Graph need not tell which dates were taken out. Where it lists one that the hold has not, it expands the pattern
    otherwise than we do: then nothing follows from what it does not list, and no new event would show it either.
    """
    held = {each.original_date: each for each in series.exceptions}
    listed, known = {each.original_date for each in shown.occurrences}, {*series.dates, *held}
    if not listed <= known:
        return set()
    until = shown.listed_until
    windows = {day: _window_on(hold, held.get(day), day) for day in series.dates if day not in listed}
    return {
        day
        for day, window in windows.items()
        if window is not None and window.end > now and (until is None or window.start < until)
    }


def _window_on(hold: KeepHold, held: HeldDate | None, day: date) -> Window | None:
    return planned_window(hold, day) if held is None else held.window


def _is_wanted(held: HeldDate | None, day: date, hold: KeepHold, now: datetime) -> bool:
    window = _window_on(hold, held, day)
    return window is not None and window.end > now


def _recurs_alike(meeting: Meeting, shown: SeriesListing, hold: KeepHold) -> bool:
    if hold.series is None or meeting.window != shown_window(hold.window):
        return False
    recurrence, wanted = shown.recurrence, hold.series.recurrence
    return _pattern_of(recurrence) == _pattern_of(wanted) and _ends_alike(shown, wanted)


def _pattern_of(recurrence: Mapping[str, Any]) -> dict[str, Any]:
    """Return what counts of a pattern, each in one form."""
    pattern = recurrence.get("pattern") or {}
    kind, interval = str(pattern.get("type")), pattern.get("interval") or 1
    counted: dict[str, Any] = {"type": kind, "interval": interval}
    for name in _COUNTS.get(kind, tuple(pattern)):
        value = pattern.get(name) or _DEFAULTS.get(name)
        counted[name] = sorted(str(each).lower() for each in value) if isinstance(value, list | tuple) else value
    if kind == "weekly" and interval > 1:
        counted["firstDayOfWeek"] = pattern.get("firstDayOfWeek") or _DEFAULTS["firstDayOfWeek"]
    return counted


def _ends_alike(shown: SeriesListing, wanted: Mapping[str, Any]) -> bool:
    """Whether two ranges end with the same date, by whichever words.

    A range that ends later has the same dates if all of them are listed and none is after the wanted end.
    """
    final, ends = _end_date(wanted), _end_date(shown.recurrence)
    if final is None or ends == final:
        return ends == final
    dates = [*(each.original_date for each in shown.occurrences), *shown.removed_dates]
    if shown.listed_until is not None or not dates:
        return False
    last = max(dates)
    return last == final if ends is None else last <= final <= ends


def _end_date(recurrence: Mapping[str, Any]) -> date | None:
    limits = recurrence.get("range") or {}
    if limits.get("type") != "endDate":
        return None
    try:
        return date.fromisoformat(str(limits.get("endDate")))
    except ValueError:
        return None
