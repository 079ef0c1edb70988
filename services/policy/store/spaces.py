"""Spaces, what they are made of, and the room mailboxes they are mapped to.

`one_space_per_mailbox` makes it impossible that two spaces are mapped to one mailbox.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from libs.common.db import Connection as Db
from libs.common.rows import Rows, columns, listed, placed, set_to, values
from services.policy.core.own_answers import ENOUGH_UNANSWERED
from services.policy.core.space import Space
from services.policy.store.connections import CONFLICT_DETAIL


@dataclass(frozen=True, slots=True)
class SpaceRow:
    """A bookable room, mapped if it has a mailbox; a connection goes with every mailbox.

    One that was deleted and has a mailbox is closing. Who is on its waiting list has `offer_minutes` to take an offer.
    """

    id: UUID
    name: str
    capacity: int
    time_zone: str
    building: str | None
    features: list[str]
    setup_minutes: int
    cleanup_minutes: int
    connection_id: UUID | None
    room_mailbox: str | None
    mapped_at: datetime | None
    version: int
    created_at: datetime
    deleted_at: datetime | None = None
    waiting_list: bool = False
    offer_minutes: int = 60


@dataclass(frozen=True, slots=True)
class SpacePlace:
    """What a space is called, and the zone in which its times are told."""

    name: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class LeftMailbox:
    """A mailbox that a space has left, with how many holds are to be taken out of it, and why that failed so far."""

    room_mailbox: str
    holds: int
    problem: str | None


@dataclass(frozen=True, slots=True)
class WatchFacts:
    """How ingest is doing at watching a mailbox, and how many notifications for it were forged lately."""

    state: Literal["connecting", "active", "polling", "quarantined", "refused"]
    detail: str | None
    since: datetime
    next_try_at: datetime
    forged: int
    forged_since: datetime | None


@dataclass(frozen=True, slots=True)
class SweepFacts:
    """How the reconciler is doing at comparing a room; `since` is None where nothing is wrong."""

    state: str
    detail: str | None
    since: datetime | None
    next_try_at: datetime


@dataclass(frozen=True, slots=True)
class OwnAnswers:
    """Since when, and until when at least, a mailbox answered invitations by itself, or somebody did for it."""

    since: datetime
    last_seen_at: datetime


@dataclass(frozen=True, slots=True)
class WatchedSpace:
    """A space with its parts (none if undivided) and groups, and what is known of its mailbox.

    What ingest and the reconciler know of it is theirs; whether it answers by itself is seen by us. `import_id` is the
    import that mapping it began.
    """

    space: SpaceRow
    parts: list[UUID]
    groups: list[UUID]
    watch: WatchFacts | None
    sweep: SweepFacts | None
    left: list[LeftMailbox]
    own_answers: OwnAnswers | None = None
    import_id: UUID | None = None


_COLUMNS = columns(SpaceRow)
_CHANGED = columns(SpaceRow, but=("id", "created_at", "deleted_at"))
_ROWS = Rows(SpaceRow)
_LEFT = Rows(LeftMailbox)
DECIDED = Rows(Space)

AS_DECIDED = f"""
    SELECT to_jsonb(s) || jsonb_build_object(
        'part_ids', array(SELECT part_id FROM space_parts WHERE space_id = s.id ORDER BY part_id),
        'setup', s.setup_minutes * 60, 'cleanup', s.cleanup_minutes * 60,
        'edits_organizer_events', coalesce(c.edits_organizer_events, false),
        'refused_edit', coalesce(c.refused_edit, 'propose_original'),
        'own_domains', coalesce(c.own_domains, array(SELECT DISTINCT unnest(own_domains) FROM connections)),
        'conflict_detail', {CONFLICT_DETAIL.format("s.connection_id")},
        'has_templates', EXISTS (
            SELECT FROM answer_templates t WHERE t.connection_id = s.connection_id AND t.template IS NOT NULL
        ),
        'is_marked', EXISTS (SELECT FROM own_answers o WHERE o.space_id = s.id)
    )
    FROM spaces s LEFT JOIN connections c ON c.id = s.connection_id
    WHERE s.id = $1 AND (s.deleted_at IS NULL OR s.room_mailbox IS NOT NULL)
"""
"""The space $1 as decisions see it, with its parts and what its connection allows; also while it is closing.

The own domains of a space that is not mapped are those of all connections.
"""

_ADD = f"INSERT INTO spaces ({listed(_COLUMNS)}) VALUES ({placed(_COLUMNS)})"
_SAVE = f"UPDATE spaces SET {set_to(_CHANGED, 2)} WHERE id = $1"
_ADD_PARTS = "INSERT INTO space_parts (space_id, part_id) SELECT $1, part FROM unnest($2::uuid[]) AS part"
_LOCK = f"SELECT {listed(_COLUMNS)} FROM spaces WHERE id = $1 AND deleted_at IS NULL FOR UPDATE"
_LOCK_CLOSING = f"""
    SELECT {listed(_COLUMNS)} FROM spaces
    WHERE id = $1 AND deleted_at IS NOT NULL AND room_mailbox IS NOT NULL FOR UPDATE
