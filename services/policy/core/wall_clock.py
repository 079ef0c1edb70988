"""Move windows by the clock of a zone: by as much on each date, whatever the clocks do between them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from libs.contracts.values import Window


@dataclass(frozen=True, slots=True)
class Shift:
    """By how much the start and the end of each date move by the clock of a zone."""

    start: timedelta
    end: timedelta
    zone: ZoneInfo

    @classmethod
    def between(cls, before: Window, after: Window, zone: ZoneInfo) -> "Shift":
        """Return the shift that leads from one window to another."""

        def by(wanted: datetime, known: datetime) -> timedelta:
            return clock_time(wanted, zone) - clock_time(known, zone)

        return cls(by(after.start, before.start), by(after.end, before.end), zone)

    def of(self, window: Window) -> Window:
        """Return where a window is then; one that would end before it begins keeps its length."""
        start, end = self.at(window.start), self._moved(window.end, self.end)
        return Window(start=start, end=end if end > start else start + (window.end - window.start))

    def at(self, instant: datetime) -> datetime:
        """Return where a start is then."""
        return self._moved(instant, self.start)

    def day_of(self, window: Window) -> date:
        """Return the date on which a window starts in the zone."""
        return clock_time(window.start, self.zone).date()

    def days(self, window: Window) -> int:
        """Return by how many dates the start of a window moves."""
        before = clock_time(window.start, self.zone)
        return ((before + self.start).date() - before.date()).days

    def clock_of(self, window: Window) -> tuple[time, timedelta]:
        """Return when a window starts, and how long it is, by the clock."""
        start, end = (clock_time(each, self.zone) for each in (window.start, window.end))
        return start.time(), end - start

    def _moved(self, instant: datetime, by: timedelta) -> datetime:
        return (clock_time(instant, self.zone) + by).replace(tzinfo=self.zone).astimezone(UTC)


def clock_time(instant: datetime, zone: ZoneInfo) -> datetime:
    """Return what the clocks of a zone show, without the zone."""
    return instant.astimezone(zone).replace(tzinfo=None)


def instant_of(clock: datetime, zone: ZoneInfo) -> datetime | None:
    """Return when the clocks of a zone show this, for the first time if twice; None if they skip it."""
    instant = clock.replace(tzinfo=zone, fold=0).astimezone(UTC)
    return instant if clock_time(instant, zone) == clock else None
