"""How an answer that was sent is named where it is remembered: by the answer, what was judged, the event, and any news.

What was judged is the window, and of a series its recurrence too: Outlook asks anew when only that is changed.
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from libs.contracts.intents import AnswerMeeting, Intent
from services.outbound.core.calls import Apply, Respond


@dataclass(frozen=True, slots=True)
class SentAnswer:
    """The answer that was sent last under a key: its name, and until when it may still appear."""

    name: str
    awaited_until: datetime

    def is_to(self, goal: AnswerMeeting) -> bool:
        """Whether it is the one that a goal wants, to whichever event."""
        return self.name.startswith(_begin_name(goal))


def name_answer(event_id: str, goal: AnswerMeeting) -> str:
    """Return the name of an answer to an event."""
    name = f"{_begin_name(goal)}{event_id}"
    named = name if goal.pattern is None else f"{name} {sha256(goal.pattern.encode()).hexdigest()[:16]}"
    return named if goal.tells is None else f"{named} {goal.tells}"


def _begin_name(goal: AnswerMeeting) -> str:
    return f"{goal.answer} {goal.judged.start.isoformat()}/{goal.judged.end.isoformat()} "


def answer_named(name: str) -> str:
    """Return the answer that was given this name."""
    return name.split(" ", 1)[0]


def name_answer_in(planned: Apply, goal: Intent) -> str | None:
    """Return the name of the answer that a plan sends; None if it sends none.

    Of several, the last one is to the meeting itself, and those before it are to dates of it.
    """
    responses = [call for call in planned.calls if isinstance(call, Respond)]
    return name_answer(responses[-1].event_id, goal) if responses and isinstance(goal, AnswerMeeting) else None
