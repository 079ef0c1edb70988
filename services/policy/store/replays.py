"""Read what was decided, in order of time and in bounded memory, to be judged again by a draft of a rule."""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter

from libs.common.db import Connection as Db
from services.policy.core.forgetting import is_pseudonym, with_organizers
from services.policy.core.policies.policy import Policy, addresses_in
from services.policy.core.replaying import PastDecision
from services.policy.core.snapshot import JudgedDecision, PolicyVersion
from services.policy.store import policies, pseudonyms

_DECIDED = """
    SELECT id, at, space_id, reservation_id, key_ical_uid, outcome, reasons, warnings, policies, inputs AS judged,
        snapshot, pseudonym_of(inputs ->> 'organizer') AS person
    FROM decisions
    WHERE at >= $1 AND at < $2 AND (snapshot IS NOT NULL OR (outcome = 'cancelled' AND reservation_id IS NOT NULL))
    ORDER BY at, id LIMIT $3
"""
_GROUPS = "SELECT space_id, group_id FROM space_group_members"
_JUDGED: TypeAdapter[JudgedDecision] = TypeAdapter(JudgedDecision)
_OF_JUDGED = ("outcome", "reasons", "warnings", "policies", "judged", "snapshot")

Versions = dict[PolicyVersion, Policy]


async def decided(
    conn: Db, since: datetime, until: datetime, limit: int, draft: Policy
) -> AsyncIterator[tuple[PastDecision, Mapping[PolicyVersion, Policy]]]:
    """Read decisions of a time, the oldest first, each beside the policies of then, as many as `limit` at most.

    Organizers whom the draft names have their address, also where a pseudonym stands for them by now. Runs in a
    transaction, because it reads by a cursor.
    """
    groups = await _groups(conn)
    named = await pseudonyms.of(conn, addresses_in(draft))
    versions: Versions = {}
    async for row in conn.cursor(_DECIDED, since, until, limit):
        judged = _judged(row, named)
        if judged is not None:
            missing = [each for each in judged.snapshot.policies if each not in versions]
            versions |= await policies.versions(conn, missing)
        yield _past(row, judged, groups), versions


def _judged(row: Any, named: Mapping[str, str]) -> JudgedDecision | None:  # noqa: ANN401 - asyncpg's rows are untyped
    if row["snapshot"] is None:
        return None
    found = _JUDGED.validate_python({name: row[name] for name in _OF_JUDGED})
    return with_organizers(found, named) if named and is_pseudonym(found.judged.organizer) else found


def _past(row: Any, judged: JudgedDecision | None, groups: Mapping[UUID, frozenset[UUID]]) -> PastDecision:  # noqa: ANN401
    return PastDecision(
        id=row["id"],
        at=row["at"],
        space_id=row["space_id"],
        group_ids=groups.get(row["space_id"], frozenset()),
        reservation_id=row["reservation_id"],
        series_uid=row["key_ical_uid"],
        person=row["person"],
        judged=judged,
    )


async def _groups(conn: Db) -> Mapping[UUID, frozenset[UUID]]:
    found: defaultdict[UUID, set[UUID]] = defaultdict(set)
    rows: Sequence[Any] = await conn.fetch(_GROUPS)
    for each in rows:
        found[each["space_id"]].add(each["group_id"])
    return {space: frozenset(members) for space, members in found.items()}
