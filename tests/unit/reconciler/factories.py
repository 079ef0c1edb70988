"""Expectations and events as the reconciler compares them; each shows only what matters to its test."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from libs.contracts.holds import transaction_id
from libs.contracts.keys import MeetingKey, ReservationKey
from libs.contracts.values import Answer, Meeting, Occurrence, SeriesListing
from services.reconciler.core.expectation import Expectation

NOW = datetime(2027, 3, 1, 8, 0, tzinfo=UTC)
RESERVATION = UUID("00000000-0000-4000-8000-00000000000a")
SPACE = UUID("00000000-0000-4000-8000-00000000000b")
HOLD_KEY = ReservationKey(SPACE, RESERVATION)


def at(hours_from_now: float) -> datetime:
    return NOW + timedelta(hours=hours_from_now)


def event(uid: str = "uid-1", *, start: float = 24, **different: Any) -> Meeting:
    """An invitation that the room accepted."""
    return Meeting(
        **{
            "event_id": f"event of {uid}",
            "ical_uid": uid,
            "start": at(start),
            "end": at(start + 1),
            "answer": Answer.ACCEPTED,
            **different,
        }
    )


def own_event(uid: str = "uid-1", **different: Any) -> Meeting:
    """Somebody's work on the room's own calendar."""
    return event(uid, **{"is_room_owned": True, "answer": Answer.ORGANIZER, **different})


def hold(uid: str = "uid-1", **different: Any) -> Meeting:
    """A hold of ours."""
    ours = {"reservation_id": RESERVATION, "transaction_id": str(transaction_id(RESERVATION, 1))}
    return own_event(uid, **{**ours, **different})


def expected(uid: str = "uid-1", *, start: float = 24, **different: Any) -> Expectation:
    """An invitation that was accepted, the answer written long ago."""
    return Expectation(
        **{
            "key": MeetingKey(SPACE, uid),
            "want": "answer",
            "starts_at": at(start),
            "ends_at": at(start + 1),
            "answer": Answer.ACCEPTED,
            "generation": 1,
            "awaited_until": at(-1),
            "ical_uid": uid,
            "event_id": f"event of {uid}",
            "reservation_id": RESERVATION,
            "title": "",
            "is_private": False,
            "is_given_up": False,
            "yields": False,
            "booked_until": None,
            **different,
        }
    )


def expected_series(days: int = 3, *, whole: dict[str, Any] | None = None, **different: Any) -> list[Expectation]:
    """A daily series that was accepted, and its dates, from tomorrow on; `day_2` is what differs of the second."""
    master = expected(**{"reservation_id": None, "title": None, **(whole or {})})
    return [master, *(expected_date(day, **different.get(f"day_{day}", {})) for day in range(1, days + 1))]


def original_date(day: int) -> date:
    return at(24 * day).date()


def expected_date(day: int, **different: Any) -> Expectation:
    """A date of that series."""
    key = MeetingKey(SPACE, "uid-1", original_date(day))
    return expected(start=24 * day, **{"key": key, "event_id": None, **different})


def occurrence(day: int, *, start: float | None = None, **different: Any) -> Occurrence:
    """A date of that series as the calendar has it."""
    begins = 24 * day if start is None else start
    return Occurrence(
        **{
            "original_date": original_date(day),
            "event_id": f"date {day}",
            "start": at(begins),
            "end": at(begins + 1),
            "answer": Answer.ACCEPTED,
            **different,
        }
    )


def listed_date(found: Occurrence) -> Meeting:
    """A date of that series as a listing of the calendar has it."""
    told = found.model_dump(exclude={"original_date", "is_exception", "attendees"})
    return event(f"uid of {found.event_id}", **{**told, "start": 0}).model_copy(
        update={"start": found.start, "end": found.end, "is_series": True}
    )


def master(*occurrences: Occurrence, listed_until: datetime | None = None, **different: Any) -> Meeting:
    """That series, read as a whole."""
    listing = SeriesListing(recurrence={}, time_zone="UTC", occurrences=occurrences, listed_until=listed_until)
    return event(**{"is_series": True, "series": listing, **different})


def expected_hold(uid: str | None = "uid-1", **different: Any) -> Expectation:
    """A hold that was written long ago; without `uid` it never was."""
    pointers = {"ical_uid": uid, "event_id": f"event of {uid}" if uid else None}
    return expected(uid or "", **{"key": HOLD_KEY, "want": "hold", "answer": None, **pointers, **different})
