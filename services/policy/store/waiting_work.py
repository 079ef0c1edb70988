"""What waits for somebody, in numbers, and how quickly invitations were answered lately."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from libs.common.db import Connection
from libs.common.rows import Rows


@dataclass(frozen=True, slots=True)
class WaitingWork:
    """How many questions wait, since when and until when at the earliest, and how many conflicts stand."""

    questions: int
    oldest_asked_at: datetime | None
    next_deadline_at: datetime | None
    conflicts: int


@dataclass(frozen=True, slots=True)
class AnswerTimes:
    """How many invitations were answered, and within how many seconds half of them, and 95 of 100, were.

    It counts from the first notification until the calendar was seen to show the answer. What is found by a sweep is
    left out, as nobody knows since when it waited; and so is what waited for a person.
    """

    answered: int
    half_within_s: float | None
    most_within_s: float | None


_WAITING, _TIMES = Rows(WaitingWork), Rows(AnswerTimes)

_WHAT_WAITS = """
    SELECT count(*) AS questions, min(asked_at) AS oldest_asked_at, min(deadline_at) AS next_deadline_at,
        (SELECT count(*) FROM conflicts_v1) AS conflicts
    FROM approvals WHERE state = 'pending'
"""

_ANSWER_TIMES = """
    SELECT count(*) AS answered,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY took) AS half_within_s,
        percentile_cont(0.95) WITHIN GROUP (ORDER BY took) AS most_within_s
    FROM (
        SELECT extract(epoch FROM (s.facts ->> 'settled_at')::timestamptz - min((n ->> 'received_at')::timestamptz))
            ::double precision AS took
        FROM steps s
        JOIN steps o ON o.space_id = s.space_id AND o.key_ical_uid = s.key_ical_uid AND o.kind = 'observed'
            AND o.correlation_id = s.correlation_id AND o.at > statement_timestamp() - $1::interval - interval '1 day'
        CROSS JOIN jsonb_array_elements(o.facts -> 'notified') AS n
        WHERE s.at > statement_timestamp() - $1::interval AND s.kind = 'settled' AND s.key_ical_uid IS NOT NULL
            AND s.facts @> '{"want": "answer", "settlement": "done", "has_written": true}'
        GROUP BY s.id
    ) answers
"""


async def what_waits(conn: Connection) -> WaitingWork:
    """Count what waits for somebody."""
    return _WAITING.read(await conn.fetchrow(_WHAT_WAITS))


async def answer_times(conn: Connection, within: timedelta) -> AnswerTimes:
    """Tell how quickly the invitations were answered whose answers settled within this time."""
    return _TIMES.read(await conn.fetchrow(_ANSWER_TIMES, within))
