"""Choose the lane of what a message caused.

Somebody waits for answers, and for looks. Much news and many holds at once, as of the dates of a series, are waited for
by nobody.
"""

from collections.abc import Sequence

from libs.common.handlers import Caused, InLane
from libs.common.topology import Lane
from libs.contracts.message import Message
from libs.contracts.messages import LookRequested
from services.policy.commands.lanes import lanes_of_answers


def in_lanes(messages: Sequence[Message]) -> list[Caused]:
    """Have looks asked for in the live lane; all else stays in the lane of its cause."""
    return [InLane(each, Lane.LIVE) if isinstance(each, LookRequested) else each for each in messages]


def in_lanes_of_answers(messages: Sequence[Message]) -> list[Caused]:
    """Have what a calendar showed answered in the live lane, in whatever lane it was read; a few news and holds too."""
    return [InLane(message, lane) for message, lane in lanes_of_answers(messages)]
