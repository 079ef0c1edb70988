"""On a command about reservation groups: carry it out as the API does, and reply to whoever sent it.

One rule: nothing that a command causes goes in the live lane but its reply.
"""

from collections.abc import Awaitable, Mapping, Sequence
from uuid import UUID

from pydantic import BaseModel

from libs.common.db import Connection
from libs.common.handlers import Caused, InLane, Refusable, ToSender
from libs.common.observed import add_facts
from libs.common.topology import Lane
from libs.contracts.group_commands import (
    CancelReservationGroup,
    ChangeReservationGroup,
    GroupCancellationDone,
    GroupCancellationRefused,
    GroupChangeDone,
    GroupChangeRefused,
    GroupRequestDone,
    GroupRequestRefused,
    RequestReservationGroup,
    ReservationGroupShown,
)
from libs.contracts.reservation_commands import ReservationProblem
from services.policy.commands.apply import Patience
from services.policy.commands.group_changes import Expected, cancel_dates, change_dates
from services.policy.commands.groups import GroupRefused, GroupResult, create_group
from services.policy.commands.reservation_refusals import UNDOABLE, refuse_error, refuse_group
from services.policy.commands.shown_groups import read_group, show_date
from services.policy.commands.unknown import UnknownReservationGroup
from services.policy.commands.wanted_reservations import (
    COMMAND,
    cancellation_of,
    group_change_of,
    group_request_of,
)
from services.policy.core.actors import vouched_for
from services.policy.handlers.replies import problem_reply, refusing
from services.policy.store import groups


class GroupCommandHandlers:
    """The handlers of commands about groups. `patience` says how long Outlook may take to show an intent."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience

    @property
    def by_message(self) -> Mapping[type[BaseModel], Refusable]:
        """Return the handler of each command, which refuses one that cannot be read."""
        return {
            RequestReservationGroup: Refusable(self.on_request_group, refusing(GroupRequestRefused)),
            ChangeReservationGroup: Refusable(self.on_change_group, refusing(GroupChangeRefused)),
            CancelReservationGroup: Refusable(self.on_cancel_group, refusing(GroupCancellationRefused)),
        }

    async def on_request_group(self, conn: Connection, message: RequestReservationGroup) -> Sequence[Caused]:
        """Reserve a space for every date of a recurrence, and reply with the group, or with every reason why not."""
        request = group_request_of(message, COMMAND)
        work = create_group(conn, request, self._patience, by=vouched_for(message.by))
        return await _carry_out(conn, work, GroupRequestDone, GroupRequestRefused)

    async def on_change_group(self, conn: Connection, message: ChangeReservationGroup) -> Sequence[Caused]:
        """Change a group, and reply with it as it is now, or with every reason why not."""

        async def work() -> GroupResult:
            await _check_place(conn, message.space_id, message.group_id)
            return await change_dates(
                conn,
                message.group_id,
                change=group_change_of(message, COMMAND),
                expected=Expected(version=message.expected_version),
                patience=self._patience,
                by=vouched_for(message.by),
            )

        return await _carry_out(conn, work(), GroupChangeDone, GroupChangeRefused)

    async def on_cancel_group(self, conn: Connection, message: CancelReservationGroup) -> Sequence[Caused]:
        """Cancel a group, and reply with it as it is now, or with every reason why not."""

        async def work() -> GroupResult:
            await _check_place(conn, message.space_id, message.group_id)
            return await cancel_dates(
                conn,
                message.group_id,
                wanted=cancellation_of(message, COMMAND),
                expected=Expected(version=message.expected_version),
                patience=self._patience,
                by=vouched_for(message.by),
            )

        return await _carry_out(conn, work(), GroupCancellationDone, GroupCancellationRefused)


async def _check_place(conn: Connection, space_id: UUID, group_id: UUID) -> None:
    """Raise `UnknownReservationGroup` if the space that a command names has no such group."""
    add_facts(group_id=str(group_id))
    place = await groups.place_of(conn, group_id)
    if place is None or place[0] != space_id:
        raise UnknownReservationGroup(group_id)


async def _carry_out(
    conn: Connection,
    work: Awaitable[GroupResult],
    done: type[ReservationGroupShown],
    refused: type[ReservationProblem],
) -> Sequence[Caused]:
    """Await the work of a command, and reply with its result."""
    try:
        result = await work
    except UNDOABLE as error:
        return [ToSender(problem_reply(refused, refuse_error(error)))]
    caused = [InLane(each, Lane.BULK) for each in result.messages]
    if isinstance(result, GroupRefused):
        dates = [show_date(each) for each in result.occurrences]
        return [*caused, ToSender(problem_reply(refused, refuse_group(result), dates))]
    add_facts(group_id=str(result.group.id))
    return [*caused, ToSender(done(group=await read_group(conn, result.group.id)))]
