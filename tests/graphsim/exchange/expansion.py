"""When the occurrences of one series are: each day of its pattern, at the series' wall time.

A series repeats in the zone of its recurrence, so that an occurrence's distance from UTC changes with daylight saving.
Where a wall time comes twice it is the earlier one, and one that does not exist is read with the offset before the gap
(RFC 5545, section 3.3.5; Microsoft's documents leave both open).

Source: https://learn.microsoft.com/en-us/graph/api/resources/recurrencerange
Source: https://learn.microsoft.com/en-us/openspecs/exchange_server_protocols/ms-oxocal/ (section 2.2.1.44: the start
and end of an occurrence are minutes of wall time since midnight)
"""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Any

from tests.graphsim.exchange import recurrence
from tests.graphsim.exchange.timezones import zone

COMPUTED_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class OccurrenceSlot:
    """When one occurrence is by its pattern: its day in the series' zone, and its edges.

    The edges are UTC; of an all-day one they are its dates at midnight UTC, as in `MeetingDetails`.
    """

    day: date
    start: datetime
    end: datetime


class Expansion:
    """The slots of a series in order, computed as far as somebody asked; `start` and `end` are those of the series."""

    def __init__(self, rule: dict[str, Any], start: datetime, end: datetime, *, is_all_day: bool) -> None:
        self.rule, self.start, self.end, self.is_all_day = rule, start, end, is_all_day
        self._zone = UTC if is_all_day else zone(rule["range"]["recurrenceTimeZone"])
        first = start.astimezone(self._zone)
        self._time = first.time().replace(fold=0)
        self._length = end.astimezone(self._zone).replace(tzinfo=None) - first.replace(tzinfo=None)
        self._days = recurrence.days(rule, date.max)
        self._slots: list[OccurrenceSlot] = []
        self._by_day: dict[date, OccurrenceSlot] = {}

    def matches(self, rule: dict[str, Any] | None, start: datetime, end: datetime, *, is_all_day: bool) -> bool:
        return (self.start, self.end, self.is_all_day) == (start, end, is_all_day) and self.rule == rule

    def first(self) -> OccurrenceSlot | None:
        return next(iter(self), None)

    def on(self, day: date) -> OccurrenceSlot | None:
        """The slot of a day, if the pattern falls on it."""
        self._compute_until(day)
        return self._by_day.get(day)

    def beside(self, day: date) -> tuple[OccurrenceSlot | None, OccurrenceSlot | None]:
        """The slots before and after a day's."""
        before = after = None
        for slot in self:
            if slot.day < day:
                before = slot
            elif slot.day > day:
                after = slot
                break
        return before, after

    def between(self, start: datetime, end: datetime) -> list[OccurrenceSlot]:
        """The slots that may touch the window from `start` to `end`: up to a day more on either side."""
        margin = timedelta(days=1)
        # A window may reach to the last day that there is.
        last = end.date() + 2 * margin if end.date() < date.max - 2 * margin else date.max
        self._compute_until(last)
        earliest = (
            (start - margin - self._length).date() if start.date() > date.min + self._length + margin else date.min
        )
        low = bisect_left(self._slots, earliest, key=_day)
        return self._slots[low : bisect_left(self._slots, last, key=_day)]

    def __iter__(self) -> Iterator[OccurrenceSlot]:
        """Every slot in order, for as long as the series goes on."""
        position = 0
        while position < len(self._slots) or self._compute_more():
            yield self._slots[position]
            position += 1

    def _compute_until(self, day: date) -> None:
        while not self._slots or self._slots[-1].day <= day:
            if not self._compute_more():
                return

    def _compute_more(self) -> bool:
        made = [self._slot(day) for day in islice(self._days, COMPUTED_AT_ONCE)]
        self._slots += made
        self._by_day.update((slot.day, slot) for slot in made)
        return bool(made)

    def _slot(self, day: date) -> OccurrenceSlot:
        start = datetime.combine(day, self._time)
        began = start.replace(tzinfo=self._zone).astimezone(UTC)
        ended = (start + self._length).replace(tzinfo=self._zone).astimezone(UTC)
        # Where the clocks go forward in between, what is short would end when it begins, or before.
        return OccurrenceSlot(day, began, ended if ended > began else began + self._length)


def midnight(day: date, zone_name: str) -> datetime:
    """When a day begins in a zone, in UTC."""
    return datetime.combine(day, time(), tzinfo=zone(zone_name)).astimezone(UTC)


def _day(slot: OccurrenceSlot) -> date:
    return slot.day
