"""Build the message that tells policy how an intent ended."""

from datetime import datetime, timedelta

from libs.contracts.intents import AnswerMeeting, MoveBack
from libs.contracts.keys import Key, MeetingKey
from libs.contracts.messages import IntentIssued, IntentSettled, Settlement
from libs.contracts.values import Meeting
from services.outbound.core.calls import TAKES_EFFECT, Settle

MAIL_ARRIVES = timedelta(minutes=10)
"""How long the mail that carries a move may take, before the edit that was moved back is answered in another way."""


def settle_intent(message: IntentIssued, outcome: Settle, at: datetime, *, has_written: bool = False) -> IntentSettled:
    """Return how an intent ended. `at` is the database's time after the write, or before the look without a write.

    A hold shows as soon as it is written. An answer shows some time after Graph acknowledges it. A move reaches
    the room by mail, whoever made it: it is awaited until the room's copy shows it, for `MAIL_ARRIVES` at most.
    """
    meeting = outcome.meeting
    awaited_for = None
    if isinstance(message.intent, AnswerMeeting) and has_written:
        awaited_for = TAKES_EFFECT
    elif isinstance(message.intent, MoveBack) and outcome.settlement is Settlement.DONE:
        awaited_for = MAIL_ARRIVES
    return IntentSettled(
        connection_id=message.connection_id,
        room_mailbox=message.room_mailbox,
        key=message.key,
        generation=message.generation,
        settlement=outcome.settlement,
        has_written=has_written,
        settled_at=at,
        awaited_until=at + awaited_for if awaited_for is not None else None,
        event_id=meeting.event_id if meeting else None,
        ical_uid=_ical_uid_of(message.key, meeting) if meeting else None,
        etag=meeting.etag if meeting else None,
        problem=outcome.problem,
        detail=outcome.detail,
        words_outdated=outcome.words_outdated,
    )


def _ical_uid_of(key: Key, meeting: Meeting) -> str:
    """Return the iCalUId that a meeting is known by. An occurrence that was written may show one of its own."""
    return key.ical_uid if isinstance(key, MeetingKey) else meeting.ical_uid
