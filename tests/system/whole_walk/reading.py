"""What the organizers' calendars, the room's calendar and the ledger have of one room, at one time.

What was made in Outlook is known by its identity there, a date of a series by its original date too; what the back
office made has none, and is known by the id of its reservation.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from deploy.driver.administrator import stretches, window_of
from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.http import Json
from deploy.driver.mailbox import when_of
from deploy.driver.slots import Slot
from tests.system.series_walk.sides import (
    NO_DAY,
    AskedDate,
    DateKey,
    ShownDate,
    ShownHold,
    answer_of,
    key_of,
    read_calendar,
    read_series,
)
from tests.system.whole_walk.people import People

AVAILABLE_FOR = timedelta(days=62)
NOT_INVITED = "not invited"


@dataclass(frozen=True, slots=True)
class LiveBooking:
    """A reservation that is pending or confirmed. `key` is what of Outlook shows it; None if only a hold does.

    `requested` is what is asked for of it, by the question `question`; `proposed` is what its organizer is proposed.
    """

    id: str
    key: DateKey | None
    group: str | None
    is_pending: bool
    window: Slot
    title: str
    is_refused: bool
    requested: Slot | None
    question: str | None
    proposed: Slot | None
    outlook: str

    @property
    def is_plain(self) -> bool:
        """Whether it is booked, and nothing else is wanted of it."""
        return not (self.is_pending or self.is_refused or self.requested or self.proposed)

    @property
    def windows(self) -> list[Slot]:
        """Every time that it holds."""
        return [self.window, *(each for each in (self.requested, self.proposed) if each is not None)]

    def __str__(self) -> str:
        more = [name for name in ("is_pending", "is_refused", "requested", "proposed") if getattr(self, name)]
        return f"{self.title!r} at {self.window.start:%d %b} {self.window} ({', '.join(more) or 'booked'})"


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A question to administrators that is open. `is_change`: about what is booked already."""

    id: str
    reservation: str | None
    group: str | None
    window: Slot
    dates: int
    is_change: bool


@dataclass(frozen=True, slots=True)
class WholeRoom:
    """All sides at one time. `masters` are the answers to series and single meetings that their organizers see."""

    masters: Mapping[str, str]
    asked: Mapping[DateKey, AskedDate]
    shown: Mapping[DateKey, ShownDate]
    holds: Sequence[ShownHold]
    booked: Sequence[LiveBooking]
    questions: Sequence[OpenQuestion]
    busy: Sequence[Slot]

    @property
    def by_key(self) -> Mapping[DateKey, LiveBooking]:
        return {each.key: each for each in self.booked if each.key is not None}

    def waits_to_change(self, booked: LiveBooking) -> bool:
        """Whether a question asks for a change of the series that this is a date of, maybe to dates other than this."""
        return any(each.is_change and each.group == booked.group for each in self.questions if each.group is not None)


NOTHING_YET = WholeRoom({}, {}, {}, (), (), (), ())


async def read_room(cast: Cast, room: BookableRoom, people: People) -> WholeRoom:
    """Read all sides, one after the other; whoever compares them waits for quiet before."""
    outlook = await read_outlook(room, people)
    ledger = await cast.administrator.reservations(room.space, "pending", "confirmed")
    questions = await cast.administrator.questions(room.space, "pending")
    now = datetime.now(UTC).replace(microsecond=0)
    available = await cast.administrator.availability(room.space, Slot(now, now + AVAILABLE_FOR))
    return WholeRoom(
        outlook.masters,
        outlook.asked,
        outlook.shown,
        outlook.holds,
        [_booking(each) for each in ledger],
        [_question(each) for each in questions],
        stretches(available["busy"]),
    )


async def read_outlook(room: BookableRoom, people: People) -> WholeRoom:
    """Read what the organizers' calendars and the room's have, and nothing of the ledger."""
    masters, asked = await read_series(room, people.organizer.made)
    for each in people.meetings.live:
        event = await each.user.event(each.event)
        answer, key = answer_of(event, room), key_of(event["iCalUId"], NO_DAY)
        masters[key.series] = answer
        if answer != NOT_INVITED:
            asked[key] = AskedDate(when_of(event), event["subject"], answer, is_plain=True)
    shown, holds = await read_calendar(room)
    return WholeRoom(masters, asked, shown, holds, (), (), ())


def _booking(found: Json) -> LiveBooking:
    day = date.fromisoformat(found["original_date"]) if found["original_date"] else None
    uid = (found["outlook"] or {}).get("ical_uid")
    requested, proposed = found["requested_change"], found["proposed_change"]
    return LiveBooking(
        id=found["id"],
        key=None if uid is None or found["kept_without_invitation"] else key_of(uid, day),
        group=found["group_id"],
        is_pending=found["status"] == "pending",
        window=window_of(found),
        title=found["title"],
        is_refused=found["refused_request"] is not None,
        requested=window_of(requested) if requested else None,
        question=requested["approval_id"] if requested else None,
        proposed=window_of(proposed) if proposed else None,
        outlook=found["outlook"]["state"],
    )


def _question(found: Json) -> OpenQuestion:
    return OpenQuestion(
        id=found["id"],
        reservation=found["reservation_id"],
        group=found["group_id"],
        window=window_of(found["asked"]),
        dates=found["asked"]["dates"],
        is_change=found["booked"] is not None,
    )
