"""Show the groups of the back office in Outlook: what they want there follows from their dates, after each decision."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from libs.common.db import Connection
from services.policy.commands.competing import Following
from services.policy.core.changes import Decision, Save, SaveGroup
from services.policy.core.groups.hold import follow_in_outlook
from services.policy.store import slices


async def show_groups(conn: Connection, decisions: Iterable[Decision]) -> Sequence[Following]:
    """Decide what Outlook ought to show of each group of which decisions, which are written, have changed a date."""
    found: dict[UUID, UUID] = {}
    for change in (change for decision in decisions for change in decision.changes):
        match change:
            case Save(reservation=saved) if saved.is_of_own_group and saved.group_id is not None:
                found[saved.group_id] = saved.space_id
            case SaveGroup(group=group) if group.ical_uid is None:
                found[group.id] = group.space_id
            case _:
                pass
    return [await show_group(conn, space_id, group_id) for group_id, space_id in found.items()]


async def show_group(conn: Connection, space_id: UUID, group_id: UUID, *, anew: bool = False) -> Following:
    """Decide what Outlook ought to show of a group; with `anew`, also if that is wanted already."""
    try:
        ledger = await slices.of_group(conn, space_id, group_id)
    except slices.ClosingSpace as closing:
        ledger = closing.ledger
    return Following(ledger, Decision(tuple(follow_in_outlook(ledger, anew=anew)), note="group_shown"))
