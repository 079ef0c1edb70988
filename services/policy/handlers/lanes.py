"""Choose the lane of what a message caused: that of its cause, with exceptions that each function names."""

from collections.abc import Sequence

from libs.common.handlers import Caused, InLane
from libs.common.topology import Lane
from libs.contracts.messages import LookRequested, Message


def in_lanes(messages: Sequence[Message]) -> list[Caused]:
    """Have looks asked for in the live lane: a request waits for them."""
    return [InLane(each, Lane.LIVE) if isinstance(each, LookRequested) else each for each in messages]


def of_series(messages: Sequence[Message]) -> list[Caused]:
    """Have a series answered in the live lane, and its dates announced in the bulk lane.

    Somebody waits for the answer. There is news for each of up to a thousand dates, which nobody's answer is to wait
    for.
    """
    return [InLane(each, Lane.BULK if each.is_open else Lane.LIVE) for each in messages]
