"""What a command raises when it cannot be carried out as asked, before it writes anything.

    CommandError
    ├── Unknown: UnknownSpace, UnknownPart, UnknownReservation, UnknownConnection, UnknownSpaceGroup, UnknownPolicy,
    │            UnknownReservationGroup, UnknownApproval, UnknownTarget
    ├── StaleVersion
    ├── Undecidable: AlreadyDecided, AskedTimeIsOver
    ├── OverrideNotPermitted
    ├── UnusableComment
    ├── InvalidWindow: EmptyWindow, WindowTooLong, WindowTooFarAhead
    ├── InvalidMapping: NothingToConnect, NoTenantConnected, ConnectionNotNamed
    ├── TakenByAnother: MailboxMappedElsewhere, MailboxStillClosing, ConnectionNameTaken, SpaceGroupNameTaken,
    │                   SamePolicy
    └── StillNeeded: SpaceStillMapped, SpaceStillReserved, SpaceStillPart, SpaceGroupStillRuled, ConnectionStillMapped,
                     ConnectionStillLeaving

One rule: an error carries facts, and the caller puts them into words for its own audience. A reservation that the rules
or another booking forbid is not an error but a result, `ReservationRefused`.
"""

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from libs.contracts.approvals import QuestionState
from libs.contracts.values import Actor, ActorKind
from services.policy.store.closings import WouldEnd


class CommandError(Exception):
    """A command could not be carried out as asked."""


class Unknown(CommandError):
    """The caller named something that does not exist. Name one that does."""


class UnknownSpace(Unknown):
    """No space has this id."""

    def __init__(self, space_id: UUID) -> None:
        super().__init__(f"no space has the id {space_id}")
        self.space_id = space_id


class UnknownPolicy(Unknown):
    """No policy has this id."""

    def __init__(self, policy_id: UUID) -> None:
        super().__init__(f"no policy has the id {policy_id}")
        self.policy_id = policy_id


class UnknownTarget(Unknown):
    """A policy is to be attached to a space or a group that does not exist. Attach it to one that does."""

    def __init__(self, scope: Literal["group", "space"], target_id: UUID) -> None:
        super().__init__(f"no {scope} has the id {target_id}")
        self.scope = scope
        self.target_id = target_id


class UnknownPart(Unknown):
    """A space that was named as a part does not exist. `position` counts the parts asked for, from 0."""

    def __init__(self, part_id: UUID, position: int) -> None:
        super().__init__(f"no space has the id {part_id}")
        self.part_id = part_id
        self.position = position


class UnknownReservation(Unknown):
    """No reservation has this id."""

    def __init__(self, reservation_id: UUID) -> None:
        super().__init__(f"no reservation has the id {reservation_id}")
        self.reservation_id = reservation_id


class UnknownConnection(Unknown):
    """No connection has this id or this name."""

    def __init__(self, named: str | UUID) -> None:
        super().__init__(f"no connection has the id or the name {named}")
        self.named = named


class UnknownSpaceGroup(Unknown):
    """No group of spaces has this id. `position` counts the groups that a space was to be put into, from 0."""

    def __init__(self, group_id: UUID, position: int | None = None) -> None:
        super().__init__(f"no group of spaces has the id {group_id}")
        self.group_id = group_id
        self.position = position


class UnknownReservationGroup(Unknown):
    """No group of reservations has this id."""

    def __init__(self, group_id: UUID) -> None:
        super().__init__(f"no group of reservations has the id {group_id}")
        self.group_id = group_id


class UnknownApproval(Unknown):
    """No question to administrators has this id."""

    def __init__(self, approval_id: UUID) -> None:
        super().__init__(f"no approval has the id {approval_id}")
        self.approval_id = approval_id


class Undecidable(CommandError):
    """A question cannot be decided any more. See what became of its reservation."""


class AlreadyDecided(Undecidable):
    """The question is closed. `by` and `at` tell who closed it, and when; nobody did if that is None."""

    def __init__(self, state: QuestionState, by: Actor | None, at: datetime | None) -> None:
        super().__init__(f"the question is {state} already")
        self.state = state
        self.by = by
        self.at = at


class AskedTimeIsOver(Undecidable):
    """The time that was asked for is over."""

    def __init__(self, end: datetime) -> None:
        super().__init__(f"what was asked for is over since {end}")
        self.end = end


class StaleVersion(CommandError):
    """What is to be changed has changed since the caller read it. Read it again, then decide anew."""

    def __init__(self, current: int) -> None:
        super().__init__(f"it is at version {current} by now")
        self.current = current


class OverrideNotPermitted(CommandError):
    """Only an administrator can allow a rule to be broken. Ask one, or leave out the reason for the override."""

    def __init__(self, kind: ActorKind) -> None:
        super().__init__(f"only an administrator can allow a rule to be broken, and this is asked by: {kind}")
        self.kind = kind


class UnusableComment(CommandError):
    """A comment is too long, or holds characters that cannot be stored or shown. Write a shorter, plainer one."""

    def __init__(self) -> None:
        super().__init__("the comment cannot be kept and shown")


class InvalidWindow(CommandError):
    """No reservation can have this window. Ask for another one."""


class EmptyWindow(InvalidWindow):
    """The window does not end after it starts. Windows are half-open: ask for a later end."""

    def __init__(self) -> None:
        super().__init__("a reservation ends after it starts")


class WindowTooLong(InvalidWindow):
    """The window is longer than any reservation may be. Ask for a shorter one, of `longest` at most."""

    def __init__(self, longest: timedelta) -> None:
        super().__init__(f"a reservation lasts at most {longest.days} days")
        self.longest = longest


class WindowTooFarAhead(InvalidWindow):
    """One edge of the window lies too far in the future. Ask for one that is no further off than `furthest`."""

    def __init__(self, edge: Literal["start", "end"], furthest: timedelta) -> None:
        super().__init__(f"the {edge} of a reservation lies at most {furthest.days} days ahead")
        self.edge = edge
        self.furthest = furthest


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


AnyUnknown = (
    UnknownSpace
    | UnknownPart
    | UnknownReservation
    | UnknownConnection
    | UnknownReservationGroup
    | UnknownSpaceGroup
    | UnknownPolicy
    | UnknownApproval
    | UnknownTarget
)
AnyUndecidable = AlreadyDecided | AskedTimeIsOver
AnyInvalidWindow = EmptyWindow | WindowTooLong | WindowTooFarAhead
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
AnyCommandError = (
    AnyUnknown
    | AnyUndecidable
    | StaleVersion
    | OverrideNotPermitted
    | UnusableComment
    | AnyInvalidWindow
    | AnyInvalidMapping
    | AnyTaken
    | AnyStillNeeded
)
"""Every error that is raised, as closed unions: a translation that leaves one out does not type-check."""
