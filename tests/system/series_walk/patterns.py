"""When series are, and how they repeat: few of each, so that they meet."""

from deploy.driver.recurrences import WEEKDAYS, OutlookRecurrence, daily, weekly
from deploy.driver.slots import Slot, slot

PATTERNS = ("daily", "every other day", "twice a week", "weekly", "every other week")
FIRST_DAY = 2


def slot_of(day: int, at: int) -> Slot:
    """Return a slot of an hour on one of the first days; `at` counts half hours."""
    return slot(days=FIRST_DAY + day).later(minutes=30 * at)


def recurrence_of(pattern: str, when: Slot) -> OutlookRecurrence:
    """Return one of `PATTERNS` from a slot on, without an end."""
    first = when.start.date()
    match pattern:
        case "weekly":
            return weekly(first)
        case "every other week":
            return weekly(first, every=2)
        case "twice a week":
            return weekly(first, WEEKDAYS[first.weekday()], WEEKDAYS[(first.weekday() + 2) % 7])
        case "daily":
            return daily(first)
        case _:
            return daily(first, every=2)
