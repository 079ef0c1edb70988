"""Why a space, a connection, a group or a policy cannot be as asked: its mapping, its name, or what still needs it."""

from uuid import UUID

from services.policy.commands.command_error import CommandError
from services.policy.store.closings import WouldEnd


class InvalidMapping(CommandError):
    """A space cannot be mapped like that. Name a mailbox together with the connection that reaches it."""


class NothingToConnect(InvalidMapping):
    """A connection was named for a space that has no mailbox. Name the mailbox too, or leave the connection out."""

    def __init__(self) -> None:
        super().__init__("a connection goes with a room mailbox")


class NoTenantConnected(InvalidMapping):
    """A mailbox cannot be reached, because there is no connection at all. Connect its tenant, then map it."""

    def __init__(self) -> None:
        super().__init__("no tenant is connected")


class ConnectionNotNamed(InvalidMapping):
    """There are several connections, and the mailbox may be in any. Name the one that it is in."""

    def __init__(self) -> None:
        super().__init__("there are several connections and none was named")


class TakenByAnother(CommandError):
    """What was asked for is unique, and another has it. Take something else, or have the holder give it up."""


class MailboxMappedElsewhere(TakenByAnother):
    """Another space is mapped to this mailbox. Unmap that space first, or take another mailbox."""

    def __init__(self, holder_id: UUID, holder_name: str) -> None:
        super().__init__(f"the mailbox is mapped to the space {holder_id}")
        self.holder_id = holder_id
        self.holder_name = holder_name


class MailboxStillClosing(TakenByAnother):
    """The mailbox belongs to a space that was deleted, and tells organizers so. Try again when it has told them."""

    def __init__(self, holder_id: UUID, holder_name: str) -> None:
        super().__init__(f"the mailbox still is that of the deleted space {holder_id}")
        self.holder_id = holder_id
        self.holder_name = holder_name


class ConnectionNameTaken(TakenByAnother):
    """Another connection has this name. Choose another name, or change the holder instead."""

    def __init__(self, holder_id: UUID) -> None:
        super().__init__(f"the connection {holder_id} has this name")
        self.holder_id = holder_id


class SpaceGroupNameTaken(TakenByAnother):
    """Another group of spaces has this name. Choose another name, or use that group."""

    def __init__(self, holder_id: UUID) -> None:
        super().__init__(f"the group {holder_id} has this name")
        self.holder_id = holder_id


class SamePolicy(TakenByAnother):
    """Another policy is the same rule, attached alike. Change that one, or ask for something else."""

    def __init__(self, holder_id: UUID) -> None:
        super().__init__(f"the policy {holder_id} is the same")
        self.holder_id = holder_id


class StillNeeded(CommandError):
    """Something cannot be deleted while something else depends on it. Deal with that first."""


class SpaceStillMapped(StillNeeded):
    """The space is mapped to a room mailbox. Unmap it first, or confirm that it is unmapped with its deletion."""

    def __init__(self, room_mailbox: str) -> None:
        super().__init__(f"the space is mapped to {room_mailbox}")
        self.room_mailbox = room_mailbox


class SpaceStillReserved(StillNeeded):
    """The space has live reservations that are not over. Confirm that all that ends with it, or cancel them first."""

    def __init__(self, would_end: WouldEnd, room_mailbox: str | None) -> None:
        super().__init__(f"the space has {would_end.reservations} live reservations that are not over")
        self.would_end = would_end
        self.room_mailbox = room_mailbox


class SpaceStillPart(StillNeeded):
    """A combined space is made of this one. Delete that one first."""

    def __init__(self, whole_id: UUID, whole_name: str) -> None:
        super().__init__(f"the space {whole_id} is made of it")
        self.whole_id = whole_id
        self.whole_name = whole_name


class SpaceGroupStillRuled(StillNeeded):
    """Policies are attached to the group. Delete them, or attach them elsewhere."""

    def __init__(self, policies: int) -> None:
        super().__init__(f"{policies} policies are attached to the group")
        self.policies = policies


class ConnectionStillMapped(StillNeeded):
    """Spaces are mapped through the connection. Unmap them, or map them through another one."""

    def __init__(self, spaces: int, first_id: UUID, first_name: str) -> None:
        super().__init__(f"{spaces} spaces are mapped through the connection")
        self.spaces = spaces
        self.first_id = first_id
        self.first_name = first_name


class ConnectionStillLeaving(StillNeeded):
    """Holds are being taken out of mailboxes through the connection. Try again when they are out."""

    def __init__(self, holds: int) -> None:
        super().__init__(f"{holds} holds are being taken out through the connection")
        self.holds = holds


AnyInvalidMapping = NothingToConnect | NoTenantConnected | ConnectionNotNamed
AnyTaken = MailboxMappedElsewhere | MailboxStillClosing | ConnectionNameTaken | SpaceGroupNameTaken | SamePolicy
AnyStillNeeded = (
    SpaceStillMapped
    | SpaceStillReserved
    | SpaceStillPart
    | SpaceGroupStillRuled
    | ConnectionStillMapped
    | ConnectionStillLeaving
)
