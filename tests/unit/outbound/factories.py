from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from libs.contracts.holds import transaction_id
from libs.contracts.values import Meeting, Window

NOW = datetime(2027, 3, 1, 8, 0, tzinfo=UTC)
RESERVATION = UUID("00000000-0000-4000-8000-00000000000a")


def window(hours_from_now: float, minutes: int = 60) -> Window:
    start = NOW + timedelta(hours=hours_from_now)
    return Window(start=start, end=start + timedelta(minutes=minutes))


JUDGED = window(24)
ELSEWHEN = window(48)


def meeting(at: Window = JUDGED, **different: Any) -> Meeting:
    return Meeting(
        **{
            "event_id": "event-1",
            "etag": 'W/"1"',
            "ical_uid": "uid-1",
            "start": at.start,
            "end": at.end,
            "answer": "notResponded",
            **different,
        }
    )


def hold(at: Window = JUDGED, **different: Any) -> Meeting:
    ours = {"is_room_owned": True, "reservation_id": RESERVATION, "subject": "Board", "answer": "organizer"}
    ours["transaction_id"] = str(transaction_id(RESERVATION, 1))
    return meeting(at, **{**ours, **different})
