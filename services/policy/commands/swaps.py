"""Gather the cases of an organizer's own meetings that are in each other's way, if each asks for another time."""

from dataclasses import replace
from uuid import UUID, uuid4

from libs.common.db import Connection
from services.policy.core.case import Case
from services.policy.core.recalling import recall
from services.policy.core.recurring.moved import find_moved_date
from services.policy.core.swapping import MOST_AT_ONCE, find_asked, find_own_in_the_way, id_of
from services.policy.store import meetings, reservations, slices


async def with_swapped(conn: Connection, case: Case) -> Case:
    """Return the case with those it may change places with; as it is, if one in the way asks for no other time.

    Of a series it is the one date that was moved that may. All are meetings of one organizer in one space, so the locks
    of the decision cover them.
    """
    asking = find_moved_date(case) or case
    found = {id_of(asking): asking}
    to_follow = [asking]
    while to_follow:
        for reservation_id in sorted(find_own_in_the_way(to_follow.pop()) - found.keys()):
            other = await _recalled(conn, case, reservation_id)
            if other is None or len(found) == MOST_AT_ONCE:
                return case
            found[reservation_id] = other
            to_follow.append(other)
    return replace(case, swapped_with=tuple(each for each in found.values() if each is not asking))


async def _recalled(conn: Connection, case: Case, reservation_id: UUID) -> Case | None:
    """Return the case of another meeting of the space as it was last seen; None if it asks for nothing else."""
    key = await reservations.meeting_of(conn, case.key.space_id, reservation_id)
    asked = find_asked(await meetings.read(conn, key)) if key is not None else None
    if key is None or asked is None:
        return None
    ledger = await slices.of_meeting(conn, key, [asked.window], None, organizer=asked.organizer)
    seen = recall(ledger, key, asked)
    if seen is None:
        return None
    return Case(seen, ledger, uuid4(), judged_as=asked, may_look=False, original_date=key.original_date)
