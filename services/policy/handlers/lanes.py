"""Choose the lane of what a message caused: that of its cause, except for looks, because ingest has one lane only."""

from collections.abc import Sequence

from libs.common.handlers import Caused, InLane
from libs.common.topology import Lane
from libs.contracts.messages import LookRequested, Message


def in_lanes(messages: Sequence[Message]) -> list[Caused]:
    """Have looks asked for in the live lane."""
    return [InLane(each, Lane.LIVE) if isinstance(each, LookRequested) else each for each in messages]
