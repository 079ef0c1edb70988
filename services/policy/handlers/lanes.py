"""Choose the lane of what a message caused.

Somebody waits for answers, and for looks. Much news at once, as of the dates of a series, is waited for by nobody.
"""

from collections.abc import Sequence

from libs.common.handlers import Caused, InLane
from libs.common.topology import Lane
from libs.contracts.messages import LookRequested, Message

NEWS_AT_ONCE = 10
"""More business events than these about one observation go in the bulk lane."""


def in_lanes(messages: Sequence[Message]) -> list[Caused]:
    """Have looks asked for in the live lane; all else stays in the lane of its cause."""
    return [InLane(each, Lane.LIVE) if isinstance(each, LookRequested) else each for each in messages]


def in_lanes_of_answers(messages: Sequence[Message]) -> list[Caused]:
    """Have what a calendar showed answered in the live lane, in whatever lane it was read; a few news go along."""
    news = Lane.BULK if sum(each.is_open for each in messages) > NEWS_AT_ONCE else Lane.LIVE
    return [InLane(each, news if each.is_open else Lane.LIVE) for each in messages]
