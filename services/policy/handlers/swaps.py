"""Gather the cases of an organizer's own meetings that are in each other's way, if each asks for another time."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import uuid4

from libs.common.db import Connection
from services.policy.core.case import Case
from services.policy.core.recalling import recall
from services.policy.core.swapping import MOST_AT_ONCE, find_asked, find_own_in_the_way
from services.policy.store import meetings, slices


async def with_swapped(conn: Connection, case: Case) -> Case:
    """Return the case with those it may change places with; as it is, if one in the way asks for no other time.

    All are meetings of one organizer in one space, so the locks of the decision cover them.
    """
    found = {case.observation.ical_uid: case}
    to_follow = [case]
    while to_follow:
        for ical_uid in sorted(find_own_in_the_way(to_follow.pop()) - found.keys()):
            other = await _recalled(conn, case, ical_uid)
            if other is None or len(found) == MOST_AT_ONCE:
                return case
            found[ical_uid] = other
            to_follow.append(other)
    return replace(case, swapped_with=_others(found, case))


def _others(found: dict[str, Case], case: Case) -> Sequence[Case]:
    return tuple(each for each in found.values() if each is not case)


async def _recalled(conn: Connection, case: Case, ical_uid: str) -> Case | None:
    """Return the case of another meeting of the space as it was last seen; None if it asks for nothing else."""
    key = replace(case.key, ical_uid=ical_uid)
    asked = find_asked(await meetings.read(conn, key))
    if asked is None:
        return None
    ledger = await slices.of_meeting(conn, key, [asked.window], None, organizer=asked.organizer)
    seen = recall(ledger, key, asked)
    return None if seen is None else Case(seen, ledger, uuid4(), judged_as=asked, may_look=False)
