"""Read the slice of the ledger that one decision needs, under locks that keep it true until the transaction ends."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg

from libs.common.db import Connection
from libs.contracts.keys import MeetingKey
from libs.contracts.values import Window
from services.policy.core.ledger import Slice
from services.policy.core.limits import LONGEST_BUFFER
from services.policy.core.policies.counting import find_counted_range
from services.policy.core.policies.policy import KINDS
from services.policy.core.times import later
from services.policy.store import (
    bookings,
    competing,
    groups,
    intents,
    meetings,
    occupancies,
    policies,
    questions,
    reservations,
    spaces,
)

_OF_MEETING = f"""
    WITH known AS (
        SELECT * FROM meetings WHERE space_id = $1 AND ical_uid = $3 AND original_date IS NOT DISTINCT FROM $4
    ),
    booked AS (
        SELECT * FROM reservations
        WHERE id = coalesce(
            (
                SELECT id FROM reservations
                WHERE space_id = $1 AND ical_uid = $3 AND original_date IS NOT DISTINCT FROM $4
                    AND status IN ('pending', 'confirmed') AND NOT has_successor
            ),
            (SELECT reservation_id FROM known)
        )
    )
    SELECT ({spaces.AS_DECIDED}) AS space,
        (SELECT to_jsonb(known) FROM known) AS meeting,
        (SELECT to_jsonb(booked) FROM booked) AS reservation,
        (
            SELECT to_jsonb(i) FROM intents i
            WHERE i.space_id = $1 AND i.key_ical_uid = $3 AND i.key_original_date IS NOT DISTINCT FROM $4
        ) AS intent,
        (
            SELECT to_jsonb(i) FROM intents i
            WHERE i.space_id = $1 AND i.key_ical_uid IS NULL AND i.key_original_date IS NULL AND (
                i.ical_uid = $3 OR i.key_reservation_id = coalesce($5::uuid, (SELECT id FROM booked))
            )
            ORDER BY i.ical_uid = $3 DESC NULLS LAST LIMIT 1
        ) AS hold,
        ({questions.OF_MEETING}) AS questions,
        ({occupancies.TAKEN}) AS taken, ({groups.OF_SERIES}) AS series_group, ({groups.DATES}) AS dates,
        array(SELECT room_mailbox FROM spaces WHERE room_mailbox = ANY($6)) AS rooms,
        ({competing.IS_COMPETED_FOR}) AS is_competed_for, ({policies.CONCERNING}) AS policies, clock_timestamp() AS now
"""

_OF_RESERVATION = f"""
    SELECT ({spaces.AS_DECIDED}) AS space,
        (
            SELECT to_jsonb(m) FROM meetings m
            JOIN reservations r ON m.space_id = r.space_id AND m.ical_uid = r.ical_uid
                AND (m.original_date IS NULL OR m.original_date = r.original_date)
            WHERE r.id = $3
            ORDER BY m.original_date NULLS LAST LIMIT 1
        ) AS meeting,
        (SELECT to_jsonb(r) FROM reservations r WHERE r.id = $3) AS reservation,
        (
            SELECT to_jsonb(i) FROM intents i JOIN reservations r ON r.id = $3
            WHERE i.space_id = $1 AND i.key_ical_uid = r.ical_uid
                AND i.key_original_date IS NOT DISTINCT FROM r.original_date
        ) AS intent,
        (
            SELECT to_jsonb(i) FROM intents i
            WHERE i.space_id = $1 AND i.key_ical_uid IS NULL AND i.key_original_date IS NULL
                AND i.key_reservation_id = $3
        ) AS hold,
        ({questions.OF_RESERVATION.format("$3")}) AS questions,
        ({occupancies.TAKEN}) AS taken, NULL::jsonb AS series_group, NULL::jsonb AS dates, '{{}}'::text[] AS rooms,
        ({competing.IS_COMPETED_FOR}) AS is_competed_for, ({policies.CONCERNING}) AS policies, clock_timestamp() AS now
