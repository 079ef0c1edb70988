"""Recurring meetings for the tests: how they are edited, and what the ledger has and wants of them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from libs.contracts.values import Answer, Meeting, Occurrence, Window
from tests.integration.policy.ledger import Ledger, Room, answered, on_dates


async def groups(ledger: Ledger, room: Room) -> list[tuple[str, datetime | None]]:
    rows = await ledger.pool.fetch(
        "SELECT status, materialised_until FROM reservation_groups WHERE space_id = $1 ORDER BY created_at", room.id
    )
    return [tuple(row) for row in rows]


async def last_answers(ledger: Ledger, room: Room) -> dict[str | None, tuple[str, str]]:
    """Return the newest answer that is wanted for the series, and for each of its dates."""
    found: dict[str | None, tuple[str, str]] = {}
    for each in await ledger.owed(room):
        if each["type"].startswith("intent.issued") and each["intent"]["want"] == "answer":
            found[each["key"]["original_date"]] = (each["intent"]["answer"], each["intent"]["comment"])
    return found


def windows_of(series: Meeting) -> list[Window]:
    assert series.series is not None
    return [each.window for each in series.series.occurrences]


def only(number: int, **different: Any) -> Callable[[int, Occurrence], Occurrence | None]:
    return lambda each, found: found.model_copy(update=different) if each == number else found


def without(number: int) -> Callable[[int, Occurrence], Occurrence | None]:
    return lambda each, found: None if each == number else found


def moved(number: int, by: timedelta) -> Callable[[int, Occurrence], Occurrence | None]:
    def move(each: int, found: Occurrence) -> Occurrence:
        if each != number:
            return found
        unanswered = {"answer": Answer.NOT_RESPONDED, "is_exception": True}
        return found.model_copy(update={"start": found.start + by, "end": found.end + by, **unanswered})

    return move


def renamed(series: Meeting, title: str) -> Meeting:
    return on_dates(series, lambda _, each: each.model_copy(update={"subject": title}), subject=title)


async def booked(ledger: Ledger, room: Room, series: Meeting) -> Meeting:
    """Have a series booked and its answer shown; return it as it is then."""
    await ledger.observe(room, series)
    shown = answered(series)
    await ledger.observe(room, shown)
    assert await ledger.windows(room) == windows_of(series)
    return shown
