"""When the dates of a recurrence are: each at the group's wall time, whatever the clocks of its zone do.

A time that comes twice is the earlier one; one that does not exist is read with the offset before the gap, and so is
the end of a date. Where what is short would end when it begins or before, it keeps its length instead.

Source: https://www.rfc-editor.org/rfc/rfc5545#section-3.3.5
Source: https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxocal/ (section 2.2.1.44: an occurrence's
start and end are minutes of wall time since midnight)
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from heapq import merge
from itertools import groupby
from zoneinfo import ZoneInfo

from libs.contracts.values import Window
from services.policy.core.recurrence.rule import Recurrence


@dataclass(frozen=True, slots=True)
class Planned:
    """One date of a recurrence, known by its date in the group's zone, and when it is."""

    original_date: date
    window: Window


def expand(recurrence: Recurrence, first: Window, time_zone: str) -> Iterator[Planned]:
    """Return the dates of a recurrence in order, lazily: take as many as needed, for a recurrence may never end.

    Of `first`, the window of its first date, the wall time of its start in the IANA zone and the wall-clock length are
    taken; it may last over midnight, several or whole days. The zone's second time of a repeated hour becomes its
    first, as Outlook keeps no other.
    """
    for day in dates(recurrence):
        window = window_on(day, first, time_zone)
        if window is None:
            return  # the last year that there is
        yield Planned(day, window)


def window_on(day: date, first: Window, time_zone: str) -> Window | None:
    """Return when a recurrence is on one of its dates, by `first` as in `expand`; None past the last year of all."""
    zone = ZoneInfo(time_zone)
    start, end = (moment.astimezone(zone).replace(tzinfo=None) for moment in (first.start, first.end))
    clock, length = start.time().replace(fold=0), end - start
    try:
        wall = datetime.combine(day, clock)
        began, ended = (each.replace(tzinfo=zone).astimezone(UTC) for each in (wall, wall + length))
    except OverflowError:
        return None
    return Window(start=began, end=ended if ended > began else began + length)


def dates(recurrence: Recurrence) -> Iterator[date]:
    """Return the dates of a recurrence in order, lazily, each once."""
    in_order = merge(*(rule.days() for rule in recurrence.rules))
    return (day for day, _ in groupby(in_order) if day not in recurrence.excluded)
