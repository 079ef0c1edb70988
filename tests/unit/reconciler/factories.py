"""Expectations and events as the reconciler compares them; each shows only what matters to its test."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from libs.contracts.holds import transaction_id
from libs.contracts.keys import MeetingKey, ReservationKey
from libs.contracts.values import Answer, Meeting
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
            **different,
        }
    )


def expected_hold(uid: str | None = "uid-1", **different: Any) -> Expectation:
    """A hold that was written long ago; without `uid` it never was."""
    pointers = {"ical_uid": uid, "event_id": f"event of {uid}" if uid else None}
    return expected(uid or "", **{"key": HOLD_KEY, "want": "hold", "answer": None, **pointers, **different})
