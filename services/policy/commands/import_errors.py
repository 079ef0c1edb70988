"""Why rooms cannot be imported as asked."""

from typing import Literal
from uuid import UUID

from services.policy.commands.command_error import CommandError


class UnusableImport(CommandError):
    """An import cannot be begun, paused or resumed as asked."""


class SpaceNotMapped(UnusableImport):
    """A space to import has no mailbox. Map it, or rehearse a mapping."""

    def __init__(self, space_id: UUID) -> None:
        super().__init__(f"the space {space_id} is mapped to no mailbox")
        self.space_id = space_id


class SpaceNamedTwice(UnusableImport):
    """A space is named twice in one request for an import. Name it once."""

    def __init__(self, space_id: UUID) -> None:
        super().__init__(f"the space {space_id} is named twice")
        self.space_id = space_id


class MailboxNamedTwice(UnusableImport):
    """Two spaces are to be rehearsed with one mailbox. Each space has a mailbox of its own."""

    def __init__(self, room_mailbox: str) -> None:
        super().__init__(f"the mailbox {room_mailbox} is named twice")
        self.room_mailbox = room_mailbox


class NothingToImport(UnusableImport):
    """No space that is asked for is mapped. Map one, or rehearse a mapping."""


class ImportHasEnded(UnusableImport):
    """An import that has ended can be neither paused nor resumed. Begin another one."""

    def __init__(self, state: Literal["finished", "failed"], *, is_resumed: bool) -> None:
        super().__init__(f"the import is {state}")
        self.state = state
        self.is_resumed = is_resumed


AnyUnusableImport = SpaceNotMapped | SpaceNamedTwice | MailboxNamedTwice | NothingToImport | ImportHasEnded
