"""Intents: the newest one of each key, and how it ended."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, assert_never
from uuid import UUID

from libs.common.db import Connection
from libs.common.rows import Rows, listed
from libs.contracts.intents import DropHold, KeepHold, MoveBack
from libs.contracts.keys import KEY_COLUMNS, Key, columns_of
from libs.contracts.messages import IntentSettled
from libs.contracts.shown_holds import last_end
from services.policy.core.changes import GiveUp, Seen, Want
from services.policy.core.goals import GiveAnswer, Goal
from services.policy.core.ledger import KnownIntent
from services.policy.store import keys, steps
from services.policy.store.keys import OF_KEY, OF_RESERVATION_OR_GROUP

_ROWS = Rows(KnownIntent)

_GOALS = """
    INSERT INTO intents AS i (
        space_id, key_ical_uid, key_original_date, key_reservation_id, generation, wanted, wanted_since, state,
        issued_at, awaited_until, reservation_id, put_back, put_back_since, ends_at
    )
    SELECT $1, w.key_ical_uid, w.key_original_date, w.key_reservation_id, 1, w.wanted, 1, w.state, now,
        CASE WHEN w.state = 'issued' THEN now + $8::interval END, w.reservation_id, w.put_back, w.put_back_since,
        coalesce(w.ends_at, now)
    FROM jsonb_populate_recordset(NULL::intents, $7) w, clock_timestamp() AS now
"""
_THAT_REPLACE_ONE = """
    WHERE EXISTS (
        SELECT FROM intents known WHERE known.space_id = $1 AND (
            known.key_ical_uid = w.key_ical_uid AND known.key_original_date IS NOT DISTINCT FROM w.key_original_date
            OR known.key_ical_uid IS NULL AND known.key_original_date IS NULL
                AND known.key_reservation_id = w.key_reservation_id
        )
    )
"""
_IN_PLACE_OF_THE_ONES_BEFORE = f"""
    ON CONFLICT (space_id, key_ical_uid, key_original_date, key_reservation_id) DO UPDATE SET
        generation = i.generation + 1, wanted = excluded.wanted,
        wanted_since = CASE WHEN i.wanted = excluded.wanted THEN i.wanted_since ELSE i.generation + 1 END,
        state = excluded.state, issued_at = excluded.issued_at,
        awaited_until = excluded.awaited_until, reservation_id = excluded.reservation_id, problem = NULL, detail = NULL,
        put_back = excluded.put_back, put_back_since = excluded.put_back_since,
        ends_at = CASE
            WHEN excluded.wanted ->> 'want' = 'no_hold' THEN i.ends_at
            WHEN jsonb_typeof(excluded.wanted -> 'series') = 'object' THEN greatest(i.ends_at, excluded.ends_at)
            ELSE excluded.ends_at
        END
    RETURNING {listed(KEY_COLUMNS)}, generation, awaited_until, generation - wanted_since AS times_before
"""

ISSUE = f"{_GOALS} {_IN_PLACE_OF_THE_ONES_BEFORE}"
"""Replace the intent of each key in the rows $7 by its next generation, awaited for $8 unless it is shown already.

A goal equal to the one before stays wanted since that one was. A hold that is cut matters as long as what was wanted
before: until then an event may show dates that are not booked any more.
"""

REPLACE = f"{_GOALS} {_THAT_REPLACE_ONE} {_IN_PLACE_OF_THE_ONES_BEFORE}"
"""Do the same for those keys only that have an intent."""

SEE = """
    UPDATE intents i SET state = 'written', awaited_until = NULL, problem = NULL, detail = NULL
    FROM jsonb_populate_recordset(NULL::intents, $9) w
    WHERE i.space_id = $1 AND (
        i.key_ical_uid = w.key_ical_uid AND i.key_original_date IS NOT DISTINCT FROM w.key_original_date
        OR i.key_ical_uid IS NULL AND i.key_original_date IS NULL AND i.key_reservation_id = w.key_reservation_id
    )
"""
"""Note of the keys in the rows $9 that Outlook shows what is wanted."""

GIVE_UP = """
    UPDATE intents i SET state = 'given_up', awaited_until = NULL, problem = NULL, detail = w.detail
    FROM jsonb_populate_recordset(NULL::intents, $10) w
    WHERE i.space_id = $1 AND (
        i.key_ical_uid = w.key_ical_uid AND i.key_original_date IS NOT DISTINCT FROM w.key_original_date
        OR i.key_ical_uid IS NULL AND i.key_original_date IS NULL AND i.key_reservation_id = w.key_reservation_id
    )
"""
"""Note of the keys in the rows $10 that what is wanted is asked for no more, and why."""

_SETTLE = f"""
    WITH ended AS (UPDATE intents SET
        written_generation = CASE WHEN $7 THEN greatest(written_generation, $5) ELSE written_generation END,
        settled_at = CASE WHEN $7 THEN greatest(settled_at, $8) ELSE settled_at END,
        event_id = CASE WHEN generation = $5 THEN coalesce($9, event_id) ELSE coalesce(event_id, $9) END,
        ical_uid = CASE WHEN generation = $5 THEN coalesce($10, ical_uid) ELSE coalesce(ical_uid, $10) END,
        state = CASE WHEN generation = $5 THEN $6 ELSE state END,
        etag = CASE WHEN generation = $5 THEN coalesce($11, etag) ELSE etag END,
        problem = CASE WHEN generation = $5 THEN $12 ELSE problem END,
        detail = CASE WHEN generation = $5 THEN $13 ELSE detail END,
        awaited_until = CASE WHEN generation = $5 AND state = 'issued' THEN $14 ELSE awaited_until END
    WHERE {OF_KEY} AND generation >= $5 AND NOT (generation = $5 AND state = 'written' AND $6 = 'given_up')
    RETURNING {listed(KEY_COLUMNS)}, reservation_id, generation, wanted
    ), kept AS ({steps.KEEP_SETTLED})
    SELECT generation = $5 FROM ended
