"""When a space is free: what stands in the way of a request, and when nothing does.

Used by the decider, by suggestions and by the API, so that they never disagree. Windows are half-open. What is taken
includes the buffers of whoever took it; what is asked for needs its own set-up before and clean-down after.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from libs.contracts.values import Window
from services.policy.core.limits import LOOKED_AHEAD

Stretch = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Taken:
    """A stretch for which some part of a space is occupied, buffers included, and by what."""

    reservation_id: UUID
    starts_at: datetime
    ends_at: datetime
    title: str
    is_private: bool
    organizer_name: str | None
    reserved_from: datetime
    reserved_until: datetime


@dataclass(frozen=True, slots=True)
class Buffers:
    """The time a space needs before and after each booking."""

    setup: timedelta
    cleanup: timedelta


def find_conflicts(window: Window, buffers: Buffers, taken: Iterable[Taken], own: UUID | None) -> list[Taken]:
    """Return what stands in the way of a window, the earliest first. What `own` occupies is not in its own way."""
    if window.start == window.end:
        return []
    start, end = window.start - buffers.setup, window.end + buffers.cleanup
    in_the_way = [
        each for each in taken if each.reservation_id != own and each.starts_at < end and each.ends_at > start
    ]
    return sorted(in_the_way, key=lambda each: (each.starts_at, each.reservation_id))


def find_next_free(
    window: Window, buffers: Buffers, taken: Sequence[Taken], own: UUID | None, now: datetime
) -> Window | None:
    """Find the first free window of the same length: as asked, or still ahead and at most `LOOKED_AHEAD` later.

    None if there is none. `taken` has to reach as far as is looked.
    """
    length = window.end - window.start
    start = max(window.start, now)
    for each in sorted(taken, key=lambda one: one.starts_at):
        if each.reservation_id == own or each.ends_at <= start - buffers.setup:
            continue
        if each.starts_at >= start + length + buffers.cleanup:
            break
        start = each.ends_at + buffers.setup
    if start - window.start > LOOKED_AHEAD:
        return None
    return Window(start=start, end=start + length)


def find_free_stretches(window: Window, buffers: Buffers, taken: Sequence[Stretch]) -> list[Stretch]:
    """Find when a booking can start and end within a window: the gaps between what is taken, less the buffers.

    `taken` is in order and apart from each other, and reaches as far beyond the window as the buffers do.
    """
    opens_at, closes_at = window.start - buffers.setup, window.end + buffers.cleanup
    edges = [opens_at, *(edge for stretch in taken for edge in stretch), closes_at]
    gaps = [
        (opens + buffers.setup, closes - buffers.cleanup)
        for opens, closes in zip(edges[::2], edges[1::2], strict=True)
        if closes - buffers.cleanup > opens + buffers.setup
    ]
    return clip(gaps, window)


def clip(stretches: Iterable[Stretch], window: Window) -> list[Stretch]:
    """Cut stretches to a window; what lies outside is left out."""
    cut = [(max(opens, window.start), min(closes, window.end)) for opens, closes in stretches]
    return [(opens, closes) for opens, closes in cut if opens < closes]
