"""How long the rows of the ledger stay. See `libs.common.retention`, and the comments of the tables."""

from collections.abc import Sequence
from datetime import timedelta

from libs.common.retention import INBOX, Retention

ANSWERS_KEPT = timedelta(days=7)
MATTERS_FOR = timedelta(days=90)
"""How long after its end a meeting may still be moved, cancelled or shown without being a new one to us.

Outbound forgets generations sooner, so a key that comes back after this time may begin again with the first.
"""

_OVER = """
    starts_at < statement_timestamp() - $1::interval AND ends_at < statement_timestamp() - $1::interval
"""

_UNUSED = """
    SELECT s.id FROM spaces s
    WHERE s.deleted_at < statement_timestamp() - $1::interval
        AND NOT EXISTS (SELECT FROM reservations r WHERE r.space_id = s.id)
        AND NOT EXISTS (SELECT FROM meetings m WHERE m.space_id = s.id)
        AND NOT EXISTS (SELECT FROM intents i WHERE i.space_id = s.id)
        AND NOT EXISTS (SELECT FROM reservation_groups g WHERE g.space_id = s.id)
"""

_ALWAYS = (
    INBOX,
    Retention("console_sessions", timedelta(0), "expires_at < statement_timestamp() - $1::interval"),
    Retention("console_sign_ins", timedelta(0), "expires_at < statement_timestamp() - $1::interval"),
    Retention("idempotency_keys", ANSWERS_KEPT, "at < statement_timestamp() - $1::interval"),
    Retention("left_holds", timedelta(0), "ends_at < statement_timestamp() - $1::interval"),
    Retention(
        "left_tenants",
        timedelta(days=1),
        """
        left_at < statement_timestamp() - $1::interval
            AND NOT EXISTS (SELECT FROM left_holds l WHERE l.connection_id = left_tenants.id)
        """,
    ),
    Retention(
        "question_mails",
        MATTERS_FOR,
        """
        EXISTS (
            SELECT FROM approvals a
            WHERE a.id = question_mails.approval_id AND a.decided_at < statement_timestamp() - $1::interval
        )
        """,
    ),
    Retention("waiting_requests", MATTERS_FOR, "ends_at < statement_timestamp() - $1::interval"),
    Retention(
        "intents",
        MATTERS_FOR,
        "ends_at < statement_timestamp() - $1::interval AND issued_at < statement_timestamp() - $1::interval",
    ),
    Retention(
        "meetings",
        MATTERS_FOR,
        """
        last_observed_at < statement_timestamp() - $1::interval
            AND coalesce((judged #>> '{window,end}')::timestamptz, last_observed_at)
                < statement_timestamp() - $1::interval
            AND NOT EXISTS (
                SELECT FROM reservations r
                WHERE r.id = meetings.reservation_id AND r.ends_at > statement_timestamp() - $1::interval
            )
            AND NOT EXISTS (
                SELECT FROM reservations r
                WHERE r.space_id = meetings.space_id AND r.ical_uid = meetings.ical_uid
                    AND r.status IN ('pending', 'confirmed') AND NOT r.has_successor
                    AND r.ends_at > statement_timestamp() - $1::interval
            )
        """,
    ),
    Retention("conflict_resolutions", MATTERS_FOR, "at < statement_timestamp() - $1::interval"),
    Retention("brake_confirmations", MATTERS_FOR, "at < statement_timestamp() - $1::interval"),
    Retention("own_answers", MATTERS_FOR, "last_seen_at < statement_timestamp() - $1::interval"),
    Retention("space_parts", MATTERS_FOR, f"space_id IN ({_UNUSED})"),
    Retention(
        "spaces",
        MATTERS_FOR,
        f"""
        id IN ({_UNUSED}) AND NOT EXISTS (SELECT FROM space_parts p WHERE spaces.id IN (p.space_id, p.part_id))
        """,
    ),
)


_OF_ENDED_IMPORTS = """
    import_id IN (SELECT id FROM imports WHERE ended_at < statement_timestamp() - $1::interval)
"""


def retentions(history: timedelta | None, reports: timedelta = MATTERS_FOR) -> Sequence[Retention]:
    """Return how long the rows of each table stay.

    The audit stays for as long as `history`, for ever if that is None, and what became of an import for `reports`.
    """
    of_imports = (
        Retention("import_items", reports, _OF_ENDED_IMPORTS),
        Retention("import_rooms", reports, _OF_ENDED_IMPORTS),
        Retention("imports", reports, "ended_at < statement_timestamp() - $1::interval"),
    )
    return (*of_imports, *_of_the_ledger(history))


def _of_the_ledger(history: timedelta | None) -> Sequence[Retention]:
    if history is None:
        return _ALWAYS
    return (
        Retention("decisions", history, "at < statement_timestamp() - $1::interval"),
        Retention("steps", history, "at < statement_timestamp() - $1::interval"),
        Retention("occupancies", history, f"reservation_id IN (SELECT id FROM reservations WHERE {_OVER})"),
        *_ALWAYS,
        Retention(
            "reservations",
            history,
            f"""
            {_OVER}
                AND NOT EXISTS (SELECT FROM intents i WHERE i.reservation_id = reservations.id)
                AND NOT EXISTS (SELECT FROM meetings m WHERE m.reservation_id = reservations.id)
                AND NOT EXISTS (SELECT FROM occupancies o WHERE o.reservation_id = reservations.id)
            """,
        ),
        Retention(
            "reservation_groups",
            history,
            """
            updated_at < statement_timestamp() - $1::interval
                AND NOT EXISTS (SELECT FROM reservations r WHERE r.group_id = reservation_groups.id)
            """,
        ),
    )
