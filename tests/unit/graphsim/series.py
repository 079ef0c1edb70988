"""A series of Tuesdays in December 2026 and its dates, as people at Outlook see and change them."""

from collections.abc import Callable
from typing import Any

from tests.unit.graphsim.outlook import Json, Outlook, eventually

WEEKLY: Json = {"type": "weekly", "interval": 1, "daysOfWeek": ["tuesday"]}
WINDOW = "startDateTime=2026-11-01T00:00:00Z&endDateTime=2027-11-01T00:00:00Z"
DATES = "$select=subject,cancelledOccurrences,exceptionOccurrences&$expand=exceptionOccurrences"


def repeated(pattern: Json, start: str = "2026-12-01", **limits: Any) -> Json:
    return {"pattern": pattern, "range": {"type": "numbered", "startDate": start, **limits}}


FIVE_TUESDAYS = repeated(WEEKLY, numberOfOccurrences=5)


def at(day: int, hours: tuple[int, int]) -> Json:
    """A time in December 2026, as a body."""
    start, end = ({"dateTime": f"2026-12-{day:02d}T{hour:02d}:00:00", "timeZone": "UTC"} for hour in hours)
    return {"start": start, "end": end}


def day_of(event: Json) -> int:
    """The original date of an occurrence, as a day of December."""
    return int(event["occurrenceId"][-2:])


async def instances(outlook: Outlook, mailbox: str, master: Json) -> list[Json]:
    page = await outlook.call("GET", f"{mailbox}/events/{master['id']}/instances?{WINDOW}&$top=1000")
    found: list[Json] = page["value"]
    return found


async def on(outlook: Outlook, mailbox: str, master: Json, day: int) -> Json:
    """The occurrence whose original date is that day."""
    [found] = [each for each in await instances(outlook, mailbox, master) if day_of(each) == day]
    return found


async def dates(outlook: Outlook, mailbox: str, master: Json) -> tuple[dict[int, Json], list[int]]:
    """What a master tells of its dates: changed ones by day, and the days of cancelled ones."""
    shown = await outlook.call("GET", f"{mailbox}/events/{master['id']}?{DATES}")
    changed = {day_of(each): each for each in shown["exceptionOccurrences"]}
    return changed, [int(each[-2:]) for each in shown["cancelledOccurrences"]]


async def days(outlook: Outlook, mailbox: str, master: Json) -> list[int]:
    """The original dates of all that /instances shows, in order."""
    return [day_of(each) for each in await instances(outlook, mailbox, master)]


async def change(outlook: Outlook, mailbox: str, event: Json, **fields: Any) -> Json:
    changed: Json = await outlook.call("PATCH", f"{mailbox}/events/{event['id']}", fields)
    return changed


async def when(
    outlook: Outlook, mailbox: str, master: Json, day: int, holds: Callable[[Json | None], bool]
) -> Json | None:
    """Wait until the mailbox's occurrence of that day is as asked for; None stands for one that is not there."""

    async def look() -> list[Json | None]:
        found = {day_of(each): each for each in await instances(outlook, mailbox, master)}
        return [found.get(day)] if holds(found.get(day)) else []

    return (await eventually(look))[0]


def answer_of(event: Json) -> str:
    answer: str = event["responseStatus"]["response"]
    return answer
