"""What is told about an intent that has ended."""

from datetime import datetime

from libs.contracts.intents import AnswerMeeting, MoveBack
from libs.contracts.messages import IntentIssued, IntentSettled
from services.outbound.core.calls import TAKES_EFFECT, Settle


def settled(message: IntentIssued, outcome: Settle, at: datetime, *, has_written: bool = False) -> IntentSettled:
    """Say how an intent ended; `at` is the database's clock after the write, or before the look without one.

    What was written shows at once, but for an answer, which Graph acknowledges before, and a move, which mail carries.
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