"""
"""What was seen on the calendar meanwhile has not failed, whatever outbound knew when it gave up."""

_WITHDRAW = f"UPDATE intents SET awaited_until = NULL WHERE {OF_KEY} AND generation = $5 AND state = 'issued'"


_GIVEN_UP = f"""
    SELECT to_jsonb(i) AS intent FROM intents i JOIN reservations r ON r.id = $2
    WHERE i.space_id = $1 AND i.state = 'given_up' AND (
        i.key_ical_uid = r.ical_uid AND i.key_original_date IS NOT DISTINCT FROM r.original_date
        OR {OF_RESERVATION_OR_GROUP}
    )
"""

_ACCEPTED_BESIDE_A_HOLD = """
    SELECT DISTINCT m.space_id, m.ical_uid
    FROM reservations r
    JOIN meetings m ON m.space_id = r.space_id AND m.ical_uid = r.ical_uid
        AND m.original_date IS NOT DISTINCT FROM r.original_date
    JOIN intents h ON h.space_id = r.space_id AND h.key_ical_uid IS NULL AND h.key_original_date IS NULL
        AND h.key_reservation_id = r.id
    JOIN intents a ON a.space_id = r.space_id AND a.key_ical_uid = m.ical_uid
        AND a.key_original_date IS NOT DISTINCT FROM m.original_date
    WHERE r.status IN ('pending', 'confirmed') AND r.ends_at > statement_timestamp() AND NOT r.kept_without_invitation
        AND m.is_present AND m.standing IN ('accepted', 'awaits_approval')
        AND a.state = 'written' AND (a.awaited_until IS NULL OR a.awaited_until <= clock_timestamp())
        AND h.wanted ->> 'want' = 'hold' AND h.ends_at > statement_timestamp()
"""


@dataclass(frozen=True, slots=True)
class Issued:
    """An intent that was issued: its generation, until when it is awaited, and how often the same was wanted before."""

    generation: int
    awaited_until: datetime | None
    times_before: int


def as_json(want: Want) -> dict[str, Any]:
    """Return a wanted goal as a row."""
    ends_at = _end_of(want.goal)
    return {
        **keys.as_columns(want.key),
        "wanted": want.goal.model_dump(mode="json"),
        "state": "written" if want.is_shown else "issued",
        "reservation_id": want.reservation_id,
        "put_back": want.put_back,
        "put_back_since": want.put_back_since,
        "ends_at": ends_at.isoformat() if ends_at is not None else None,
    }


def _end_of(goal: Goal) -> datetime | None:
    """Return when what is wanted is over; None where no hold is wanted, which stays as long as the hold would have."""
    match goal:
        case GiveAnswer(judged=window, lasts_until=lasts_until):
            return max(window.end, lasts_until or window.end)
        case MoveBack(kept=window, lasts_until=until):
            return until or window.end
        case KeepHold():
            return last_end(goal)
        case DropHold():
            return None
        case _:
            assert_never(goal)


def key_as_json(change: Seen | GiveUp) -> dict[str, Any]:
    """Return the key of an intent, about which something is noted, as a row."""
    return keys.as_columns(change.key)


def known_intent(row: dict[str, Any] | None) -> KnownIntent | None:
    """Return the intent of a row that came as JSON; its key has several columns."""
    return None if row is None else _ROWS.read({**row, "key": keys.key_of_json(row)})


async def settle(
    conn: Connection, settled: IntentSettled, state: Literal["written", "given_up"], correlation_id: str | None
) -> bool:
    """Note how an intent ended, and keep that as a step; False if a newer one has taken its place.

    A superseded intent still records that it wrote, and where: an observation from before that write is stale. What was
    seen on the calendar before we hear that it was written is awaited no longer.
    """
    is_newest: bool | None = await conn.fetchval(
        _SETTLE,
        *columns_of(settled.key),
        settled.generation,
        state,
        settled.has_written,
        settled.settled_at,
        settled.event_id,
        settled.ical_uid,
        settled.etag,
        settled.problem,
        settled.detail,
        settled.awaited_until,
        *steps.settled_parameters(settled, correlation_id),
    )
    return is_newest is True


async def given_up(conn: Connection, space_id: UUID, reservation_id: UUID) -> list[KnownIntent]:
    """Read the intents about a reservation that were given up."""
    rows = await conn.fetch(_GIVEN_UP, space_id, reservation_id)
    return [found for row in rows if (found := known_intent(row["intent"])) is not None]


async def withdraw(conn: Connection, key: Key, generation: int) -> None:
    """Stop awaiting an intent, so that the next observation is decided at once; nothing if it is overtaken."""
    await conn.execute(_WITHDRAW, *columns_of(key), generation)


async def accepted_beside_a_hold(conn: Connection) -> list[tuple[UUID, str]]:
    """Return (space, iCalUId) of meetings whose accept was written and whose hold is wanted all the same."""
    return [(row["space_id"], row["ical_uid"]) for row in await conn.fetch(_ACCEPTED_BESIDE_A_HOLD)]
