"""Holds that are to be taken out of mailboxes which their spaces have left, and the tenants those were in.

Each is dropped under a reservation key of its own, whose id is no reservation's: what is wanted of the reservation in
the next mailbox neither overtakes that nor is overtaken by it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from libs.common.db import Connection
from libs.common.rows import Rows
from libs.contracts.intents import DropHold
from libs.contracts.keys import ReservationKey
from libs.contracts.messages import IntentIssued, IntentSettled
from services.policy.store.connections import ConnectionRow

# The pointers are forgotten with the mailbox that they are of; nothing is in flight in the next one.
_FORGET_POINTERS = """
    state = 'written', awaited_until = NULL, settled_at = NULL, written_generation = NULL, event_id = NULL,
    ical_uid = NULL, etag = NULL, problem = NULL, detail = NULL
"""

# Of a group of which nothing is to come, what is over stays, as single holds that are over do.
_ENDS_WITH_WHAT_IS_OVER = """
    state = 'written' AND jsonb_typeof(wanted -> 'series') = 'object' AND NOT EXISTS (
        SELECT FROM reservations r WHERE r.group_id = i.key_reservation_id AND r.ends_at > statement_timestamp()
            AND r.status IN ('pending', 'confirmed')
    )
"""

_HELD = f"""
    SELECT space_id, key_reservation_id AS reservation_id, generation + 1 AS generation, event_id, ends_at
    FROM intents i
    WHERE space_id = ANY($1) AND ends_at > statement_timestamp() AND key_reservation_id IS NOT NULL
        AND (wanted ->> 'want' = 'hold' OR wanted ->> 'want' = 'no_hold' AND state <> 'written')
        AND ({_ENDS_WITH_WHAT_IS_OVER}) IS NOT TRUE
    FOR UPDATE
"""

_LEAVE = f"""
    WITH held AS ({_HELD}),
    dropped AS (
        UPDATE intents i SET generation = held.generation, {_FORGET_POINTERS},
            wanted = jsonb_build_object('want', 'no_hold', 'reservation_id', held.reservation_id, 'event_id', NULL)
        FROM held
        WHERE i.space_id = held.space_id AND i.key_ical_uid IS NULL AND i.key_original_date IS NULL
            AND i.key_reservation_id = held.reservation_id
    )
    INSERT INTO left_holds AS l (space_id, reservation_id, connection_id, room_mailbox, generation, event_id, ends_at)
    SELECT space_id, reservation_id, coalesce($2, s.connection_id), s.room_mailbox, held.generation, event_id, ends_at
    FROM held JOIN spaces s ON s.id = held.space_id
    ON CONFLICT (space_id, reservation_id, connection_id, room_mailbox) DO UPDATE SET
        generation = excluded.generation, event_id = excluded.event_id, ends_at = excluded.ends_at,
        ask_at = excluded.ask_at, asks = 0, problem = NULL
"""

_LEAVE_AGAIN = """
    UPDATE left_holds SET ask_at = clock_timestamp() WHERE space_id = ANY($1) AND ask_at = 'infinity'
"""

_FORGET_THOSE_BACK = "DELETE FROM left_holds WHERE space_id = ANY($1) AND ask_at = 'infinity'"

_LEAVE_STANDING = f"""
    UPDATE intents SET {_FORGET_POINTERS}
    WHERE space_id = ANY($1) AND ends_at > statement_timestamp() AND key_reservation_id IS NOT NULL
"""

# Not forgotten before the mailbox is filled: it may be left again before that.
_COME_BACK = """
    UPDATE left_holds l SET ask_at = 'infinity' FROM spaces s, connections_v1 there, connections_v1 here
    WHERE s.id = ANY($1) AND l.space_id = s.id AND l.room_mailbox = s.room_mailbox
        AND there.connection_id = l.connection_id AND here.connection_id = s.connection_id
        AND (there.cloud, there.tenant_id) = (here.cloud, here.tenant_id)
"""

_CLAIM = """
    WITH due AS (
        SELECT space_id, reservation_id, connection_id, room_mailbox FROM left_holds
        WHERE ask_at <= statement_timestamp() AND ends_at > statement_timestamp()
        ORDER BY ask_at LIMIT $2 FOR UPDATE SKIP LOCKED
    )
    UPDATE left_holds l SET ask_at = clock_timestamp() + $1::interval, asks = asks + 1
    FROM due
    WHERE (l.space_id, l.reservation_id, l.connection_id, l.room_mailbox)
        = (due.space_id, due.reservation_id, due.connection_id, due.room_mailbox)
    RETURNING l.space_id, l.reservation_id, l.key_id, l.connection_id, l.room_mailbox, l.generation, l.event_id
"""

_OF_SETTLED = "space_id = $1 AND key_id = $2 AND generation <= $3"
_DONE = f"DELETE FROM left_holds WHERE {_OF_SETTLED}"
_FAILED = f"""
    UPDATE left_holds SET problem = $4, ask_at = clock_timestamp() + $5::interval WHERE {_OF_SETTLED}
