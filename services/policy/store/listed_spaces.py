"""Spaces as people look through them: those that are wanted, with what is known beside their mapping."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from libs.common.db import Connection as Db
from libs.common.rows import Rows
from services.policy.store.imports import ImportState
from services.policy.store.spaces import WATCHED, WatchedSpace, read_watched


@dataclass(frozen=True, slots=True)
class WantedSpaces:
    """Which spaces to list: None stands for any. `name` is a part of the name.

    With `in_trouble`, those whose mailbox is not as it should be, that have an open conflict, whose last import failed,
    and those of these ids.
    """

    name: str | None = None
    is_mapped: bool | None = None
    in_trouble: Sequence[UUID] | None = None
    connection_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class BesideMapping:
    """The open conflicts of a space, and its part in the last import of its mailbox, if there was one."""

    space_id: UUID
    conflicts: int
    import_id: UUID | None
    import_state: ImportState | None
    room_state: Literal["deciding", "holding", "done", "failed"] | None

    @property
    def first_sync(self) -> Literal["running", "paused", "failed", "done"] | None:
        """Return how the last import stands to this room; None if there was none."""
        if self.room_state in {"done", "failed"}:
            return "failed" if self.room_state == "failed" else "done"
        return None if self.import_state is None else "paused" if self.import_state == "paused" else "running"


_BESIDE = Rows(BesideMapping)

_LAST_IMPORT = """
    LEFT JOIN LATERAL (
        SELECT i.import_id, i.state AS room_state, imports.state AS import_state
        FROM import_rooms i JOIN imports ON imports.id = i.import_id
        WHERE i.space_id = s.id AND i.room_mailbox = s.room_mailbox AND NOT imports.is_rehearsal
        ORDER BY i.turn DESC LIMIT 1
    ) last_import ON true
"""

_PAGE = f"""
    {WATCHED} {_LAST_IMPORT}
    WHERE (s.name, s.id) > ($1, $2) AND s.deleted_at IS NULL
        AND ($4::text IS NULL OR strpos(lower(s.name), lower($4)) > 0)
        AND ($5::bool IS NULL OR (s.room_mailbox IS NOT NULL) = $5)
        AND (
            $6::uuid[] IS NULL OR s.id = ANY($6)
            OR w.state NOT IN ('connecting', 'active') OR w.detail IS NOT NULL OR w.forged_lately > 0
            OR r.state IN ('quarantined', 'paused', 'failing', 'braked') OR r.detail IS NOT NULL
            OR o.space_id IS NOT NULL OR last_import.room_state = 'failed'
            OR s.id IN (SELECT space_id FROM conflicts_v1)
        )
        AND ($7::uuid IS NULL OR s.connection_id = $7)
    ORDER BY s.name, s.id LIMIT $3
"""

_BESIDE_THEM = f"""
    SELECT s.id AS space_id, (SELECT count(*) FROM conflicts_v1 c WHERE c.space_id = s.id) AS conflicts, last_import.*
    FROM spaces s {_LAST_IMPORT} WHERE s.id = ANY($1)
"""


async def page(conn: Db, wanted: WantedSpaces, after: tuple[str, UUID] | None, limit: int) -> Sequence[WatchedSpace]:
    """Read the next spaces that are wanted, in the order of (name, id), after the given one."""
    name, space_id = after or ("", UUID(int=0))
    filters = wanted.name, wanted.is_mapped, wanted.in_trouble, wanted.connection_id
    rows = await conn.fetch(_PAGE, name, space_id, limit, *filters)
    return [read_watched(row) for row in rows]


async def beside(conn: Db, space_ids: Sequence[UUID]) -> Mapping[UUID, BesideMapping]:
    """Read what is known of spaces beside their mappings, by their ids."""
    return {row["space_id"]: _BESIDE.read(row) for row in await conn.fetch(_BESIDE_THEM, space_ids)}
