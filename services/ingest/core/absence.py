"""How long a room calendar must show nothing before we say that nothing is there. Nobody else decides this.

Exchange may replace an event when it is answered: the copy vanishes and comes back 5 to 15 seconds later under another
id, and the same iCalUId. So a meeting is absent if it was missing at a first look, a grace before this one, and no
answer of ours to it can still change the calendar. How long an answer takes is outbound's fact, `awaited_until`.
An id that nobody has read yet may be of an event that cannot be read yet, and is looked at a few times.

Source: https://github.com/OfficeDev/ews-managed-api/issues/255,
https://learn.microsoft.com/graph/api/event-accept, https://learn.microsoft.com/graph/outlook-immutable-id
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

UNKNOWN_AGAIN_AFTER = (timedelta(seconds=2), timedelta(seconds=15), timedelta(minutes=2))
"""When an id that nobody has read is looked at again, counted from the first look. After the last, nothing is there."""

LONGEST_PAUSE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Missed:
    """A look at `now` that found nothing: when the first such look was, and how many there were before this one."""

    now: datetime
    first_missed_at: datetime
    earlier_looks: int


def next_look_at_meeting(missed: Missed, grace: timedelta, awaited_until: datetime | None) -> datetime | None:
    """Return when to look again for a meeting that we knew; None if its absence stands.

    While an answer of ours is in flight the pauses grow, but no look is later than the end of its flight.
    """
    stands_at = missed.first_missed_at + grace
    if missed.now < stands_at:
        return stands_at
    if awaited_until is None or awaited_until <= missed.now:
        return None
    pause = min(timedelta(seconds=2 ** min(missed.earlier_looks, 10)), LONGEST_PAUSE)
    return min(awaited_until, missed.now + pause)


def next_look_at_unknown(missed: Missed) -> datetime | None:
    """Return when to look again at an id that nobody has read; None if nothing is there."""
    later = [missed.first_missed_at + pause for pause in UNKNOWN_AGAIN_AFTER[missed.earlier_looks :]]
    return later[0] if later else None
