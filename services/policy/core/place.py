"""Where something takes place, as sentences name it, and what they may tell of others who are there."""

from dataclasses import dataclass
from typing import Literal

from services.policy.core.naming import cut

ConflictDetail = Literal["organizer", "time"]
"""What is told of a meeting in the way: its time and its organizer, or its time only."""


@dataclass(frozen=True, slots=True)
class Place:
    """The space that a sentence is about, the zone in which its people say the time, and their privacy."""

    name: str
    time_zone: str
    conflict_detail: ConflictDetail = "organizer"

    @property
    def called(self) -> str:
        """Return its name as sentences use it."""
        return cut(self.name)
