"""How much of its shard's time a mailbox gets: so much that no flood of its notifications keeps other rooms waiting.

A mailbox is read as its notifications ask, as long as the time that its reads took is within a budget, which grows with
time. What exceeds the budget, and what is noise, is not read one by one: it is covered by one sweep of the room, which
sees whatever any of it was about. Noise is what a mailbox's reads show it to be: ids under which nothing is found, many
in a row. A mailbox that did not answer in time rests a while. All this is forgotten with the process, which then learns
it again at the same small cost.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, TypeVar
from uuid import UUID

MOST_TIME = timedelta(seconds=5)
SHARE_OF_TIME = 0.25
"""A mailbox may be read for `MOST_TIME` at a stretch, and for this share of the time in the long run."""

NOISE_AFTER = 20
PROBE_EVERY = timedelta(seconds=1)
"""How often one notification of a noisy mailbox is read all the same, to see whether the noise is over."""

REST = timedelta(seconds=10)
MOST_KNOWN = 10_000

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Share(Generic[T]):
    """What to do with the notifications of one mailbox: read them, leave them to a sweep, or have them come later."""

    to_read: Sequence[T]
    covered: Sequence[T] = ()
    later: Sequence[T] = ()


@dataclass(slots=True)
class _Mailbox:
    budget: timedelta
    counted_at: datetime
    not_found_in_a_row: int = 0
    probed_at: datetime | None = None
    rests_until: datetime | None = None

    @property
    def is_noisy(self) -> bool:
        return self.not_found_in_a_row >= NOISE_AFTER


@dataclass(slots=True)
class Shares:
    """The shares of all mailboxes, by space. Times are those of the database; its looks tell how the reads went."""

    _mailboxes: dict[UUID, _Mailbox] = field(default_factory=dict)

    def split(self, space_id: UUID, asked: Sequence[T], now: datetime) -> Share[T]:
        """Split what a mailbox is asked for at this time."""
        mailbox = self._of(space_id, now)
        if self.rests(space_id, now):
            return Share((), later=asked)
        if mailbox.is_noisy:
            is_probe_due = mailbox.probed_at is None or now >= mailbox.probed_at + PROBE_EVERY
            at_most = 1 if is_probe_due else 0
            mailbox.probed_at = now if is_probe_due else mailbox.probed_at
        else:
            at_most = len(asked) if mailbox.budget > timedelta() else 0
        return Share(asked[:at_most], covered=asked[at_most:])

    def rests(self, space_id: UUID, now: datetime) -> bool:
        """Whether a mailbox did not answer a while ago, and is left alone at this time."""
        rests_until = self._mailboxes[space_id].rests_until if space_id in self._mailboxes else None
        return rests_until is not None and now < rests_until

    def is_noisy(self, space_id: UUID) -> bool:
        """Whether the last reads of a mailbox found nothing, many in a row."""
        return space_id in self._mailboxes and self._mailboxes[space_id].is_noisy

    def note_found(self, space_id: UUID) -> None:
        """Note that a read found a meeting, or one that we knew was there."""
        if space_id in self._mailboxes:
            self._mailboxes[space_id].not_found_in_a_row = 0

    def note_not_found(self, space_id: UUID) -> None:
        """Note that a read found nothing under an id that nobody has read."""
        if space_id in self._mailboxes:
            self._mailboxes[space_id].not_found_in_a_row += 1

    def note_time(self, space_id: UUID, taken: timedelta) -> None:
        """Note how long the reads of a mailbox took that were answered; a mailbox that does not answer rests."""
        if space_id in self._mailboxes:
            self._mailboxes[space_id].budget -= taken

    def note_slow(self, space_id: UUID, now: datetime) -> None:
        """Note that a mailbox did not answer in time."""
        if space_id in self._mailboxes:
            self._mailboxes[space_id].rests_until = now + REST

    def _of(self, space_id: UUID, now: datetime) -> _Mailbox:
        found = self._mailboxes.get(space_id)
        if found is None:
            if len(self._mailboxes) >= MOST_KNOWN:
                self._mailboxes.clear()
            found = self._mailboxes[space_id] = _Mailbox(MOST_TIME, now)
        grown = SHARE_OF_TIME * max(now - found.counted_at, timedelta())
        found.budget, found.counted_at = min(MOST_TIME, found.budget + grown), now
        return found
