"""The mailbox that an intent is about, and how it may be read and written."""

from dataclasses import dataclass

from libs.contracts.intents import Intent, MoveBack
from libs.graph.client import GraphClient
from libs.graph.types import USUAL_LIMITS, SeriesLimits


@dataclass(frozen=True, slots=True)
class TargetRoom:
    """The mailbox of a room, by its object id where that is known, and the way to it.

    `series` says how much of a series is listed to find one of its occurrences.
    """

    mailbox: str
    client: GraphClient
    edits_organizer_events: bool
    series: SeriesLimits = USUAL_LIMITS

    def mailbox_of(self, goal: Intent) -> str:
        """Return the mailbox that is looked at and written to for a goal: the organizer's to move their own event."""
        return goal.organizer if isinstance(goal, MoveBack) else self.mailbox
