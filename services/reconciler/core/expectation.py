"""What the ledger expects a room calendar to show under one key, as policy's view shows it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from libs.contracts.holds import is_our_hold
from libs.contracts.keys import Key
from libs.contracts.values import Answer, Meeting, Window


@dataclass(frozen=True, slots=True)
class Expectation:
    """One row of `policy.expectations_v1`. `ical_uid` and `event_id` are unknown until a hold was written once."""

    key: Key
    want: Literal["answer", "move_back", "hold"]
    starts_at: datetime
    ends_at: datetime
    answer: Answer | None
    generation: int
    awaited_until: datetime | None
    ical_uid: str | None
    event_id: str | None
    reservation_id: UUID | None

    @property
    def window(self) -> Window:
        """Return the time at which the calendar is to show it."""
        return Window(start=self.starts_at, end=self.ends_at)

    def is_hold(self, seen: Meeting) -> bool:
        """Whether an event is the hold that is expected, or a second one that we made for its reservation."""
        if self.want != "hold" or self.reservation_id is None:
            return False
        return is_our_hold(seen, self.reservation_id, self.generation, {self.event_id} - {None})

    def is_awaited(self, observed_at: datetime) -> bool:
        """Whether what the calendar did not show at that time may still appear there by itself."""
        return self.awaited_until is not None and observed_at < self.awaited_until

    def may_be_absent(self) -> bool:
        """Whether its absence is expected: an invitation that the room declined leaves the calendar."""
        return self.want == "answer" and self.answer is Answer.DECLINED

    def holds_the_room(self) -> bool:
        """Whether it belongs to a live reservation."""
        return not self.may_be_absent()