"""

_OF_GROUP = f"""
    SELECT ({spaces.AS_DECIDED}) AS space, NULL::jsonb AS meeting, NULL::jsonb AS reservation, NULL::jsonb AS intent,
        (
            SELECT to_jsonb(i) FROM intents i
            WHERE i.space_id = $1 AND i.key_ical_uid IS NULL AND i.key_original_date IS NULL
                AND i.key_reservation_id = $3
        ) AS hold,
        ({questions.OF_GROUP}) AS questions, ({occupancies.TAKEN}) AS taken,
        (SELECT to_jsonb(g) FROM reservation_groups g WHERE g.id = $3) AS series_group,
        ({groups.DATES_OF_GROUP}) AS dates, '{{}}'::text[] AS rooms,
        ({competing.IS_COMPETED_FOR}) AS is_competed_for, ({policies.CONCERNING}) AS policies, clock_timestamp() AS now
"""

_LOCK_POLICIES = "SELECT pg_advisory_xact_lock_shared(hashtextextended('policies', 0))"
_LOCK_SPACE = "SELECT lock_for_decision($1, $2, $3)"
_LOCK_SPACE_FOR = "SELECT lock_for_decisions($1, $2, $3)"
_LOCK_SPACES = f"""
    WITH policies AS MATERIALIZED ({_LOCK_POLICIES}),
    before AS MATERIALIZED (SELECT count(*) AS locks FROM policies)
    SELECT pg_advisory_xact_lock(hashtextextended(part_id::text, 0))
    FROM (
        SELECT DISTINCT part_id FROM before, space_parts WHERE space_id = ANY($1) AND locks > 0 ORDER BY part_id
    ) AS parts
