"""Rows with personal data that are to lose it: reservations, questions, decisions and steps about what is long over.

Each statement reads or writes one batch, by an index of the rows that still have their people.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from libs.common.db import Connection
from services.policy.core.forgetting import NO_LONGER_KEPT, Json


@dataclass(frozen=True, slots=True)
class PeopleIn:
    """Where people are in a table: in which columns of facts, and which rows are long over; $1 is how long ago."""

    table: str
    facts: tuple[str, ...]
    is_over: str
    forget: str

    @property
    def find(self) -> str:
        """Return the statement that reads the facts of the next few rows, and locks them."""
        return f"""
            SELECT {", ".join(("id", *self.facts))} FROM {self.table} t
            WHERE people_forgotten_at IS NULL AND {self.is_over} LIMIT $2 FOR UPDATE SKIP LOCKED
        """

    @property
    def save(self) -> str:
        """Return the statement that writes the facts of these rows as they are to be from now on."""
        return f"""
            UPDATE {self.table} t
            SET {", ".join([*(f"{each} = new.{each}" for each in self.facts), self.forget])},
                people_forgotten_at = statement_timestamp()
            FROM jsonb_populate_recordset(NULL::{self.table}, $1) new WHERE t.id = new.id
        """


PLACES = (
    PeopleIn(
        "reservations",
        ("reasons", "warnings", "refused_request", "proposed_change", "moving_from"),
        "ends_at < statement_timestamp() - $1::interval",
        f"""
        title = '{NO_LONGER_KEPT}', organizer_name = NULL, organizer_address = pseudonym_of(t.organizer_address),
        made_by = without_name(t.made_by), changed_by = without_name(t.changed_by),
        cancelled_by = without_name(t.cancelled_by)
        """,
    ),
    PeopleIn(
        "reservation_groups",
        ("approved",),
        """
        title IS NOT NULL AND updated_at < statement_timestamp() - $1::interval
        AND NOT (t.status = 'confirmed' AND t.materialised_until IS NOT NULL) AND NOT EXISTS (
            SELECT FROM reservations r
            WHERE r.group_id = t.id AND r.ends_at >= statement_timestamp() - $1::interval
        )
        """,
        f"""
        title = '{NO_LONGER_KEPT}', organizer_name = NULL, organizer_address = pseudonym_of(t.organizer_address),
        override_reason = CASE WHEN t.override_reason IS NOT NULL THEN '{NO_LONGER_KEPT}' END
        """,
    ),
    PeopleIn(
        "approvals",
        ("asked", "reasons", "change"),
        """
        asked_at < statement_timestamp() - $1::interval AND state <> 'pending' AND NOT EXISTS (
            SELECT FROM reservations r
            WHERE r.id = t.reservation_id AND r.ends_at >= statement_timestamp() - $1::interval
        ) AND NOT EXISTS (
            SELECT FROM reservation_groups g
            WHERE g.id = t.group_id AND g.status = 'confirmed' AND g.materialised_until IS NOT NULL
        ) AND NOT EXISTS (
            SELECT FROM reservations r
            WHERE r.group_id = t.group_id AND r.ends_at >= statement_timestamp() - $1::interval
        )
        """,
        """
        comment = NULL,
        approvers = (SELECT coalesce(jsonb_agg(pseudonym_of(e)), '[]') FROM jsonb_array_elements_text(t.approvers) e),
        stand_ins = (SELECT coalesce(jsonb_agg(pseudonym_of(e)), '[]') FROM jsonb_array_elements_text(t.stand_ins) e),
        decided_by = without_name(t.decided_by)
        """,
    ),
    PeopleIn(
        "decisions",
        ("reasons", "warnings", "inputs", "snapshot"),
        """
        at < statement_timestamp() - $1::interval AND NOT EXISTS (
            SELECT FROM reservations r
            WHERE r.id = t.reservation_id AND r.ends_at >= statement_timestamp() - $1::interval
        )
        """,
        "actor_subject = pseudonym_of(t.actor_subject), actor_name = NULL",
    ),
    PeopleIn(
        "steps",
        ("facts",),
        """
        at < statement_timestamp() - $1::interval AND NOT EXISTS (
            SELECT FROM reservations r
            WHERE r.id = t.reservation_id AND r.ends_at >= statement_timestamp() - $1::interval
        )
        """,
        "actor = without_name(t.actor)",
    ),
)
"""Meetings and intents are not among them: they need their people, and are deleted 90 days after their end."""


async def find(conn: Connection, place: PeopleIn, kept: timedelta, at_once: int) -> list[dict[str, Json]]:
    """Read the next few rows of a table that are to lose their people, and lock them; others' locked rows stay out."""
    found: list[dict[str, Any]] = [dict(row) for row in await conn.fetch(place.find, kept, at_once)]
    return [{**row, "id": str(row["id"])} for row in found]


async def save(conn: Connection, place: PeopleIn, rows: Sequence[dict[str, Json]]) -> None:
    """Write the facts of rows without their people, and take the people out of their other columns."""
    await conn.execute(place.save, rows)
