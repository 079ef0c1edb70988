"""The facts that findings are made of, each with the time since when it is so, by whoever keeps it.

The views of the other services tell what only they know; nothing about findings is stored here.
"""

from collections.abc import Sequence

from libs.common.db import Connection as Db
from libs.common.rows import Rows
from services.policy.core.findings.facts import (
    FailingTemplate,
    KnownCredential,
    MailSetup,
    PausedConnection,
    RefusedApprover,
    RoomTrouble,
)
from services.policy.core.own_answers import ENOUGH_UNANSWERED

_MAIL = Rows(MailSetup)
_REFUSED = Rows(RefusedApprover)
_TEMPLATES = Rows(FailingTemplate)
_ROOMS = Rows(RoomTrouble)
_CONNECTIONS = Rows(PausedConnection)
_KNOWN_CREDENTIALS = Rows(KnownCredential)

_ASKS_SOMEBODY = """
    p.rule ->> 'kind' = 'approval' AND p.rule ->> 'when' <> 'never' AND p.effect IN ('deny', 'approve')
    AND coalesce((p.dates ->> 'until')::date >= current_date - 1, true)
"""
"""Whether the policy `p` has approvers who are mailed; in some zone its last day may not be over yet."""

_MAIL_SETUP = f"""
    SELECT m.is_set_up, m.since,
        (SELECT count(*) FROM policies p WHERE {_ASKS_SOMEBODY}) AS approval_rules,
        (SELECT count(*) FROM spaces WHERE waiting_list AND deleted_at IS NULL) AS waiting_lists
    FROM outbound.mail_setup_v1 m
"""

_REFUSED_APPROVERS = f"""
    SELECT q.recipient AS address, count(*) AS mails, min(m.ended_at) AS since
    FROM outbound.mails_v1 m JOIN question_mails q USING (mail_id)
    WHERE m.state = 'refused'
        AND NOT EXISTS (
            SELECT FROM outbound.mails_v1 later
            WHERE later.recipient = m.recipient AND later.state = 'sent' AND later.ended_at > m.ended_at
        )
        AND (
            EXISTS (
                SELECT FROM policies p
                WHERE {_ASKS_SOMEBODY} AND (p.rule -> 'approvers' ? q.recipient OR p.rule -> 'stand_ins' ? q.recipient)
            )
            OR EXISTS (
                SELECT FROM approvals a
                WHERE a.state = 'pending' AND (a.approvers ? q.recipient OR a.stand_ins ? q.recipient)
            )
        )
    GROUP BY q.recipient
"""

_FAILING_TEMPLATES = """
    SELECT c.id AS connection_id, c.name AS connection_name, t.kind, t.last_error AS problem, t.failing_since AS since
    FROM answer_templates t JOIN connections c ON c.id = t.connection_id WHERE t.failing_since IS NOT NULL
"""

_ROOMS_IN_TROUBLE = f"""
    SELECT s.id AS space_id, s.name AS space_name, s.room_mailbox, s.connection_id, c.client_id,
        w.state AS watch_state, w.detail AS watch_detail, w.state_since AS watch_since,
        r.state AS sweep_state, r.detail AS sweep_detail, r.troubled_since AS sweep_since,
        r.braked_cancels AS cancellations, o.since AS answers_since, o.last_seen_at AS answered_at,
        coalesce(d.address, k.address_now) AS address_now,
        CASE WHEN d.address IS NOT NULL THEN d.address_since ELSE k.noted_at END AS renamed_since
    FROM spaces s JOIN connections c ON c.id = s.connection_id
    LEFT JOIN ingest.watches_v1 w ON w.space_id = s.id AND w.room_mailbox = s.room_mailbox
    LEFT JOIN reconciler.rooms_v1 r ON r.space_id = w.space_id
    LEFT JOIN own_answers o
        ON o.space_id = s.id AND o.room_mailbox = s.room_mailbox AND o.unanswered < {ENOUGH_UNANSWERED}
    LEFT JOIN ingest.known_places_v1 k ON k.space_id = s.id AND k.room_mailbox = s.room_mailbox
    LEFT JOIN ingest.discovered_rooms_v1 d
        ON d.connection_id = s.connection_id AND d.place_id = k.place_id AND lower(d.address) <> lower(s.room_mailbox)
    WHERE s.deleted_at IS NULL AND s.room_mailbox IS NOT NULL AND (
        w.state IN ('quarantined', 'refused', 'polling') OR r.state IN ('quarantined', 'braked')
        OR o.space_id IS NOT NULL OR d.address IS NOT NULL OR k.address_now IS NOT NULL
    )
"""

_PAUSED_CONNECTIONS = """
    SELECT c.id AS connection_id, c.name AS connection_name, c.client_id,
        concat_ws(' or ', c.credential, c.second_credential) AS credential, count(*) AS rooms,
        min(r.detail) AS detail, min(r.troubled_since) AS since
    FROM reconciler.rooms_v1 r JOIN spaces s ON s.id = r.space_id JOIN connections c ON c.id = s.connection_id
    WHERE r.state = 'paused' AND s.deleted_at IS NULL GROUP BY c.id
"""

_CREDENTIALS = """
    SELECT c.id AS connection_id, c.name AS connection_name, c.client_id, k.name, k.kind, k.expires_at, k.problem,
        k.problem_since, k.since, statement_timestamp() AS now
    FROM reconciler.credentials_v1 k
    JOIN connections c ON c.id = k.connection_id AND k.name IN (c.credential, c.second_credential)
    ORDER BY c.name, k.name
"""


async def mail_setup(conn: Db) -> MailSetup | None:
    """Read whether outbound has a mail server, and what needs one; None until outbound was started once."""
    return _MAIL.read_one(await conn.fetchrow(_MAIL_SETUP))


async def refused_approvers(conn: Db) -> Sequence[RefusedApprover]:
    """Read the people, named by a rule or a pending question, whose last mails were refused for good."""
    return [_REFUSED.read(row) for row in await conn.fetch(_REFUSED_APPROVERS)]


async def failing_templates(conn: Db) -> Sequence[FailingTemplate]:
    """Read the templates that could not be used."""
    return [_TEMPLATES.read(row) for row in await conn.fetch(_FAILING_TEMPLATES)]


async def rooms_in_trouble(conn: Db) -> Sequence[RoomTrouble]:
    """Read the mapped rooms with which something is wrong that somebody can mend."""
    return [_ROOMS.read(row) for row in await conn.fetch(_ROOMS_IN_TROUBLE)]


async def paused_connections(conn: Db) -> Sequence[PausedConnection]:
    """Read the connections that the reconciler leaves alone."""
    return [_CONNECTIONS.read(row) for row in await conn.fetch(_PAUSED_CONNECTIONS)]


async def known_credentials(conn: Db) -> Sequence[KnownCredential]:
    """Read the credentials that connections name and the reconciler has seen."""
    return [_KNOWN_CREDENTIALS.read(row) for row in await conn.fetch(_CREDENTIALS)]
