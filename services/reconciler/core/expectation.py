"""What the ledger expects a room calendar to show under one key, as policy's view shows it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from libs.contracts.holds import is_our_hold
from libs.contracts.intents import KeepHold
from libs.contracts.keys import Key, MeetingKey
from libs.contracts.shown import is_shown_at, shown_subject
from libs.contracts.titles import Title, title_of
from libs.contracts.values import Answer, Meeting, Window

_TENTATIVE_WHERE_IT_IS = frozenset({"awaits_approval", "proposes_change"})


@dataclass(frozen=True, slots=True)
class Expectation:
    """One row of `policy.expectations_v1`.

    `ical_uid` and `event_id` are unknown until a hold was written once. `title` is None where there is no reservation,
    so that it does not matter. `is_given_up` tells that policy counts as failed what is wanted here; that no hold is
    there is expected only where one could not be removed. What `yields` is an event that blocks only what others leave
    of its time: policy has not decided for it yet. `booked_until` is until when the dates of a series are booked; None
    if all of them are.

    `status` is how the room stands to a meeting as last decided. What awaits approval is tentative, and so is the
    answer to a change that was refused.

    A recurring hold is one row for its group, with the whole of what is wanted as `held`, and one for each date that is
    booked, which has its own `original_date`. All of them have the `group_id`.

    A series that is accepted, or waits for approval, or is of the room's own, is one row for the whole, and one for
    each of its dates: those have the original date in their key, and show the answer to the series, or their own.
    """

    key: Key
    want: Literal["answer", "move_back", "hold", "no_hold"]
    starts_at: datetime
    ends_at: datetime
    answer: Answer | None
    generation: int
    awaited_until: datetime | None
    ical_uid: str | None
    event_id: str | None
    reservation_id: UUID | None
    title: str | None
    is_private: bool
    is_given_up: bool
    yields: bool
    booked_until: datetime | None
    status: str | None = None
    held: KeepHold | None = None
    group_id: UUID | None = None
    original_date: date | None = None

    @property
    def is_of_one_date(self) -> bool:
        """Whether it is about one date of a series, or of a recurring hold."""
        if isinstance(self.key, MeetingKey):
            return self.key.original_date is not None
        return self.original_date is not None

    @property
    def is_booked(self) -> bool:
        """Whether it is about what is booked, or waits for approval, at the time that the room's calendar shows.

        So is what was accepted, or imported from that calendar, and what its organizer is asked to move.
        """
        is_held = self.answer in {Answer.ACCEPTED, Answer.ORGANIZER} or self.status in _TENTATIVE_WHERE_IT_IS
        return self.want == "answer" and is_held

    @property
    def is_booked_series(self) -> bool:
        """Whether it is about a series that is booked: its dates have reservations, and it has none of its own."""
        return self.is_booked and self.reservation_id is None and not self.is_of_one_date

    @property
    def window(self) -> Window:
        """Return the time at which the calendar is to show it."""
        return Window(start=self.starts_at, end=self.ends_at)

    @property
    def is_about_a_hold(self) -> bool:
        """Whether it is about a hold of ours, one that is wanted or one that is not."""
        return self.want in {"hold", "no_hold"}

    def is_hold(self, seen: Meeting) -> bool:
        """Whether an event is the hold that this is about, or a second one that we made for its reservation."""
        if not self.is_about_a_hold or self.reservation_id is None:
            return False
        return is_our_hold(seen, self.reservation_id, self.generation, {self.event_id} - {None})

    def is_awaited(self, observed_at: datetime) -> bool:
        """Whether what the calendar did not show at that time may still appear there by itself."""
        return self.awaited_until is not None and observed_at < self.awaited_until

    def has_arrived(self, seen: Meeting) -> bool:
        """Whether an event that the organizer's calendar was to bring here has come: its answer is owed from now on."""
        return self.want == "move_back" and is_shown_at(seen, self.window)

    def has_title_of(self, seen: Meeting) -> bool:
        """Whether an event has the title that is expected: the one of a hold, or the one kept of a meeting."""
        if self.title is None or seen.is_unreadable:
            return True
        if self.want == "hold":
            return shown_subject(seen.subject) == shown_subject(self.title)
        kept = Title(self.title, self.is_private)
        return title_of(seen, kept) == kept

    def may_be_absent(self) -> bool:
        """Whether its absence is expected: an invitation that the room declined leaves the calendar."""
        return self.want == "answer" and self.answer is Answer.DECLINED

    def holds_the_room(self) -> bool:
        """Whether it is a live reservation, or a series of them, whose dates do not count by themselves."""
        return self.want != "no_hold" and not self.may_be_absent() and not self.is_of_one_date