"""
_HOLDER = f"SELECT {listed(_COLUMNS)} FROM spaces WHERE room_mailbox = $1"
_TIME_ZONES = """
    SELECT time_zone FROM spaces WHERE deleted_at IS NULL GROUP BY time_zone ORDER BY count(*) DESC, time_zone
"""
_TIME_ZONE_OF = "SELECT time_zone FROM spaces WHERE id = $1"
_MAPPED_THROUGH = f"SELECT {listed(_COLUMNS)} FROM spaces WHERE connection_id = $1 AND room_mailbox IS NOT NULL"

_MAPPED = f"""
    SELECT {listed(_COLUMNS)} FROM spaces WHERE room_mailbox IS NOT NULL AND deleted_at IS NULL ORDER BY name, id
"""

_MAP_ANEW = "UPDATE spaces SET mapped_at = $2, version = version + 1 WHERE id = ANY($1)"

_PARTS_OF = """
    SELECT space_id, array_agg(part_id ORDER BY part_id) AS parts
    FROM space_parts JOIN spaces ON spaces.id = space_id
    WHERE space_id = ANY($1) AND deleted_at IS NULL GROUP BY space_id
"""

WATCHED = f"""
    SELECT {listed(_COLUMNS, "s")},
        array(SELECT p.part_id FROM space_parts p WHERE p.space_id = s.id AND p.part_id <> s.id ORDER BY 1) AS parts,
        array(SELECT g.group_id FROM space_group_members g WHERE g.space_id = s.id ORDER BY 1) AS groups,
        w.state AS watch_state, w.detail AS watch_detail, w.state_since, w.next_try_at, w.forged_lately, w.forged_since,
        r.state AS sweep_state, r.detail AS sweep_detail, r.troubled_since, r.next_try_at AS next_sweep_at,
        o.since AS answers_since, o.last_seen_at AS answered_at,
        (
            SELECT coalesce(jsonb_agg(to_jsonb(l)), '[]') FROM (
                SELECT room_mailbox, count(*) AS holds, max(problem) AS problem FROM left_holds
                WHERE space_id = s.id AND ask_at < 'infinity' AND ends_at > statement_timestamp()
                GROUP BY room_mailbox ORDER BY room_mailbox
            ) l
        ) AS left_mailboxes,
        (
            SELECT i.import_id FROM import_rooms i JOIN imports ON imports.id = i.import_id
            WHERE i.space_id = s.id AND imports.cause = 'mapping' AND i.connection_id = s.connection_id
                AND i.room_mailbox = s.room_mailbox
            ORDER BY i.turn DESC LIMIT 1
        ) AS import_id
    FROM spaces s LEFT JOIN ingest.watches_v1 w ON w.space_id = s.id AND w.room_mailbox = s.room_mailbox
    LEFT JOIN reconciler.rooms_v1 r ON r.space_id = w.space_id
    LEFT JOIN own_answers o
        ON o.space_id = s.id AND o.room_mailbox = s.room_mailbox AND o.unanswered < {ENOUGH_UNANSWERED}
"""
"""Reads spaces as `read_watched` takes them. `s` is the space, `w` its watch, `r` its sweeps, `o` its own answers."""

_READ = f"{WATCHED} WHERE s.id = $1 AND s.deleted_at IS NULL"
_PAGE = f"{WATCHED} WHERE (s.name, s.id) > ($1, $2) AND s.deleted_at IS NULL ORDER BY s.name, s.id LIMIT $3"

_WHOLE_OF = """
    SELECT w.id, w.name FROM space_parts p JOIN spaces w ON w.id = p.space_id
    WHERE p.part_id = $1 AND p.space_id <> $1 AND w.deleted_at IS NULL ORDER BY w.name LIMIT 1
