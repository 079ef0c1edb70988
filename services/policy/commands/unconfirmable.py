"""Cancellations that cannot be confirmed as asked. Nothing is cancelled."""

from datetime import datetime
from uuid import UUID

from services.policy.commands.command_error import CommandError


class Unconfirmable(CommandError):
    """What somebody wants to let go on is not what waits. Look at what waits now."""


class NothingBraked(Unconfirmable):
    """No cancellations of the room wait: they were confirmed, the meetings are back, or it cannot be compared now."""

    def __init__(self, space_id: UUID) -> None:
        super().__init__(f"no cancellations of the space {space_id} wait")
        self.space_id = space_id


class BrakeChanged(Unconfirmable):
    """More cancellations wait than were seen, or others do. `since` and `cancellations` are those that wait now."""

    def __init__(self, since: datetime, cancellations: int) -> None:
        super().__init__(f"{cancellations} cancellations wait since {since}")
        self.since = since
        self.cancellations = cancellations


AnyUnconfirmable = NothingBraked | BrakeChanged
