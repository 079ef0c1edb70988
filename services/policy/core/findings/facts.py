"""What findings are made of: what the ledger knows, and what the other services tell in their views."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from services.policy.core.answers.grammar import TemplateProblem
from services.policy.core.answers.kinds import AnswerKind

CredentialKind = Literal["workload_identity", "certificate", "secret"]
"""What the file of a credential holds."""


@dataclass(frozen=True, slots=True)
class MailSetup:
    """Whether outbound was started with a mail server, since when that is so, and what needs one."""

    is_set_up: bool
    since: datetime
    approval_rules: int
    waiting_lists: int


@dataclass(frozen=True, slots=True)
class RefusedApprover:
    """An approver or stand-in whose last mails, so many and since then, the mail server refused for good."""

    address: str
    mails: int
    since: datetime


@dataclass(frozen=True, slots=True)
class FailingTemplate:
    """A template that could not be used, and why."""

    connection_id: UUID
    connection_name: str
    kind: AnswerKind
    problem: TemplateProblem
    since: datetime


@dataclass(frozen=True, slots=True)
class RoomTrouble:
    """A mapped room, as ingest watches it, as the reconciler compares it, and whether it answers by itself.

    What is None is not known, or not so. States are those of `ingest.watches_v1` and `reconciler.rooms_v1`.
    """

    space_id: UUID
    space_name: str
    room_mailbox: str
    connection_id: UUID
    client_id: str
    watch_state: Literal["connecting", "active", "polling", "quarantined", "refused"] | None = None
    watch_detail: str | None = None
    watch_since: datetime | None = None
    sweep_state: str | None = None
    sweep_detail: str | None = None
    sweep_since: datetime | None = None
    cancellations: int | None = None
    answers_since: datetime | None = None
    answered_at: datetime | None = None
    address_now: str | None = None
    renamed_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class PausedConnection:
    """A connection that is left alone, with so many rooms, because most of them failed or its credential is refused."""

    connection_id: UUID
    connection_name: str
    client_id: str
    credential: str
    rooms: int
    detail: str
    since: datetime


@dataclass(frozen=True, slots=True)
class KnownCredential:
    """A credential that a connection names, as the reconciler saw it, and the time by the clock it was read with.

    `kind` is None if its file was not read; `since` is since when it is of this kind and expires then.
    """

    connection_id: UUID
    connection_name: str
    client_id: str
    name: str
    kind: CredentialKind | None
    expires_at: datetime | None
    problem: str | None
    problem_since: datetime | None
    since: datetime
    now: datetime

    @property
    def left(self) -> timedelta:
        """Return for how long it counts from now on; what does not expire or does not say counts for ever."""
        return timedelta.max if self.expires_at is None else self.expires_at - self.now

    @property
    def works(self) -> bool:
        """Whether nothing is known against it."""
        return self.problem is None and self.left > timedelta()


@dataclass(frozen=True, slots=True)
class KnownFacts:
    """All that is known. `mail` is None until outbound has told."""

    mail: MailSetup | None = None
    refused: Sequence[RefusedApprover] = ()
    templates: Sequence[FailingTemplate] = ()
    rooms: Sequence[RoomTrouble] = ()
    connections: Sequence[PausedConnection] = ()
    credentials: Sequence[KnownCredential] = ()