"""
_DELETE = "UPDATE spaces SET deleted_at = clock_timestamp(), version = version + 1 WHERE id = $1"


def read_watched(row: Any) -> WatchedSpace:  # noqa: ANN401 - asyncpg's records are untyped
    """Return the space that a row of `WATCHED` holds."""
    left = [_LEFT.read(each) for each in row["left_mailboxes"]]
    answers = OwnAnswers(row["answers_since"], row["answered_at"]) if row["answers_since"] is not None else None
    watch, sweep = _read_watch(row), _read_sweep(row)
    return WatchedSpace(_ROWS.read(row), row["parts"], row["groups"], watch, sweep, left, answers, row["import_id"])


def _read_watch(row: Any) -> WatchFacts | None:  # noqa: ANN401 - asyncpg's records are untyped
    if row["watch_state"] is None:
        return None
    return WatchFacts(
        row["watch_state"],
        row["watch_detail"],
        row["state_since"],
        row["next_try_at"],
        row["forged_lately"],
        row["forged_since"],
    )


def _read_sweep(row: Any) -> SweepFacts | None:  # noqa: ANN401 - asyncpg's records are untyped
    if row["sweep_state"] is None:
        return None
    return SweepFacts(row["sweep_state"], row["sweep_detail"], row["troubled_since"], row["next_sweep_at"])


async def add(conn: Db, new: SpaceRow) -> None:
    """Insert a space. Violates `one_space_per_mailbox` if another space has the mailbox."""
    await conn.execute(_ADD, *values(new, _COLUMNS))


async def add_parts(conn: Db, space_id: UUID, part_ids: list[UUID]) -> None:
    """Store which parts a space occupies: itself if it is undivided, else its parts."""
    await conn.execute(_ADD_PARTS, space_id, part_ids)


async def parts_of(conn: Db, space_ids: list[UUID]) -> dict[UUID, list[UUID]]:
    """Read which parts each of these spaces occupies. An unknown space is missing from the result."""
    return {row["space_id"]: row["parts"] for row in await conn.fetch(_PARTS_OF, space_ids)}


async def save(conn: Db, changed: SpaceRow) -> None:
    """Overwrite a space that this transaction has locked. Violates `one_space_per_mailbox` if the mailbox is taken."""
    await conn.execute(_SAVE, changed.id, *values(changed, _CHANGED))


async def lock(conn: Db, space_id: UUID) -> SpaceRow | None:
    """Read one space and keep others from changing it until this transaction ends."""
    return _ROWS.read_one(await conn.fetchrow(_LOCK, space_id))


async def lock_closing(conn: Db, space_id: UUID) -> SpaceRow | None:
    """Read and lock a space that is closing; None if it is not."""
    return _ROWS.read_one(await conn.fetchrow(_LOCK_CLOSING, space_id))


async def read(conn: Db, space_id: UUID) -> WatchedSpace | None:
    """Read one space."""
    row = await conn.fetchrow(_READ, space_id)
    return read_watched(row) if row else None


async def page(conn: Db, after: tuple[str, UUID] | None, limit: int | None) -> list[WatchedSpace]:
    """Read the next spaces in the order of (name, id), after the given one; without a limit, all of them."""
    name, space_id = after or ("", UUID(int=0))
    return [read_watched(row) for row in await conn.fetch(_PAGE, name, space_id, limit)]


async def time_zone_of(conn: Db, space_id: UUID) -> str | None:
    """Return the zone of a space; None if there is no such space."""
    zone: str | None = await conn.fetchval(_TIME_ZONE_OF, space_id)
    return zone


async def time_zones(conn: Db) -> list[str]:
    """Return the zones that spaces are in, that of the most spaces first."""
    return [row["time_zone"] for row in await conn.fetch(_TIME_ZONES)]


async def places(conn: Db, space_ids: Collection[UUID]) -> Mapping[UUID, SpacePlace]:
    """Read what these spaces are called, and their zones, by their ids."""
    rows = await conn.fetch("SELECT id, name, time_zone FROM spaces WHERE id = ANY($1)", list(space_ids))
    return {row["id"]: SpacePlace(row["name"], row["time_zone"]) for row in rows}


async def holder(conn: Db, room_mailbox: str) -> SpaceRow | None:
    """Find the space that is mapped to this mailbox, given in lower case; it may be closing."""
    return _ROWS.read_one(await conn.fetchrow(_HOLDER, room_mailbox))


async def mapped_through(conn: Db, connection_id: UUID) -> list[SpaceRow]:
    """Read the spaces that are mapped through this connection, those that are closing too."""
    return [_ROWS.read(row) for row in await conn.fetch(_MAPPED_THROUGH, connection_id)]


async def mapped(conn: Db) -> list[SpaceRow]:
    """Read the spaces that are mapped, by name, without those that are closing."""
    return [_ROWS.read(row) for row in await conn.fetch(_MAPPED)]


async def map_anew(conn: Db, space_ids: list[UUID], now: datetime) -> None:
    """Record that the mailboxes of these spaces are others from now on, though their addresses are the same."""
    await conn.execute(_MAP_ANEW, space_ids, now)


async def whole_of(conn: Db, space_id: UUID) -> tuple[UUID, str] | None:
    """Return id and name of a combined space that is made of this one, if there is one."""
    row = await conn.fetchrow(_WHOLE_OF, space_id)
    return (row["id"], row["name"]) if row else None


async def delete(conn: Db, space_id: UUID) -> None:
    """Hide a space from everything but its reservations. If it is mapped, it is closing."""
    await conn.execute(_DELETE, space_id)
