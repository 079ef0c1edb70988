"""A mapped room and its connection, of which a test says only what matters."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from services.doctor.checks.mailboxes import SeenRoom
from services.doctor.installation import InspectedRoom
from services.policy.store.connections import ConnectionRow

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
CONNECTION = ConnectionRow(
    id=UUID(int=2),
    name="Contoso",
    cloud="global",
    tenant_id="tenant",
    client_id="client",
    credential="microsoft365",
    second_credential=None,
    edits_organizer_events=False,
    refused_edit="propose_original",
    own_domains=["example.org"],
    conflict_detail="organizer",
    version=1,
    created_at=NOW,
)
AULA = InspectedRoom(
    space_id=UUID(int=1),
    space_name="Aula",
    capacity=8,
    time_zone="Europe/Berlin",
    room_mailbox="aula@example.org",
    connection_id=CONNECTION.id,
    object_id=None,
    watch_state="active",
    known_since=NOW,
    agreed_at=NOW,
    sweep_state="agrees",
)


def room(**fields: Any) -> InspectedRoom:
    return replace(AULA, **fields)


def seen(**fields: Any) -> SeenRoom:
    return replace(SeenRoom(AULA), **fields)
