"""What the organizer's calendar, the room's calendar and the ledger have for every date of every series, at one time.

A date is known by its series and its original date on all three. In the identity of a single date Exchange writes the
date into that of the series, and the room has a date without its series under such an identity.

Source: https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxocal/1d3aac05-a7b9-45cc-a213-47f0a0a2c5c1
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from deploy.driver.administrator import window_of
from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.eventually import expect
from deploy.driver.http import Json
from deploy.driver.mailbox import original_date, when_of
from deploy.driver.slots import Slot
from tests.system.series_walk.organizer import OrganizedSeries

LOOKS_AHEAD = timedelta(days=90)
NO_DAY = date.min
_NO_DATE = "0" * 8
_DATE_AT = slice(32, 40)


class DateKey(NamedTuple):
    """One date of one series, or a single meeting, which has `NO_DAY`."""

    series: str
    day: date

    def __str__(self) -> str:
        if self.day == NO_DAY:
            return f"the meeting ..{self.series[-6:]}"
        return f"{self.day:%d %b} of ..{self.series[-6:]}"


@dataclass(frozen=True, slots=True)
class AskedDate:
    """A date for which the organizer asks for the room, and the answer of the room that the organizer sees.

    `is_plain`: it is when the pattern has it, under the title of its series.
    """

    window: Slot
    title: str
    answer: str
    is_plain: bool


@dataclass(frozen=True, slots=True)
class ShownDate:
    """A date as the room's calendar shows it."""

    window: Slot
    title: str
    answer: str
    shows_as: str


@dataclass(frozen=True, slots=True)
class ShownHold:
    """A time that the room's calendar blocks by an event of its own."""

    window: Slot
    title: str


@dataclass(frozen=True, slots=True)
class BookedDate:
    """A date as the ledger has it; `is_kept` if a change of it was refused."""

    window: Slot
    title: str
    is_kept: bool
    outlook: str


@dataclass(frozen=True, slots=True)
class Sides:
    """All sides at one time. `masters` are the answers to whole series that their organizers see."""

    masters: Mapping[str, str]
    asked: Mapping[DateKey, AskedDate]
    shown: Mapping[DateKey, ShownDate]
    holds: Sequence[Slot]
    booked: Mapping[DateKey, BookedDate]


def series_of(ical_uid: str) -> str:
    """Return the identity of the series, of a date or of itself."""
    return ical_uid[: _DATE_AT.start] + _NO_DATE + ical_uid[_DATE_AT.stop :]


async def read_sides(cast: Cast, room: BookableRoom, series: Sequence[OrganizedSeries]) -> Sides:
    """Read all sides, one after the other; whoever compares them waits for quiet before."""
    return replace(await read_outlook(room, series), booked=await _read_ledger(cast, room))


async def read_outlook(room: BookableRoom, series: Sequence[OrganizedSeries]) -> Sides:
    """Read what the organizers' calendars and the room's have, and nothing of the ledger."""
    masters, asked = await read_series(room, series)
    shown, holds = await read_calendar(room)
    return Sides(masters, asked, shown, [each.window for each in holds], booked={})


async def read_series(
    room: BookableRoom, series: Sequence[OrganizedSeries]
) -> tuple[dict[str, str], dict[DateKey, AskedDate]]:
    """Read what the organizers' calendars have: the answers to whole series, and what is asked for on each date."""
    masters: dict[str, str] = {}
    asked: dict[DateKey, AskedDate] = {}
    for each in series:
        if each.is_off:
            continue
        master = await each.user.event(each.event)
        name = series_of(master["iCalUId"])
        masters[name] = answer_of(master, room)
        for one in await each.user.occurrences(master):
            if (answer := answer_of(one, room)) != "not invited":
                is_plain = (_original_start(one), one["subject"]) == (when_of(one).start, master["subject"])
                asked[DateKey(name, original_date(one))] = AskedDate(when_of(one), one["subject"], answer, is_plain)
    return masters, asked


async def read_calendar(room: BookableRoom) -> tuple[Mapping[DateKey, ShownDate], Sequence[ShownHold]]:
    """Read what the room's calendar has: invitations by date, and holds by start."""
    now, shown, holds = datetime.now(UTC), dict[DateKey, ShownDate](), list[ShownHold]()
    window = {"startDateTime": now.isoformat(), "endDateTime": (now + LOOKS_AHEAD).isoformat(), "$top": "1000"}
    for each in await room.calendar.graph.listing(f"{room.calendar.path}/calendarView", **window):
        if each["isCancelled"]:
            continue
        if each["isOrganizer"]:
            expect(each["showAs"] == "busy", f"the hold at {when_of(each)} is shown as {each['showAs']}")
            holds.append(ShownHold(when_of(each), each["subject"]))
            continue
        day = original_date(each) if each["occurrenceId"] else None
        key = key_of(each["iCalUId"], day)
        expect(key not in shown, f"the room's calendar has {key} twice")
        answer = each["responseStatus"]["response"]
        shown[key] = ShownDate(when_of(each), each["subject"], answer, each["showAs"])
    return shown, sorted(holds, key=lambda one: (one.window.start, one.title))


async def _read_ledger(cast: Cast, room: BookableRoom) -> Mapping[DateKey, BookedDate]:
    found = await cast.administrator.reservations(room.space, "pending", "confirmed")
    expect(len(found) < 100, "the ledger has more dates than one page")
    booked: dict[DateKey, BookedDate] = {}
    for each in found:
        day = date.fromisoformat(each["original_date"]) if each["original_date"] else None
        key = key_of(each["outlook"]["ical_uid"], day)
        expect(each["status"] == "confirmed", f"{key} is {each['status']}")
        expect(key not in booked, f"the ledger has {key} twice")
        is_kept = each["refused_request"] is not None
        booked[key] = BookedDate(window_of(each), each["title"], is_kept, each["outlook"]["state"])
    return booked


def _original_start(occurrence: Json) -> datetime:
    return datetime.fromisoformat(occurrence["originalStart"][:19]).replace(tzinfo=UTC)


def answer_of(event: Json, room: BookableRoom) -> str:
    """Return what an organizer's event shows for the room."""
    answers = {each["emailAddress"]["address"].lower(): each["status"]["response"] for each in event["attendees"]}
    return str(answers.get(room.calendar.address.lower(), "not invited"))


def key_of(ical_uid: str, day: date | None) -> DateKey:
    """Return which date, or which single meeting, has this identity."""
    return DateKey(series_of(ical_uid), day or _date_in(ical_uid[_DATE_AT]))


def _date_in(text: str) -> date:
    if text == _NO_DATE:
        return NO_DAY
    return date(int(text[:4], 16), int(text[4:6], 16), int(text[6:], 16))
