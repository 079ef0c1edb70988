"""Build the message that tells policy how an intent ended."""

from datetime import datetime

from libs.contracts.intents import AnswerMeeting, MoveBack
from libs.contracts.messages import IntentIssued, IntentSettled
from services.outbound.core.calls import TAKES_EFFECT, Settle


def settle_intent(message: IntentIssued, outcome: Settle, at: datetime, *, has_written: bool = False) -> IntentSettled:
    """Return how an intent ended. `at` is the database's time after the write, or before the look without a write.

    A hold shows as soon as it is written. An answer shows some time after Graph acknowledges it, and a move reaches
    the room by mail, so both are awaited for `TAKES_EFFECT`.
    """
    meeting = outcome.meeting
    is_shown_later = has_written and isinstance(message.intent, AnswerMeeting | MoveBack)
    return IntentSettled(
        key=message.key,
        generation=message.generation,
        settlement=outcome.settlement,
        has_written=has_written,
        settled_at=at,
        awaited_until=at + TAKES_EFFECT if is_shown_later else None,
        event_id=meeting.event_id if meeting else None,
        ical_uid=meeting.ical_uid if meeting else None,
        etag=meeting.etag if meeting else None,
        problem=outcome.problem,
        detail=outcome.detail,
    )
