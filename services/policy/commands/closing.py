"""Delete spaces. What is reserved in them, and their mailboxes, go with them only if that was confirmed.

Declines are written in Outlook by outbound, which writes only to mailboxes that are mapped. So a space with a mailbox
is closing for a while: nobody finds it or can book it, but it stays mapped until everybody has been told.
"""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from libs.common.db import Connection
from libs.contracts.keys import MeetingKey
from libs.contracts.message import Message
from libs.contracts.values import Actor
from services.policy.commands.apply import Patience, apply
from services.policy.commands.mailboxes import leave_mailboxes
from services.policy.commands.mapping import announce_mapping
from services.policy.commands.room_imports import end_imports_of
from services.policy.commands.space_errors import SpaceStillMapped, SpaceStillPart, SpaceStillReserved
from services.policy.commands.unknown import UnknownSpace
from services.policy.commands.versions import check_version
from services.policy.core.back_office import CancellationRequest, grant_cancellation
from services.policy.core.closing import NO_LONGER_BOOKABLE
from services.policy.core.groups.cancel import take_away_group
from services.policy.core.recurring.ending import take_away_series
from services.policy.store import closings, fillings, slices, spaces
from services.policy.store.spaces import SpaceRow


async def delete_unused_space(conn: Connection, space_id: UUID, expected_version: int | None) -> None:
    """Delete a space on which nothing depends. Its reservations, all over, can still be read.

    Raises `UnknownSpace`, `StaleVersion`, and every `StillNeeded` of a space.
    """
    found = await _lock(conn, space_id, expected_version)
    would_end = await closings.would_end(conn, space_id)
    if would_end is not None:
        raise SpaceStillReserved(would_end, found.room_mailbox)
    if found.room_mailbox is not None:
        raise SpaceStillMapped(found.room_mailbox)
    await spaces.delete(conn, space_id)


async def close_space(
    conn: Connection, space_id: UUID, expected_version: int | None, *, patience: Patience, by: Actor
) -> Sequence[Message]:
    """Delete a space with all that is to come in it; return the messages to send. Whoever invited it gets a decline.

    If it has a mailbox, `finish_closing` unmaps it later. Raises `UnknownSpace`, `StaleVersion`, `SpaceStillPart`.
    """
    await _lock(conn, space_id, expected_version)
    messages: list[Message] = []
    for ical_uid in await closings.series_to_come(conn, space_id):
        series = await slices.of_meeting(conn, MeetingKey(space_id, ical_uid), (), None)
        decision = take_away_series(series, MeetingKey(space_id, ical_uid), NO_LONGER_BOOKABLE)
        messages += await apply(conn, series, decision, patience, by=by)
    for group_id in await closings.groups_to_come(conn, space_id):
        group = await slices.of_group(conn, space_id, group_id)
        messages += await apply(conn, group, take_away_group(group, NO_LONGER_BOOKABLE), patience, by=by)
    for each in await closings.to_come(conn, space_id):
        # Not by the command, which would lock the organizer after the space; and no policy has a say in this.
        ledger = await slices.of_reservation(conn, space_id, each, None)
        if ledger.reservation is not None:
            wanted = CancellationRequest(NO_LONGER_BOOKABLE)
            granted = grant_cancellation(ledger.reservation, wanted, ledger)
            messages += await apply(conn, ledger, granted.decision, patience, by=by)
    await fillings.end(conn, space_id)
    await end_imports_of(conn, [space_id])
    await spaces.delete(conn, space_id)
    return messages


async def finish_closing(conn: Connection, space_id: UUID) -> Sequence[Message]:
    """Unmap a space that is closing; return the messages to send, none if it is not closing any more."""
    await slices.lock_space(conn, space_id)
    before = await spaces.lock_closing(conn, space_id)
    if before is None:
        return []
    await leave_mailboxes(conn, [space_id])
    after = replace(before, room_mailbox=None, connection_id=None, mapped_at=None, version=before.version + 1)
    await spaces.save(conn, after)
    return announce_mapping(before, after)


async def _lock(conn: Connection, space_id: UUID, expected_version: int | None) -> SpaceRow:
    await slices.lock_space(conn, space_id)
    found = await spaces.lock(conn, space_id)
    if found is None:
        raise UnknownSpace(space_id)
    check_version(expected_version, found.version)
    whole = await spaces.whole_of(conn, space_id)
    if whole is not None:
        raise SpaceStillPart(*whole)
    return found