"""

_LEAVE_TENANT = """
    INSERT INTO left_tenants (id, connection_id, cloud, tenant_id, client_id, credential, second_credential)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
"""

_IS_MAPPED_TO = "SELECT EXISTS (SELECT FROM spaces WHERE id = $1 AND connection_id = $2 AND room_mailbox = $3)"

_STILL_ASKED_THROUGH = """
    SELECT count(*) FROM left_holds
    WHERE problem IS NULL AND ask_at < 'infinity' AND ends_at > statement_timestamp() AND (
        connection_id = $1 OR connection_id IN (SELECT id FROM left_tenants WHERE connection_id = $1)
    )
"""

_FORGET_THROUGH = """
    DELETE FROM left_holds
    WHERE connection_id = $1 OR connection_id IN (SELECT id FROM left_tenants WHERE connection_id = $1)
"""

AGAIN_AFTER = timedelta(hours=1)
"""How long an answer of outbound's may take before it is asked again; its own ladder is shorter."""

AGAIN_AFTER_FAILURE = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class _Due:
    space_id: UUID
    reservation_id: UUID
    key_id: UUID
    connection_id: UUID
    room_mailbox: str
    generation: int
    event_id: str | None


_DUE = Rows(_Due)


async def leave(conn: Connection, space_ids: list[UUID], through: UUID | None = None) -> None:
    """Want the holds that are not over out of the mailboxes these spaces are still mapped to.

    Without `through`, they are reached through the connections that the spaces have.
    """
    await conn.execute(_LEAVE_AGAIN, space_ids)
    await conn.execute(_LEAVE, space_ids, through)


async def leave_standing(conn: Connection, space_ids: list[UUID]) -> None:
    """Leave the holds where they are, and forget where that is."""
    await conn.execute(_FORGET_THOSE_BACK, space_ids)
    await conn.execute(_LEAVE_STANDING, space_ids)


async def come_back(conn: Connection, space_ids: list[UUID]) -> None:
    """Do not take holds out of the mailboxes that these spaces are mapped to by now, unless they leave them again."""
    await conn.execute(_COME_BACK, space_ids)


async def forget_those_back(conn: Connection, space_id: UUID) -> None:
    """Forget the holds that stand in the mailbox of a space as they are wanted to, now that it is filled."""
    await conn.execute(_FORGET_THOSE_BACK, [space_id])


async def claim(conn: Connection, at_most: int) -> list[IntentIssued]:
    """Return the intents to take out holds that are due; each is due again unless it is settled until then."""
    due = [_DUE.read(row) for row in await conn.fetch(_CLAIM, AGAIN_AFTER, at_most)]
    return [
        IntentIssued(
            connection_id=each.connection_id,
            room_mailbox=each.room_mailbox,
            key=ReservationKey(each.space_id, each.key_id),
            generation=each.generation,
            awaited_until=None,
            intent=DropHold(reservation_id=each.reservation_id, event_id=each.event_id),
        )
        for each in due
    ]


async def is_mapped_to(conn: Connection, space_id: UUID, connection_id: UUID, room_mailbox: str) -> bool:
    """Whether a space is mapped to this mailbox through this connection now."""
    found: bool = await conn.fetchval(_IS_MAPPED_TO, space_id, connection_id, room_mailbox)
    return found


async def record_done(conn: Connection, key: ReservationKey, settled: IntentSettled) -> None:
    """Record that a hold is out of a mailbox that was left."""
    await conn.execute(_DONE, *_parameters(key, settled))


async def record_failure(conn: Connection, key: ReservationKey, settled: IntentSettled) -> None:
    """Record that a hold could not be taken out of a mailbox that was left; it is asked for again much later."""
    problem = settled.detail or "Microsoft did not take the hold out."
    await conn.execute(_FAILED, *_parameters(key, settled), problem, AGAIN_AFTER_FAILURE)


def _parameters(key: ReservationKey, settled: IntentSettled) -> Sequence[object]:
    return key.space_id, key.reservation_id, settled.generation


async def leave_tenant(conn: Connection, connection: ConnectionRow) -> UUID:
    """Keep the way to the tenant that a connection is about to be changed away from; return the id to reach it by."""
    left = uuid4()
    await conn.execute(
        _LEAVE_TENANT,
        left,
        connection.id,
        connection.cloud,
        connection.tenant_id,
        connection.client_id,
        connection.credential,
        connection.second_credential,
    )
    return left


async def still_asked_through(conn: Connection, connection_id: UUID) -> int:
    """Return how many holds are being taken out through a connection, or a tenant that it led to."""
    found: int = await conn.fetchval(_STILL_ASKED_THROUGH, connection_id)
    return found


async def forget_through(conn: Connection, connection_id: UUID) -> None:
    """Forget the holds that could not be taken out through a connection, or a tenant that it led to."""
    await conn.execute(_FORGET_THROUGH, connection_id)
