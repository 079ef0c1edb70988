"""Find when a space is free, and what conflicts with a request for it.

The decider, the suggestions and the API all use these functions, so they never disagree. Windows are half-open. A taken
stretch includes the buffers of its reservation; a window asked for needs set-up time before it and clean-down time
after it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from libs.contracts.values import Window
from services.policy.core.limits import SUGGESTED_AHEAD
from services.policy.core.times import later

Stretch = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Taken:
    """A stretch for which a reservation occupies the parts `part_ids` of a space, buffers included.

    One that yields occupies only what others leave of its time. `ical_uid` is that of the meeting whose copy on a room
    calendar shows the reservation; None if none does. `organizer` is the address of whoever has it.
    """

    reservation_id: UUID
    starts_at: datetime
    ends_at: datetime
    title: str
    is_private: bool
    organizer_name: str | None
    reserved_from: datetime
    reserved_until: datetime
    part_ids: frozenset[UUID]
    yields: bool
    ical_uid: str | None = None
    organizer: str | None = None


@dataclass(frozen=True, slots=True)
class Buffers:
    """The time a space needs before and after each booking."""

    setup: timedelta
    cleanup: timedelta

    def around(self, window: Window) -> Stretch:
        """Return what a window takes with its buffers, within the times that there are."""
        return later(window.start, -self.setup), later(window.end, self.cleanup)


def find_conflicts(window: Window, buffers: Buffers, taken: Sequence[Taken], own: UUID | None) -> list[Taken]:
    """Return the taken stretches that conflict with a window, earliest first. The reservation `own` never conflicts.

    Nothing conflicts with the window that `own` has already: it keeps what it occupies, even if others stand closer to
    it than today's buffers allow. One that yields has no window yet.
    """
    if window.start == window.end or _stands_at(window, taken, own):
        return []
    conflicts = [each for each in find_near(window, buffers, taken) if each.reservation_id != own]
    return sorted(conflicts, key=lambda each: (each.starts_at, each.reservation_id))


def find_near(window: Window, buffers: Buffers, taken: Iterable[Taken]) -> list[Taken]:
    """Return the taken stretches that meet a window or the buffers around it."""
    start, end = buffers.around(window)
    return [each for each in taken if each.starts_at < end and each.ends_at > start]


def find_time_between(window: Window, buffers: Buffers, other: Taken) -> timedelta | None:
    """Return the time that is needed between a window and another reservation; None if they overlap.

    The other reservation needs the buffers of the day on which it was made, the window those of today.
    """
    if other.reserved_from >= window.end:
        return buffers.cleanup + (other.reserved_from - other.starts_at)
    if other.reserved_until <= window.start:
        return (other.ends_at - other.reserved_until) + buffers.setup
    return None


def _stands_at(window: Window, taken: Iterable[Taken], own: UUID | None) -> bool:
    reserved = (window.start, window.end)
    return any(
        each.reservation_id == own and not each.yields and (each.reserved_from, each.reserved_until) == reserved
        for each in taken
    )


def find_next_free(
    window: Window, buffers: Buffers, taken: Sequence[Taken], own: UUID | None, now: datetime
) -> Window | None:
    """Find the first free window of the same length that starts from `now` on, at most `SUGGESTED_AHEAD` later.

    Returns None if there is none. `taken` has to cover all of the time that is searched, with the buffers around it.
    """
    length = window.end - window.start
    start = max(window.start, now)
    for each in sorted(taken, key=lambda one: one.starts_at):
        if each.reservation_id == own or each.ends_at <= start - buffers.setup:
            continue
        if each.starts_at >= start + length + buffers.cleanup:
            break
        start = each.ends_at + buffers.setup
    if start - window.start > SUGGESTED_AHEAD:
        return None
    return Window(start=start, end=start + length)


def find_free_stretches(window: Window, buffers: Buffers, taken: Sequence[Stretch]) -> list[Stretch]:
    """Find when a booking can start and end within a window: the gaps between what is taken, less the buffers.

    The stretches of `taken` are in order, do not overlap, and cover the window with the buffers around it.
    """
    opens_at, closes_at = buffers.around(window)
    edges = [opens_at, *(edge for stretch in taken for edge in stretch), closes_at]
    gaps = [
        (opens + buffers.setup, closes - buffers.cleanup)
        for opens, closes in zip(edges[::2], edges[1::2], strict=True)
        if closes - buffers.cleanup > opens + buffers.setup
    ]
    return clip(gaps, window)


def find_left(
    window: Window, buffers: Buffers, taken: Iterable[Taken], part_ids: Iterable[UUID], own: UUID | None
) -> dict[UUID, list[Stretch]]:
    """Find when a window, with the buffers around it, is taken by no reservation but `own`, for each part.

    The stretches of a part are in order and do not touch. A part of which nothing is left is missing.
    """
    opens_at, closes_at = buffers.around(window)
    others = sorted((each for each in taken if each.reservation_id != own), key=lambda each: each.starts_at)
    left: dict[UUID, list[Stretch]] = {}
    for part_id in part_ids:
        opens = opens_at
        for each in others:
            if part_id not in each.part_ids:
                continue
            if opens < min(each.starts_at, closes_at):
                left.setdefault(part_id, []).append((opens, min(each.starts_at, closes_at)))
            opens = max(opens, each.ends_at)
        if opens < closes_at:
            left.setdefault(part_id, []).append((opens, closes_at))
    return left


def find_own(taken: Iterable[Taken], own: UUID) -> dict[UUID, list[Stretch]]:
    """Return what the reservation `own` takes of each part, in order; a part of which it takes nothing is missing."""
    found: dict[UUID, list[Stretch]] = {}
    for each in sorted(taken, key=lambda each: each.starts_at):
        for part_id in each.part_ids if each.reservation_id == own else ():
            found.setdefault(part_id, []).append((each.starts_at, each.ends_at))
    return found


def clip(stretches: Iterable[Stretch], window: Window) -> list[Stretch]:
    """Cut stretches to a window; what lies outside is left out."""
    cut = [(max(opens, window.start), min(closes, window.end)) for opens, closes in stretches]
    return [(opens, closes) for opens, closes in cut if opens < closes]
