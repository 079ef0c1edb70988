"""Forget the people in what is long over: in reservations, questions and decisions, a few rows at a time."""

from datetime import timedelta

from libs.common.db import Connection
from services.policy.core.forgetting import find_organizers, without_people
from services.policy.store import people, pseudonyms
from services.policy.store.people import PLACES, PeopleIn

AT_ONCE = 500


async def forget_people(conn: Connection, kept: timedelta | None, at_once: int = AT_ONCE) -> None:
    """Take all personal data out of what was over longer ago than this; nothing if it is None.

    Each few rows have a transaction of their own. Any number of processes may do it at once. Deciding again on what was
    stored gives the same as before.
    """
    if kept is None:
        return
    for place in PLACES:
        done = at_once
        while done == at_once:
            async with conn.transaction():
                done = await _forget_some(conn, place, kept, at_once)


async def _forget_some(conn: Connection, place: PeopleIn, kept: timedelta, at_once: int) -> int:
    rows = await people.find(conn, place, kept, at_once)
    found = {each for row in rows for name in place.facts for each in find_organizers(row[name])}
    known = await pseudonyms.of(conn, found)
    facts = [{"id": row["id"], **{name: without_people(row[name], known) for name in place.facts}} for row in rows]
    if facts:
        await people.save(conn, place, facts)
    return len(rows)
