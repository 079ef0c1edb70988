"""What has to be true of two sides that are quiet, date by date, whatever happened before.

Each check is a claim that fails with a sentence. What is accepted is booked as it is shown; what is answered
tentatively was booked before and is kept, with a hold where the calendar does not show it; all else is not booked.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Protocol

from deploy.driver.eventually import expect
from deploy.driver.slots import Slot
from tests.system.series_walk.sides import AskedDate, BookedDate, DateKey, ShownDate, Sides

REFUSED_EDIT = "tentativelyAccepted"


class OnCalendars(Protocol):
    """What the calendars of organizers and of one room have, as `Sides` says it, whatever the ledger has beside it."""

    @property
    def masters(self) -> Mapping[str, str]: ...

    @property
    def asked(self) -> Mapping[DateKey, AskedDate]: ...

    @property
    def shown(self) -> Mapping[DateKey, ShownDate]: ...

    @property
    def holds(self) -> Sequence[object]: ...


def check_agreement(sides: Sides, taken_out: Collection[DateKey], overtaken: Collection[DateKey] = ()) -> None:
    """Check that all sides agree on every date. `taken_out` are dates that the organizer took away by themselves.

    `overtaken` are dates that may have been changed at the very moment at which their series was declined. News of such
    a date reach the room too late for it to be declined by itself, and leave the calendar with the series; then only
    the organizer's calendar knows that it was not answered.
    """
    unanswered = find_unanswered(sides, overtaken)
    for key, asked in sides.asked.items():
        if key in unanswered:
            expect(key not in sides.booked, f"{key} went with its series, and is booked as {sides.booked.get(key)}")
            continue
        _check_asked(key, asked, sides.shown.get(key), sides.booked.get(key), sides)
    for key in sides.shown.keys() - sides.asked.keys():
        raise AssertionError(f"{key} is on the room's calendar, and nobody asks for it")
    for key, booked in sides.booked.items():
        expect(booked.outlook == "in_sync", f"{key} is {booked.outlook} in Outlook")
        if key not in sides.asked:
            _check_kept_without_date(key, booked, sides, taken_out)
    _check_holds(sides)
    _check_no_overlap("the ledger", [each.window for each in sides.booked.values()])
    _check_no_overlap("Outlook", list(_busy(sides)))


def check_taken_away(sides: OnCalendars, overtaken: Collection[DateKey]) -> None:
    """Check that a room which can no longer be booked is declined on every date, and holds nothing."""
    unanswered = find_unanswered(sides, overtaken)
    for key, asked in sides.asked.items():
        expect(key in unanswered or asked.answer == "declined", f"{key} is {asked.answer} in a room taken away")
    for key in sides.shown:
        raise AssertionError(f"{key} is on the calendar of a room taken away")
    expect(not sides.holds, f"holds block {sides.holds} in a room taken away")


def find_unanswered(sides: OnCalendars, overtaken: Collection[DateKey]) -> set[DateKey]:
    """Return those of the dates that left the room's calendar with their series, without an answer of their own."""
    return {
        key
        for key in overtaken
        if key in sides.asked
        and key not in sides.shown
        and (sides.asked[key].answer, sides.masters.get(key.series)) == ("none", "declined")
    }


def _check_asked(
    key: DateKey, asked: AskedDate, shown: ShownDate | None, booked: BookedDate | None, sides: Sides
) -> None:
    if shown is None:
        expect(asked.answer == "declined", f"{key} left the room's calendar, and its organizer sees {asked.answer}")
        expect(booked is None, f"{key} is declined, and booked as {booked}")
        return
    expect((shown.window, shown.title) == (asked.window, asked.title), f"{key} is asked as {asked}, shown as {shown}")
    expect(shown.answer == asked.answer, f"{key} is {shown.answer} to the room, {asked.answer} to its organizer")
    match shown.answer:
        case "accepted":
            expect(booked is not None, f"{key} is accepted, and not booked")
            expect(booked and booked.window == shown.window, f"{key} is accepted as {shown}, booked as {booked}")
            expect(booked and booked.title == shown.title, f"{key} is accepted as {shown}, booked as {booked}")
            expect(booked and not booked.is_kept, f"{key} is accepted, and counts as refused")
            expect(shown.shows_as == "busy", f"{key} is accepted, and shown as {shown.shows_as}")
        case "tentativelyAccepted":
            is_new = booked is None and sides.masters.get(key.series) == REFUSED_EDIT
            expect(is_new or booked is not None, f"{key} is answered tentatively, and nothing is kept of it")
            expect(booked is None or booked.is_kept, f"{key} is answered tentatively, and counts as booked")
            is_shown = booked is None or booked.window == shown.window or booked.window in sides.holds
            expect(is_shown, f"{key} is kept as {booked}, and Outlook does not show that")
        case _:
            raise AssertionError(f"{key} is {shown.answer} on the room's calendar")


def _check_kept_without_date(key: DateKey, booked: BookedDate, sides: Sides, taken_out: Collection[DateKey]) -> None:
    """Check a booking whose date the organizer no longer asks for: only a refused change of its series keeps it."""
    expect(key not in taken_out, f"{key} was taken away by its organizer, and is booked as {booked}")
    is_refused = sides.masters.get(key.series) == REFUSED_EDIT
    expect(is_refused, f"{key} is booked as {booked}, and nobody asks for it")
    expect(booked.is_kept, f"{key} is kept as {booked}, and does not count as refused")
    expect(booked.window in sides.holds, f"{key} is kept as {booked}, and Outlook does not show that")


def _check_holds(sides: Sides) -> None:
    """Check that each hold stands for one booking that the calendar does not show otherwise."""
    kept = sorted((each.window for each in sides.booked.values() if each.is_kept), key=_start)
    for window in sides.holds:
        expect(window in kept, f"a hold blocks {window}, and nothing is kept there")
    for first, second in pairwise(sides.holds):
        expect(first != second, f"two holds block {first}")


def _check_no_overlap(side: str, windows: Sequence[Slot]) -> None:
    for first, second in pairwise(sorted(windows, key=_start)):
        expect(first.end <= second.start, f"{side} holds {first} and {second}, which overlap")


def _busy(sides: Sides) -> Iterator[Slot]:
    yield from sides.holds
    yield from (each.window for each in sides.shown.values() if each.answer == "accepted")


def _start(window: Slot) -> datetime:
    return window.start
