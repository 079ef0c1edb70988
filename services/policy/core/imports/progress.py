"""How fast an import is, and how long it will take at that pace."""

from dataclasses import dataclass

LEAST_TO_RECKON = 10
"""From so few items no pace is reckoned."""


@dataclass(frozen=True, slots=True)
class Work:
    """What an import has done, in how many seconds, and what is known of the rest.

    `known` is how many items its rooms have, as far as they were read: so many `rooms_read` of its `rooms`.
    """

    done: int
    ran_s: float
    known: int
    rooms: int
    rooms_read: int


def rate_per_s(work: Work) -> float | None:
    """Return the items per second; None while too few are done to say."""
    if work.done < LEAST_TO_RECKON or work.ran_s <= 0:
        return None
    return work.done / work.ran_s


def remaining_s(work: Work) -> float | None:
    """Return the seconds that the rest will take; None while that is unknown.

    Rooms that have not been read yet are reckoned to have as many items as the others on average.
    """
    rate = rate_per_s(work)
    if rate is None or work.rooms_read == 0:
        return None
    expected = work.known / work.rooms_read * work.rooms
    return max(0.0, expected - work.done) / rate
