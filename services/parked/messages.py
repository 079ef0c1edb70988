"""List parked messages, send them back to their queues, or forget them."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias, assert_never
from uuid import UUID

from libs.common.bus.port import Bus, BusError, Parked

MOST_LISTED = 1000
"""How many parked messages are looked at; those that were parked first."""

COUNTED_WITHIN_S = 2.0

MOST_CHARACTERS = 4000
"""How much of a body is shown."""

ParkedKey: TypeAlias = tuple[UUID, str]
"""What names one parked message: its id and its queue, because it may be parked in several."""


class ParkedAction(StrEnum):
    """What can be done with a parked message."""

    REPLAY = "replay"
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class ShownBody:
    """The body of a message as text; `left_out` counts the characters after those that are shown."""

    text: str
    left_out: int = 0


def key_of(found: Parked) -> ParkedKey:
    """Return what names a parked message."""
    return found.envelope.message_id, found.queue


def place_of(found: Parked) -> tuple[datetime, UUID, str]:
    """Return the place of a parked message in lists, which no other one has: those parked first come first."""
    return found.parked_at, found.envelope.message_id, found.queue


async def list_parked(bus: Bus) -> Sequence[Parked]:
    """List what is parked, oldest first, up to `MOST_LISTED`. Raises `BusError`."""
    return sorted(await bus.parked(at_most=MOST_LISTED), key=place_of)


async def count_parked(bus: Bus) -> int | None:
    """Count what is parked; None if the bus does not say it within two seconds."""
    try:
        async with asyncio.timeout(COUNTED_WITHIN_S):
            return await bus.count_parked()
    except (BusError, TimeoutError):
        return None


async def see_to(bus: Bus, action: ParkedAction, keys: Collection[ParkedKey]) -> Sequence[Parked]:
    """Do the same with some parked messages, and return those with which it was done. Raises `BusError`.

    One is left out if it is parked no more, or if it was to be replayed to a queue that does not exist.
    """
    wanted = frozenset(keys)
    return await _see_to(bus, action, lambda each: key_of(each) in wanted)


async def see_to_message(bus: Bus, action: ParkedAction, message_id: UUID) -> Sequence[Parked]:
    """Do something with a message in each queue from which it was parked; return with which it was done, as above."""
    return await _see_to(bus, action, lambda each: each.envelope.message_id == message_id)


def shown_body(found: Parked) -> ShownBody:
    """Return the body as text: what is no UTF-8 and what cannot be printed is replaced, and the end is cut off."""
    text = found.envelope.body.decode(errors="replace")
    shown = "".join(each if each.isprintable() or each == "\n" else "\N{REPLACEMENT CHARACTER}" for each in text)
    return ShownBody(shown[:MOST_CHARACTERS], max(0, len(shown) - MOST_CHARACTERS))


async def _see_to(bus: Bus, action: ParkedAction, is_wanted: Callable[[Parked], bool]) -> Sequence[Parked]:
    match action:
        case ParkedAction.REPLAY:
            return await bus.replay_parked(is_wanted)
        case ParkedAction.DROP:
            return await bus.drop_parked(is_wanted)
        case _:
            assert_never(action)
