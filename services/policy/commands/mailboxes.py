"""Leave room mailboxes, and have those that spaces are newly mapped to show what is reserved.

The request that changes a mapping only records what follows from it. Holds are taken out of the old mailbox, and made
in the new one, in the background and in the bulk lane: a few at a time, each few in a short transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from libs.common.db import Connection
from libs.contracts.message import Message
from libs.contracts.messages import IntentIssued
from services.policy.commands.apply import Patience, apply
from services.policy.commands.group_holds import show_group
from services.policy.core.actors import SYSTEM
from services.policy.core.holds import hold_in_new_mailbox
from services.policy.core.yielding import end_block
from services.policy.store import fillings, left_blocks, left_holds, meetings, slices

AT_ONCE = 25
"""Reservations that are held in one transaction, while live decisions about their space wait."""

Holds = Literal["drop", "keep"]
"""What to do about our holds in a mailbox that is left."""


@dataclass(frozen=True, slots=True)
class Filled:
    """What was done about mailboxes that were newly mapped or left, whether that was all, and the messages to send."""

    is_done: bool
    messages: Sequence[Message] = ()


async def leave_mailboxes(
    conn: Connection, space_ids: list[UUID], holds: Holds = "drop", through: UUID | None = None
) -> None:
    """Have the mailboxes that these spaces are still mapped to left; nothing is done there from now on.

    The spaces are locked. Holds are taken out through the spaces' connections, or `through` the tenant that was left.
    """
    for space_id in space_ids:
        await fillings.end(conn, space_id)
    if holds == "keep":
        await left_holds.leave_standing(conn, space_ids)
    else:
        await left_holds.leave(conn, space_ids, through)


async def enter_mailboxes(conn: Connection, space_ids: list[UUID], *, is_other_tenant: bool) -> None:
    """Have the mailboxes that these spaces are mapped to by now show what is reserved. The spaces are locked.

    Mapping keeps every reservation. In the same mailbox, the reservations made in Outlook still have their
    invitations. In another mailbox there are none, so a hold is to stand in for each.
    """
    await left_holds.come_back(conn, space_ids)
    await meetings.leave_behind(conn, space_ids, is_other_tenant=is_other_tenant)
    await fillings.start(conn, space_ids)


async def fill_mailbox(conn: Connection, space_id: UUID, patience: Patience) -> Filled:
    """Want holds for the next few reservations that a newly mapped mailbox does not show yet; harmless to repeat.

    Nothing is done for a space that has been unmapped, or whose mailbox is filled.
    """
    await slices.lock_space(conn, space_id)
    due = await fillings.next_to_hold(conn, space_id, AT_ONCE)
    messages: list[Message] = []
    for group_id in dict.fromkeys(each.group_id for each in due if each.group_id is not None):
        shown = await show_group(conn, space_id, group_id, anew=True)
        messages += await apply(conn, shown.ledger, shown.decision, patience, by=SYSTEM)
    for each in (one for one in due if one.group_id is None):
        ledger = await slices.of_reservation(conn, space_id, each.id, None)
        messages += await apply(conn, ledger, hold_in_new_mailbox(ledger), patience, by=SYSTEM)
    if len(due) < AT_ONCE:
        await fillings.end(conn, space_id)
        await left_holds.forget_those_back(conn, space_id)
        return Filled(is_done=True, messages=messages)
    await fillings.advance(conn, space_id, due[-1])
    return Filled(is_done=False, messages=messages)


async def end_left_blocks(conn: Connection, patience: Patience) -> Filled:
    """End the next few reservations that only blocked what events took of their spaces, in mailboxes that were left."""
    left = await left_blocks.next_to_end(conn, AT_ONCE)
    if not left:
        return Filled(is_done=True)
    await slices.lock_spaces(conn, sorted({space_id for space_id, _ in left}))
    messages: list[Message] = []
    for space_id, reservation_id in left:
        if await left_blocks.is_left(conn, reservation_id):
            ledger = await slices.of_reservation(conn, space_id, reservation_id, None)
            messages += await apply(conn, ledger, end_block(ledger), patience, by=SYSTEM)
    return Filled(is_done=len(left) < AT_ONCE, messages=messages)


async def take_out_holds(conn: Connection) -> Sequence[IntentIssued]:
    """Return the next few intents to take holds out of mailboxes that were left; none if none is due."""
    return await left_holds.claim(conn, AT_ONCE)
