"""Choose the lane of what a message caused.

Somebody waits for answers, and for looks. Much news and many holds at once, as of the dates of a series, are waited for
by nobody.
"""

from collections.abc import Sequence

from libs.common.handlers import Caused, InLane
from libs.common.topology import Lane
from libs.contracts.intents import DropHold, KeepHold
from libs.contracts.message import Message
from libs.contracts.messages import IntentIssued, LookRequested

NEWS_AT_ONCE = 10
"""More business events than these about one observation go in the bulk lane."""

HOLDS_AT_ONCE = 10
"""More holds than these that one observation asks for go in the bulk lane, where they are written together."""


def in_lanes(messages: Sequence[Message]) -> list[Caused]:
    """Have looks asked for in the live lane; all else stays in the lane of its cause."""
    return [InLane(each, Lane.LIVE) if isinstance(each, LookRequested) else each for each in messages]


def in_lanes_of_answers(messages: Sequence[Message]) -> list[Caused]:
    """Have what a calendar showed answered in the live lane, in whatever lane it was read; a few news and holds too."""
    lane_of_news = Lane.BULK if sum(each.is_open for each in messages) > NEWS_AT_ONCE else Lane.LIVE
    lane_of_holds = Lane.BULK if sum(map(_is_about_hold, messages)) > HOLDS_AT_ONCE else Lane.LIVE

    def lane_of(message: Message) -> Lane:
        if message.is_open:
            return lane_of_news
        return lane_of_holds if _is_about_hold(message) else Lane.LIVE

    return [InLane(each, lane_of(each)) for each in messages]


def _is_about_hold(message: Message) -> bool:
    return isinstance(message, IntentIssued) and isinstance(message.intent, KeepHold | DropHold)
