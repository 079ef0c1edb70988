"""What a command raises when it cannot be carried out as asked, before it writes anything.

    CommandError
    ├── Unknown: UnknownSpace, UnknownPart, UnknownReservation, UnknownConnection, UnknownSpaceGroup, UnknownPolicy,
    │            UnknownReservationGroup, UnknownApproval, UnknownTarget, UnknownImport, UnknownConflict
    ├── StaleVersion
    ├── Undecidable: AlreadyDecided, AskedTimeIsOver, AskedTimeIsTaken
    ├── Unresolvable: AlreadyResolved, OwnedByRoom, NotCancellable
    ├── Unconfirmable: NothingBraked, BrakeChanged
    ├── OverrideNotPermitted
    ├── UnusableComment
    ├── UnusableRecurrence
    ├── NotOfAGroup
    ├── NotOnTrial
    ├── TemplateRefused
    ├── InvalidWindow: EmptyWindow, WindowTooLong, WindowTooFarAhead
    ├── UnusableImport: SpaceNotMapped, SpaceNamedTwice, MailboxNamedTwice, NothingToImport, ImportHasEnded
    ├── InvalidMapping: NothingToConnect, NoTenantConnected, ConnectionNotNamed
    ├── TakenByAnother: MailboxMappedElsewhere, MailboxStillClosing, ConnectionNameTaken, SpaceGroupNameTaken,
    │                   SamePolicy
    └── StillNeeded: SpaceStillMapped, SpaceStillReserved, SpaceStillPart, SpaceGroupStillRuled, ConnectionStillMapped,
                     ConnectionStillLeaving

One rule: an error carries facts, and the caller puts them into words for its own audience. A reservation that the rules
or another booking forbid is not an error but a result, `ReservationRefused`.
"""

from datetime import timedelta
from typing import Literal
from uuid import UUID

from libs.contracts.values import ActorKind
from services.policy.commands.command_error import CommandError
from services.policy.commands.import_errors import AnyUnusableImport
from services.policy.commands.space_errors import AnyInvalidMapping, AnyStillNeeded, AnyTaken
from services.policy.commands.unconfirmable import AnyUnconfirmable
from services.policy.commands.undecidable import AnyUndecidable, AnyUnresolvable
from services.policy.commands.unknown import AnyUnknown


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


class UnusableRecurrence(CommandError):
    """A group cannot recur as it was asked for. `sentence` says why, and what would be right."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field
        self.sentence = sentence


class NotOfAGroup(CommandError):
    """Several dates of a series are meant, but the reservation is a single one. Leave out the scope."""

    def __init__(self, reservation_id: UUID) -> None:
        super().__init__(f"the reservation {reservation_id} is of no group")
        self.reservation_id = reservation_id


class NotOnTrial(CommandError):
    """A policy of another effect than shadow has no trial: what it does is what was decided. Look at the decisions."""

    def __init__(self, effect: str) -> None:
        super().__init__(f"the policy is of effect {effect}")
        self.effect = effect


class TemplateRefused(CommandError):
    """A template of an answer cannot be used. `found` says why, and `remedy` what to write instead."""

    def __init__(self, found: str, remedy: str) -> None:
        super().__init__(f"the template {found}")
        self.found = found
        self.remedy = remedy


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


AnyInvalidWindow = EmptyWindow | WindowTooLong | WindowTooFarAhead
AnyCommandError = (
    AnyUnknown
    | AnyUndecidable
    | AnyUnresolvable
    | AnyUnconfirmable
    | StaleVersion
    | OverrideNotPermitted
    | UnusableComment
    | UnusableRecurrence
    | NotOfAGroup
    | NotOnTrial
    | TemplateRefused
    | AnyInvalidWindow
    | AnyUnusableImport
    | AnyInvalidMapping
    | AnyTaken
    | AnyStillNeeded
)
"""Every error that is raised, as closed unions: a translation that leaves one out does not type-check."""
