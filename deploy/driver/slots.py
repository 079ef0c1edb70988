"""Windows of time on coming days, for meetings and reservations."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True, slots=True)
class Slot:
    """A half-open window of time."""

    start: datetime
    end: datetime

    def later(self, **by: float) -> "Slot":
        """Return the slot moved by some `timedelta`: hours=1, days=2."""
        return Slot(self.start + timedelta(**by), self.end + timedelta(**by))

    def longer(self, **by: float) -> "Slot":
        """Return the slot with a later end."""
        return Slot(self.start, self.end + timedelta(**by))

    def __str__(self) -> str:
        return f"{self.start:%a %H:%M} to {self.end:%H:%M}"


def slot(days: int = 1, hour: int = 9, minutes: int = 60) -> Slot:
    """Return a slot on a coming day, in UTC."""
    day = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=days)
    start = day + timedelta(hours=hour)
    return Slot(start, start + timedelta(minutes=minutes))


def weeks(when: Slot, dates: int, *, without: int | None = None) -> list[Slot]:
    """Return a slot and those of the weeks after it, so many, but for the one of this number, from 0."""
    return [when.later(days=7 * number) for number in range(dates) if number != without]
