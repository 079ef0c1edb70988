"""A meeting whose edit is refused is cancelled: the room is freed if Exchange told us, whatever happened in between.

The room removes cancelled meetings from its calendar, so that a cancelled one and a declined one look the same.
"""

from dataclasses import dataclass
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from libs.contracts.keys import ReservationKey
from libs.contracts.values import Meeting
from tests.property.policy_model import Model
from tests.unit.policy.factories import BOOKED, ELSEWHEN, KEY, NOW, UID, meeting, observation, space

STEPS = ["cancel", "carry_out", "settle", "observe"]


@dataclass
class Room:
    """A room calendar with one meeting, and outbound's part of the story. Each step takes a second.

    `has_declined` says whether outbound still found something to decline; None as long as it did not look.
    """

    model: Model
    copy: Meeting | None
    has_declined: bool | None = None
    is_settled: bool = False

    def take(self, step: str) -> None:
        self.model.now += timedelta(seconds=1)
        match step:
            case "cancel":
                self.copy = None
            case "carry_out" if self.has_declined is None:
                self.has_declined = self.copy is not None
                self.copy = None
            case "settle" if self.has_declined is not None and not self.is_settled:
                self.model.settle_one(KEY, self.model.now, has_written=self.has_declined)
                self.is_settled = True
            case "observe":
                self.model.observe(observation(self.copy, self.model.now))
            case _:
                pass


def refused() -> Room:
    """A meeting that has the room, was moved to where the room is taken, and is about to be declined."""
    model = Model(space(refused_edit="decline"), NOW)
    for first in (meeting(ELSEWHEN, ical_uid="other", event_id="other"), meeting()):
        model.observe(observation(first, model.now))
        model.settle(model.now)
    room = Room(model, meeting(ELSEWHEN))
    room.take("observe")
    [own] = [each for each in model.live() if each.ical_uid == UID]
    assert ReservationKey(own.space_id, own.id) in model.intents
    return room


@given(steps=st.lists(st.sampled_from(STEPS), max_size=10))
def test_a_cancellation_that_came_before_our_decline_frees_the_room_and_only_that(steps: list[str]) -> None:
    room = refused()
    for step in [*steps, "cancel", "carry_out", "settle"]:
        room.take(step)
    room.model.now += timedelta(minutes=2)
    room.take("observe")

    kept = [each.window for each in room.model.live() if each.ical_uid == UID]

    assert kept == ([BOOKED] if room.has_declined else [])
