"""Choose the lane of what policy sends: live, but for what there is much of at once, as of the dates of a series.

For each of those nobody waits by itself; what people wait for must not queue behind them.
"""

from collections.abc import Callable, Sequence

from libs.common.topology import Lane
from libs.contracts.intents import AnswerMeeting, DropHold, KeepHold, MoveBack
from libs.contracts.message import Message
from libs.contracts.messages import IntentIssued

AT_ONCE = 10
"""More messages of a kind than these go in the bulk lane, where holds are written together."""


def lanes_of_answers(messages: Sequence[Message]) -> list[tuple[Message, Lane]]:
    """Return what a calendar showed led to, each message with its lane. Its organizer waits for every answer."""
    return _lanes_of(messages, (_is_news, _is_about_hold))


def lanes_of_request(messages: Sequence[Message]) -> list[tuple[Message, Lane]]:
    """Return what a request of the back office led to, each message with its lane."""
    return _lanes_of(messages, (_is_news, _is_about_hold, _is_about_meeting))


def _lanes_of(messages: Sequence[Message], kinds: Sequence[Callable[[Message], bool]]) -> list[tuple[Message, Lane]]:
    many = [kind for kind in kinds if sum(map(kind, messages)) > AT_ONCE]
    return [(each, Lane.BULK if any(kind(each) for kind in many) else Lane.LIVE) for each in messages]


def _is_news(message: Message) -> bool:
    return message.is_open


def _is_about_hold(message: Message) -> bool:
    return isinstance(message, IntentIssued) and isinstance(message.intent, KeepHold | DropHold)


def _is_about_meeting(message: Message) -> bool:
    return isinstance(message, IntentIssued) and isinstance(message.intent, AnswerMeeting | MoveBack)
