"""The answer to a whole series comes before those to its dates, unless the series is declined.

Exchange gives the answer to a series to each of its dates, and may replace the room's copy by another one then, with
other event ids. So a date waits until the intent of its series has ended, however it ended, and until the calendar
shows the answer that was sent to the series, or would have shown it.

A decline takes the copies of all dates away. So the dates that have an answer of their own are declined right before
the series, by one and the same intent (`plan`).

Source: https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxocal/ (section 3.1.4.8.5)
"""

from dataclasses import dataclass

from libs.contracts.intents import AnswerMeeting, Intent
from libs.contracts.values import Meeting
from services.outbound.core.sent_answers import answer_named


@dataclass(frozen=True, slots=True)
class SeriesIntent:
    """The intent of a whole series: whether it has not ended, and the name of an answer that may still take effect."""

    is_open: bool = False
    awaited: str | None = None


NO_SERIES_INTENT = SeriesIntent()


def comes_first(series: SeriesIntent, goal: Intent, master: Meeting | None) -> bool:
    """Whether the goal of a date waits for its series; `master` is what the calendar shows of the series now.

    `series` was read before the calendar was.
    """
    if series.is_open:
        return True
    if series.awaited is None or not isinstance(goal, AnswerMeeting):
        return False
    answer = answer_named(series.awaited)
    return answer != "declined" if master is None else master.answer != answer
