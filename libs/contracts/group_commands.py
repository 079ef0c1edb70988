"""Commands about reservation groups, with the bodies of the HTTP API, and what replies to them.

Of whose name they are sent in, and what is believed, holds what `reservation_commands` says. Some dates of a group are
changed and cancelled by the commands about reservations, with a `scope`.
"""

from typing import ClassVar
from uuid import UUID

from libs.contracts.groups import ReservationGroupOut
from libs.contracts.message import Message, Replies, SpaceMessage
from libs.contracts.reservation_commands import ExpectedVersion, ReservationProblem, ReservationReply, VouchedPerson
from libs.contracts.wanted_reservations import WantedGroup, WantedGroupCancellation, WantedGroupChange


class ReservationGroupShown(ReservationReply):
    """The group as it is now: what `GET /v1/reservation-groups/{id}` shows of it."""

    group: ReservationGroupOut


class GroupRequestDone(ReservationGroupShown):
    """A space is reserved for the dates of a group, or pending if an administrator has to approve that."""

    type: ClassVar[str] = "reservation-group.request.done.v1"


class GroupRequestRefused(ReservationProblem):
    """No date is reserved; the same problem as the API's answer to `POST /v1/reservation-groups`."""

    type: ClassVar[str] = "reservation-group.request.refused.v1"


class GroupChangeDone(ReservationGroupShown):
    """A group is as it was asked for."""

    type: ClassVar[str] = "reservation-group.change.done.v1"


class GroupChangeRefused(ReservationProblem):
    """A group is left as it was; the same problem as the API's answer to `PATCH /v1/reservation-groups/{id}`."""

    type: ClassVar[str] = "reservation-group.change.refused.v1"


class GroupCancellationDone(ReservationGroupShown):
    """A group is cancelled, by this command or before; its dates that are over stay as they were."""

    type: ClassVar[str] = "reservation-group.cancel.done.v1"


class GroupCancellationRefused(ReservationProblem):
    """No date is cancelled; the same problem as the API's answer to `POST /v1/reservation-groups/{id}/cancel`."""

    type: ClassVar[str] = "reservation-group.cancel.refused.v1"


class RequestReservationGroup(WantedGroup, SpaceMessage):
    """Reserve a space for every date of a recurrence, in the name of `by`. From internal services to policy.

    The body is that of `POST /v1/reservation-groups`.
    """

    type: ClassVar[str] = "reservation-group.request.v1"
    replies: ClassVar[Replies] = (GroupRequestDone, GroupRequestRefused)

    by: VouchedPerson


class ChangeReservationGroup(WantedGroupChange, SpaceMessage):
    """Change a group of a space, in the name of `by`. From internal services to policy.

    The body is that of `PATCH /v1/reservation-groups/{id}`. A group of another space than the one named is not found.
    """

    type: ClassVar[str] = "reservation-group.change.v1"
    replies: ClassVar[Replies] = (GroupChangeDone, GroupChangeRefused)

    group_id: UUID
    by: VouchedPerson
    expected_version: ExpectedVersion = None


class CancelReservationGroup(WantedGroupCancellation, SpaceMessage):
    """Cancel a group of a space, in the name of `by`. From internal services to policy.

    The body is that of `POST /v1/reservation-groups/{id}/cancel`. A group of another space than the one named is not
    found.
    """

    type: ClassVar[str] = "reservation-group.cancel.v1"
    replies: ClassVar[Replies] = (GroupCancellationDone, GroupCancellationRefused)

    group_id: UUID
    by: VouchedPerson
    expected_version: ExpectedVersion = None


GROUP_COMMANDS: tuple[type[Message], ...] = (RequestReservationGroup, ChangeReservationGroup, CancelReservationGroup)
"""Every command about groups."""

GROUP_REPLIES: tuple[type[Message], ...] = (
    GroupRequestDone,
    GroupRequestRefused,
    GroupChangeDone,
    GroupChangeRefused,
    GroupCancellationDone,
    GroupCancellationRefused,
)
"""Everything that replies to them."""
