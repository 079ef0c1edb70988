"""What a command names and nobody has."""

from typing import Literal
from uuid import UUID

from services.policy.commands.command_error import CommandError


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


class UnknownImport(Unknown):
    """No import has this id."""

    def __init__(self, import_id: UUID) -> None:
        super().__init__(f"no import has the id {import_id}")
        self.import_id = import_id


class UnknownConflict(Unknown):
    """No conflict has this id: there never was one, or it ended by itself."""

    def __init__(self, conflict_id: UUID) -> None:
        super().__init__(f"no conflict has the id {conflict_id}")
        self.conflict_id = conflict_id


class UnknownWaitingRequest(Unknown):
    """No request on a waiting list has this id."""

    def __init__(self, request_id: UUID) -> None:
        super().__init__(f"no waiting request has the id {request_id}")
        self.request_id = request_id


AnyUnknown = (
    UnknownSpace
    | UnknownPart
    | UnknownReservation
    | UnknownConnection
    | UnknownReservationGroup
    | UnknownSpaceGroup
    | UnknownPolicy
    | UnknownApproval
    | UnknownWaitingRequest
    | UnknownTarget
    | UnknownImport
    | UnknownConflict
)
