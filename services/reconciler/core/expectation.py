"""What the ledger expects a room calendar to show under one key, as policy's view tells it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from libs.contracts.keys import Key
from libs.contracts.values import Answer


@dataclass(frozen=True, slots=True)
class Expectation:
    """One row of `policy.expectations_v1`. `ical_uid` and `event_id` are unknown until a hold was written once."""

    key: Key
    want: Literal["answer", "move_back", "hold"]
    starts_at: datetime
    ends_at: datetime
    answer: Answer | None
    intent_state: Literal["issued", "written", "given_up"]
    deadline: datetime
    ical_uid: str | None
    event_id: str | None
    reservation_id: UUID | None

    def is_in_flight(self, now: datetime) -> bool:
        """Whether it may still be on its way to the calendar."""
        return self.intent_state == "issued" and now < self.deadline

    def may_be_absent(self) -> bool:
        """Whether its absence is agreement: what the room declined leaves its calendar."""
        return self.want == "answer" and self.answer is Answer.DECLINED

    def holds_the_room(self) -> bool:
        """Whether a reservation stands behind it."""
        return not self.may_be_absent()
