"""Make of a master and its listed instances one series: what its dates are, and whether there are more.

Graph expands the pattern; nobody here does. An occurrence is known by its original date in the series' zone, because
its event id is renewed with the pattern. What an instance does not say, its master says.

Source: https://learn.microsoft.com/graph/api/event-list-instances,
https://learn.microsoft.com/graph/api/resources/recurrencerange
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from libs.graph.protocol import LONGEST_VIEW
from libs.graph.types import Event, EventAttendee, EventOccurrence, EventSeries, Extent
from libs.graph.zones import iana_of, zone_of

_NOON = timedelta(hours=12)
_LONGEST_PERIOD = {"daily": 1, "weekly": 7, "absoluteMonthly": 31, "relativeMonthly": 38}
_YEAR = 373
_GAPS = 4
"""So many dates in a row may be cancelled, at the place where a listing is cut, before a series seems to end there."""


def listed_window(master: Event, extent: Extent) -> tuple[datetime, datetime]:
    """Return from when to when to list the instances of a series.

    Of a series that ends after a number of dates only a listing tells whether it goes on: so it is looked beyond the
    extent, for some of its periods. Of one that carries a reservation's id, one period before the extent is listed too:
    so far back somebody may move a date that is to come, since none is moved past its neighbour.
    """
    since = extent.since if master.reservation_id is None else extent.since - _period_of(master)
    until = extent.since + extent.ahead
    if _range_of(master).get("type") == "numbered":
        until += _GAPS * _period_of(master)
    return since, min(until, since + LONGEST_VIEW)


def assemble(master: Event, instances: Sequence[Event], extent: Extent) -> Event:
    """Return the master with its series. The instances were listed in the window of `listed_window`, by start.

    A listing has at most one instance more than `extent.most`.
    """
    zone, (recurrence, time_zone) = _zone_of(master), recurrence_of(master)
    date_of = _dates_in(zone, master)
    found = {date_of(each): each for each in sorted(instances, key=lambda each: each.start, reverse=True)}
    in_order = sorted(found.items(), key=lambda each: (each[1].start, each[0]))
    ends_at = extent.since + extent.ahead
    listed = [(day, each) for day, each in in_order if each.start < ends_at][: extent.most]
    beyond = [each for _, each in in_order if each.start >= ends_at]
    cut_at = in_order[extent.most][1].start if len(in_order) > extent.most else None
    if cut_at is None or cut_at > ends_at:
        cut_at = ends_at if beyond or _goes_on(master, zone, ends_at) else None
    series = EventSeries(
        recurrence=recurrence,
        time_zone=time_zone,
        occurrences=tuple(_occurrence(day, each, master) for day, each in listed),
        listed_until=cut_at,
    )
    return replace(master, series=series)


def without_dates(whole: Event, removed: Sequence[date]) -> Event:
    """Return a series with the dates that were taken out of it. One that is listed after all is not among them."""
    if whole.series is None:
        return whole
    listed = {each.original_date for each in whole.series.occurrences}
    gone = tuple(each for each in removed if each not in listed)
    return replace(whole, series=replace(whole.series, removed_dates=gone))


def may_be_of_another_time(master: Event, instances: Sequence[Event]) -> bool:
    """Whether instances seem to be of the series at another time than its master was read at.

    The master and its instances are read by two calls, and the series may be changed in between. Then its dates are at
    another time of day, or all of another length. A time of day that a change of clocks leaves out seems so as well.
    """
    zone = _zone_of(master)
    if zone is None or master.is_all_day or not instances:
        return False
    known, length = zone_of(zone), master.end - master.start
    planned = (each.original_start or each.start for each in instances)
    is_moved = any(each.astimezone(known).time() != master.start.astimezone(known).time() for each in planned)
    return is_moved or all(each.end - each.start != length for each in instances)


def recurrence_of(master: Event) -> tuple[dict[str, Any], str]:
    """Return how a series recurs, and the zone of its dates."""
    return master.recurrence or {}, _zone_of(master) or "UTC"


def original_date(master: Event, instance: Event) -> date:
    """Return the date by which an instance is known in its series, wherever it was moved."""
    return _dates_in(_zone_of(master), master)(instance)


def _occurrence(day: date, found: Event, master: Event) -> EventOccurrence:
    if found.is_bare:
        given = {name: getattr(master, name) for name in ("answer", "shows_as", "is_private", "subject")}
        found = replace(found, **given)
    return EventOccurrence(
        original_date=day,
        event_id=found.event_id,
        start=found.start,
        end=found.end,
        answer=found.answer,
        shows_as=found.shows_as,
        is_exception=_differs(found, master),
        is_cancelled=found.is_cancelled,
        is_private=found.is_private or (found.is_unreadable and master.is_private),
        subject=master.subject if found.is_unreadable else found.subject,
        attendees=_own_attendees(found, master),
    )


def _differs(found: Event, master: Event) -> bool:
    if found.is_unreadable:
        return found.original_start is not None and found.start != found.original_start
    is_moved = found.original_start is not None and found.start != found.original_start
    is_longer = found.end - found.start != master.end - master.start and not found.is_all_day
    is_retitled = (found.subject, found.is_private) != (master.subject, master.is_private)
    return is_moved or is_longer or is_retitled or _own_attendees(found, master) is not None


def _own_attendees(found: Event, master: Event) -> tuple[EventAttendee, ...] | None:
    """Return who is invited to this date, if that differs from the series. An instance may come without anybody."""

    def named(each: Sequence[EventAttendee]) -> set[tuple[str, str]]:
        return {(one.address.lower(), one.kind) for one in each}

    if not found.attendees or named(found.attendees) == named(master.attendees):
        return None
    return found.attendees


def _dates_in(zone: str | None, master: Event) -> Callable[[Event], date]:
    """Return how to tell the original date of an instance.

    In a zone that no table has, the dates are counted as if the first occurrence were at noon in UTC, so that a change
    of that zone's clocks gives no two occurrences one date.
    """
    if zone is not None:
        known = zone_of(zone)
        return lambda each: (each.original_start or each.start).astimezone(known).date()
    first = master.start
    shift = _NOON - timedelta(hours=first.hour, minutes=first.minute, seconds=first.second)
    return lambda each: ((each.original_start or each.start) + shift).date()


def _zone_of(master: Event) -> str | None:
    """Return the zone of a series' dates: its recurrence's, or if that names none, the one in which it was made."""
    named = _range_of(master).get("recurrenceTimeZone")
    if named:
        return iana_of(named)
    return None if master.is_floating else master.time_zone


def _goes_on(master: Event, zone: str | None, after: datetime) -> bool:
    """Whether the range of a series goes on after that time, as far as it says so. The last date is one of it."""
    limits = _range_of(master)
    if limits.get("type") == "endDate":
        try:
            last = date.fromisoformat(str(limits.get("endDate")))
        except ValueError:
            return False
        return last >= after.astimezone(zone_of(zone or "UTC")).date()
    return limits.get("type") == "noEnd"


def _range_of(master: Event) -> dict[str, Any]:
    found: dict[str, Any] = (master.recurrence or {}).get("range") or {}
    return found


def _period_of(master: Event) -> timedelta:
    """Return the longest time between two dates of a series, unless some are cancelled."""
    pattern = (master.recurrence or {}).get("pattern") or {}
    interval = pattern.get("interval")
    days = _LONGEST_PERIOD.get(str(pattern.get("type")), _YEAR)
    return timedelta(days=days * min(interval if isinstance(interval, int) else 1, LONGEST_VIEW.days))