"""

_COUNTING_KINDS = [kind for kind, model in KINDS.items() if model.counts_others]


class MissingSpace(LookupError):
    """There is no space of that id."""


class ClosingSpace(MissingSpace):
    """The space is closing: only what its calendar shows is still decided about, by the slice that was read."""

    def __init__(self, ledger: Slice) -> None:
        super().__init__(f"the space {ledger.space.id} was deleted")
        self.ledger = ledger


async def lock_space(conn: Connection, space_id: UUID, organizer: str | None = None) -> None:
    """Keep every other decision about any part of this space waiting until this transaction ends.

    So do decisions for the same organizer in any space, if some policy counts what one organizer has; and no policy
    changes. The order of locks is: the policies, shared; the organizer; the parts of the space in their order.
    """
    await conn.execute(_LOCK_SPACE, space_id, organizer, _COUNTING_KINDS)


async def lock_space_for(conn: Connection, space_id: UUID, organizers: list[str]) -> None:
    """Do what `lock_space` does, for decisions for several organizers."""
    await conn.execute(_LOCK_SPACE_FOR, space_id, organizers, _COUNTING_KINDS)


async def lock_spaces(conn: Connection, space_ids: list[UUID]) -> None:
    """Keep every other decision about any part of these spaces waiting, as `lock_space` does for one."""
    await conn.execute(_LOCK_SPACES, space_ids)


async def of_meeting(
    conn: Connection,
    key: MeetingKey,
    windows: Sequence[Window],
    hold_of: UUID | None,
    listed: Collection[str] = (),
    organizer: str | None = None,
    dates: Collection[date] = (),
) -> Slice:
    """Read what a decision about a meeting needs; `hold_of` names the reservation a room-owned event belongs to.

    Of a series, `windows` are those of its occurrences, and `dates` their original dates. Without a window nothing is
    judged, and nothing that is taken is read. `listed` are the addresses, in lower case,
    of those whom the meeting lists. What the organizer has booked is read if some policy counts it. Raises
    `MissingSpace`, for a closing space `ClosingSpace`.
    """
    searched = _search_ranges(windows)
    row = await conn.fetchrow(
        _OF_MEETING, key.space_id, searched, key.ical_uid, key.original_date, hold_of, list(listed), list(dates)
    )
    found = _slice(row, key.space_id)
    return await _with_bookings(conn, found, windows, organizer)


async def of_reservation(
    conn: Connection, space_id: UUID, reservation_id: UUID, window: Window | None, organizer: str | None = None
) -> Slice:
    """Read what a decision about a reservation needs, whether or not there is one of that id yet.

    Without a window nothing is judged, and nothing that is taken is read. Raises `MissingSpace`.
    """
    windows = [] if window is None else [window]
    row = await conn.fetchrow(_OF_RESERVATION, space_id, _search_ranges(windows), reservation_id)
    return await _with_bookings(conn, _as_one_date(_slice(row, space_id)), windows, organizer)


async def of_group(
    conn: Connection, space_id: UUID, group_id: UUID, windows: Sequence[Window] = (), organizer: str | None = None
) -> Slice:
    """Read what a decision about a group of the back office needs, whether or not there is one of that id yet.

    `windows` are those of the dates that are judged; without any, nothing that is taken is read. Raises `MissingSpace`.
    """
    row = await conn.fetchrow(_OF_GROUP, space_id, _search_ranges(windows), group_id)
    return await _with_bookings(conn, _slice(row, space_id), windows, organizer)


def _as_one_date(found: Slice) -> Slice:
    """Return the slice of an occurrence that was decided about with its series as if it was a meeting of its own."""
    meeting, booked = found.meeting, found.reservation
    if meeting is None or booked is None or booked.original_date is None:
        return found
    if meeting.judged is None or not meeting.judged.is_series:
        return found
    own = replace(meeting, judged=booked.judged, event_id=None, reservation_id=booked.id, pending_look=None)
    return replace(found, meeting=own)


async def _with_bookings(conn: Connection, found: Slice, windows: Sequence[Window], organizer: str | None) -> Slice:
    """Return a slice with what the organizer has booked, as far as some policy counts it."""
    if organizer is None:
        return found
    zone = found.space.time_zone
    ranges = [find_counted_range(found.policies, window, found.now, zone) for window in windows]
    counted = [each for each in ranges if each is not None]
    if not counted:
        return found
    ends = [each.until for each in counted if each.until is not None]
    until = max(ends) if len(ends) == len(counted) else None
    booked = await bookings.of_organizer(conn, organizer, min(each.since for each in counted), until)
    return replace(found, bookings=booked)


def _search_ranges(windows: Iterable[Window]) -> "list[asyncpg.Range[datetime]]":
    """Return when to look for occupancies: around each window, as far as a conflict can lie."""
    return [asyncpg.Range(later(each.start, -LONGEST_BUFFER), later(each.end, LONGEST_BUFFER)) for each in windows]


def _slice(row: Any, space_id: UUID) -> Slice:  # noqa: ANN401 - asyncpg's records are untyped
    if row["space"] is None:
        raise MissingSpace(f"no space has the id {space_id}")
    question, approved, rejected = questions.questions_in(row["questions"])
    group = groups.group_in(row["series_group"])
    found = Slice(
        now=row["now"],
        space=spaces.DECIDED.read(row["space"]),
        meeting=meetings.ROWS.read_one(row["meeting"]),
        reservation=reservations.ROWS.read_one(row["reservation"]),
        intent=intents.known_intent(row["intent"]),
        hold=intents.known_intent(row["hold"]),
        question=question,
        approved=(*approved, *(group.approved if group is not None else ())),
        rejected=rejected,
        is_competed_for=row["is_competed_for"],
        taken=occupancies.taken_in(row["taken"]),
        rooms=frozenset(row["rooms"]),
        policies=policies.policies_in(row["policies"]),
        group=group,
        dates=groups.dates_in(row["dates"]),
    )
    if row["space"]["deleted_at"] is not None:
        raise ClosingSpace(found)
    return found
