"""Approvals: a row for each question to administrators.

`one_pending_question_per_reservation` makes it impossible that two questions about a reservation wait to be decided.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from libs.common.db import Connection as Db
from libs.common.rows import Rows, assigned, columns, listed
from libs.contracts.approvals import QuestionState
from services.policy.core.approvals.question import AskedFor, Question
from services.policy.core.approvals.telling import ToldQuestion
from services.policy.core.changes import SaveQuestion
from services.policy.core.place import ConflictDetail, Place
from services.policy.store import question_mails
from services.policy.store.competing import RIVALS
from services.policy.store.connections import CONFLICT_DETAIL
from services.policy.store.question_mails import ShownMail

ROWS = Rows(Question)

_COLUMNS = columns(Question)
_NEVER_CHANGED = ("id", "space_id", "reservation_id", "group_id", "asked_at")

SAVE = f"""
    INSERT INTO approvals ({listed(_COLUMNS)}, competes_for)
    SELECT {listed(_COLUMNS)}, CASE WHEN state = 'pending' AND mode = 'compete' THEN tstzrange(
        (asked #>> '{{window,start}}')::timestamptz - $3::interval,
        (asked #>> '{{window,end}}')::timestamptz + $4::interval
    ) END
    FROM jsonb_populate_recordset(NULL::approvals, $12)
    ON CONFLICT (id) DO UPDATE SET
        {assigned((*columns(Question, but=_NEVER_CHANGED), "competes_for"))}
"""
"""Insert or overwrite the questions in the rows $12, in their order: one is closed before another is asked instead.

What one that is pending competes for is what would be occupied, from $3 before to $4 after what is asked for.
"""

PROPOSE = """
    INSERT INTO occupancies (reservation_id, part_id, purpose, during)
    SELECT q.reservation_id, p.part_id, 'proposed', tstzmultirange(tstzrange(
        (q.asked #>> '{window,start}')::timestamptz - $3::interval,
        (q.asked #>> '{window,end}')::timestamptz + $4::interval
    ))
    FROM jsonb_populate_recordset(NULL::approvals, $12) q JOIN space_parts p USING (space_id)
    WHERE q.state = 'pending' AND q.mode = 'hold' AND (
        SELECT status FROM reservations WHERE id = q.reservation_id
    ) = 'confirmed'
    ON CONFLICT (reservation_id, part_id, purpose) DO UPDATE SET during = excluded.during
"""
"""Hold the time of each change that is asked for in the rows $12, beside the time that is booked."""

GIVE_UP_PROPOSED = """
    DELETE FROM occupancies o USING jsonb_populate_recordset(NULL::approvals, $12) q
    WHERE o.reservation_id = q.reservation_id AND o.purpose = 'proposed' AND q.state <> 'pending' AND NOT EXISTS (
        SELECT FROM jsonb_populate_recordset(NULL::approvals, $12) new
        WHERE new.reservation_id = q.reservation_id AND new.state = 'pending'
    ) AND NOT EXISTS (
        SELECT FROM reserved r WHERE r.id = q.reservation_id AND coalesce(r.proposed_change, r.moving_from) IS NOT NULL
    )
"""
"""Free the time of each change that is asked for no longer, by the rows $12, unless it is held otherwise now."""


_COUNTS = "state IN ('pending', 'approved', 'rejected', 'expired')"

OF_MEETING = f"""
    SELECT jsonb_agg(to_jsonb(a)) FROM (
        SELECT * FROM approvals WHERE {_COUNTS} AND reservation_id = (
            SELECT id FROM booked WHERE status IN ('pending', 'confirmed')
        )
        UNION ALL
        SELECT * FROM approvals WHERE {_COUNTS} AND group_id = (
            SELECT id FROM reservation_groups WHERE space_id = $1 AND ical_uid = $3 AND status = 'confirmed'
        )
    ) a
"""
"""Read the questions about the reservation that is `booked` for the meeting $3 in the space $1, and about its series.

Those that are pending, and those that were decided, by whomever or at their deadlines. They end with what they are
about: what is asked for again after that is asked about again.
"""

OF_RESERVATION = f"SELECT jsonb_agg(to_jsonb(a)) FROM approvals a WHERE reservation_id = {{}} AND {_COUNTS}"
"""Read the questions about the reservation of this id alone, as `OF_MEETING` does."""


OF_GROUP = f"SELECT jsonb_agg(to_jsonb(a)) FROM approvals a WHERE group_id = $3 AND {_COUNTS}"
"""Read the questions about the group $3 as a whole, as `OF_MEETING` does."""


@dataclass(frozen=True, slots=True)
class ShownQuestion(ToldQuestion):
    """A question with what people call the space and the reservation that it is about, and who was mailed.

    `rivals` are the reservations whose questions compete for some of the same time, if it is pending.
    """

    time_zone: str
    rivals: tuple[UUID, ...]
    mails: tuple[ShownMail, ...]
    conflict_detail: ConflictDetail

    @property
    def place(self) -> Place:
        """Return the space as sentences name it."""
        return Place(self.space_name, self.time_zone, self.conflict_detail)


@dataclass(frozen=True, slots=True)
class WantedQuestions:
    """Which questions to list: None stands for any. `space` is a part of the space's name."""

    state: QuestionState | None = None
    space_id: UUID | None = None
    reservation_id: UUID | None = None
    group_id: UUID | None = None
    space: str | None = None


@dataclass(frozen=True, slots=True)
class AskedAbout:
    """What a question is about: a reservation, or else the series of this iCalUId, and which of its dates.

    A group that the back office made has no iCalUId.
    """

    space_id: UUID
    reservation_id: UUID | None
    group_id: UUID | None
    ical_uid: str | None
    organizer: str | None
    dates: list[date]


_SHOWN_ROWS = Rows(ShownQuestion)
_ASKED_ABOUT = Rows(AskedAbout)

_SHOWN = f"""
    SELECT {listed(_COLUMNS, "a")}, s.name AS space_name, s.time_zone AS space_time_zone, r.time_zone,
        r.title, r.is_private, r.organizer_name, {question_mails.BOOKED},
        {CONFLICT_DETAIL.format("s.connection_id")} AS conflict_detail,
        ({RIVALS}) AS rivals,
        ({question_mails.SHOWN.format(id="a.id", state="a.state")}) AS mails
    FROM approvals a JOIN spaces s ON s.id = a.space_id CROSS JOIN LATERAL (
        SELECT * FROM reservations WHERE id = a.reservation_id
        UNION ALL
        (SELECT * FROM reservations WHERE group_id = a.group_id ORDER BY is_private DESC, original_date LIMIT 1)
    ) r
"""

_ONE = f"{_SHOWN} WHERE a.id = $1"

_PAGE = f"""{_SHOWN}
    WHERE ($1::text IS NULL OR a.state = $1)
        AND ($2::uuid IS NULL OR a.space_id = $2)
        AND ($3::uuid IS NULL OR a.reservation_id = $3)
        AND ($4::uuid IS NULL OR a.group_id = $4)
        AND ($5::timestamptz IS NULL OR (a.asked_at, a.id) > ($5, $6))
        AND ($8::text IS NULL OR position(lower($8) IN lower(s.name)) > 0)
    ORDER BY a.asked_at, a.id LIMIT $7
"""

_ABOUT = """
    SELECT a.space_id, a.reservation_id, a.group_id, g.ical_uid, a.asked ->> 'organizer' AS organizer,
        array(
            SELECT DISTINCT original_date FROM reservations
            WHERE group_id = a.group_id AND (status = 'pending' OR a.change IS NOT NULL)
        ) AS dates
    FROM approvals a LEFT JOIN reservation_groups g ON g.id = a.group_id WHERE a.id = $1
"""

_ABOUT_GROUP = """
    SELECT to_jsonb(a) AS question, EXISTS (
        SELECT FROM reservations r
        WHERE r.group_id = $1 AND r.status = 'pending' AND r.ends_at > statement_timestamp() AND NOT EXISTS (
            SELECT FROM approvals own WHERE own.reservation_id = r.id AND own.state = 'pending'
        )
    ) AS has_waiting_dates
    FROM approvals a WHERE a.group_id = $1 AND a.state = 'pending'
"""

_ABOUT_CHANGE = "SELECT * FROM approvals WHERE group_id = $1 AND state = 'pending' AND change IS NOT NULL"

_DUE = "SELECT id FROM approvals WHERE state = 'pending' AND due_at <= clock_timestamp() ORDER BY due_at, id LIMIT $1"


async def read(conn: Db, question_id: UUID) -> ShownQuestion | None:
    """Read one question."""
    return _SHOWN_ROWS.read_one(await conn.fetchrow(_ONE, question_id))


async def page(
    conn: Db, wanted: WantedQuestions, after: tuple[datetime, UUID] | None, limit: int
) -> list[ShownQuestion]:
    """Read the next questions in the order of (asked at, id), after the given one."""
    filters = (wanted.state, wanted.space_id, wanted.reservation_id, wanted.group_id)
    found = await conn.fetch(_PAGE, *filters, *(after or (None, None)), limit, wanted.space)
    return [_SHOWN_ROWS.read(row) for row in found]


async def asked_about(conn: Db, question_id: UUID) -> AskedAbout | None:
    """Return what a question is about."""
    return _ASKED_ABOUT.read_one(await conn.fetchrow(_ABOUT, question_id))


async def about_group(conn: Db, group_id: UUID) -> tuple[Question, bool] | None:
    """Return the pending question about a series, and whether any date waits with it to be booked; None without one."""
    found = await conn.fetchrow(_ABOUT_GROUP, group_id)
    return None if found is None else (ROWS.read(found["question"]), found["has_waiting_dates"])


async def about_change(conn: Db, group_id: UUID) -> Question | None:
    """Return the pending question about a change of a booked series."""
    return ROWS.read_one(await conn.fetchrow(_ABOUT_CHANGE, group_id))


async def due(conn: Db, at_most: int) -> list[UUID]:
    """Return the questions to which something happens by itself by now."""
    return [row["id"] for row in await conn.fetch(_DUE, at_most)]


def questions_in(
    rows: Any,  # noqa: ANN401 - objects of JSON
) -> tuple[Question | None, tuple[AskedFor, ...], Question | None]:
    """Return the pending question that was found, what was approved, and the last decided one if it was not."""
    found = [ROWS.read(row) for row in rows or ()]
    pending = next((each for each in found if each.decided_at is None), None)
    decided = sorted((each.decided_at, each.id, each) for each in found if each.decided_at is not None)
    last = decided[-1][-1] if decided else None
    rejected = last if last is not None and not last.is_approved and last.moves is None else None
    return pending, tuple(each.asked for *_, each in decided if each.is_approved), rejected


def as_json(change: SaveQuestion) -> dict[str, Any]:
    """Return a question as a row."""
    return ROWS.as_json(change.question)
