"""Every message on the bus; some are made in `events`, and those about commands in `reservation_commands`.

Messages are level-triggered: each carries state, or names something to look at, so that a missed message loses nothing.
Each has a `type` with a version, and a `shard_key`; the messages of one shard key are handled in order. An `is_open`
message may have no consumer, and a reply goes to the sender of what it replies to; every other message must reach a
queue.
"""

from enum import StrEnum
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from libs.contracts.approvals import ApprovalOut
from libs.contracts.events import (
    ApprovalDecided,
    ApprovalExpired,
    ApprovalRequested,
    ReservationCancelled,
    ReservationChanged,
    ReservationConfirmed,
    ReservationDeclined,
    ReservationPending,
)
from libs.contracts.group_commands import GROUP_COMMANDS, GROUP_REPLIES
from libs.contracts.intents import Intent
from libs.contracts.message import KeyMessage, Message, Replies, SpaceMessage
from libs.contracts.reservation_commands import COMMANDS, REPLIES
from libs.contracts.values import Actor, Instant, NotificationTaken, Observation, Person, Reason


class OutlookNotified(SpaceMessage):
    """Something changed on a room's calendar: look at it. From ingest's webhook to ingest's reader.

    With a `series_id`, the event was found to be of the series of that master, which is to be read as a whole; it also
    stands for the other notifications about that series that were `joined` to it. A series `is_of_hold` if it carries
    the id of a reservation group.
    """

    type: ClassVar[str] = "outlook.notified.v1"

    event_id: str
    change: Literal["created", "updated", "deleted"]
    received_at: Instant
    series_id: str | None = None
    joined: tuple[NotificationTaken, ...] = ()
    is_of_hold: bool = False


class LifecycleNotified(SpaceMessage):
    """Graph reports an event of a room's subscription. From ingest's webhook to ingest's rooms.

    `generation` is that of the subscription, which may have been replaced meanwhile. The webhook itself says
    `missed` in place of notifications that exceed the room's share of the queue.
    """

    type: ClassVar[str] = "lifecycle.notified.v1"

    generation: int
    event: Literal["reauthorizationRequired", "subscriptionRemoved", "missed"]


MOST_NOTIFICATIONS_TOLD = 10
"""How many of the notifications that one read answers are told of one by one; the others are counted."""


class MeetingObserved(SpaceMessage):
    """A meeting as a room calendar showed it, or its absence. From ingest to policy.

    `look_id` is set if policy had asked for this look, and everything else that it asked for was observed before.
    `notifications` counts those that this one read answers; `notified` are the first of them, at most
    `MOST_NOTIFICATIONS_TOLD`, in the order in which they were taken.
    """

    type: ClassVar[str] = "meeting.observed.v1"

    observation: Observation
    look_id: UUID | None = None
    notified: tuple[NotificationTaken, ...] = ()
    notifications: int = 0


class LookRequested(SpaceMessage):
    """Look at a meeting again, after the meetings that are in its way, by their iCalUIds. From policy to ingest.

    `asked_at` is the database's time. What is in the way may be leaving the calendar just now: it is given a moment.
    """

    type: ClassVar[str] = "look.requested.v1"

    look_id: UUID
    about: str
    in_the_way: tuple[str, ...] = ()
    asked_at: Instant


class DriftKind(StrEnum):
    """How the ledger and a room calendar may differ."""

    MISSING_IN_LEDGER = "missing_in_ledger"
    MISSING_IN_OUTLOOK = "missing_in_outlook"
    DIFFERENT_TIME = "different_time"
    DIFFERENT_ANSWER = "different_answer"
    DIFFERENT_TITLE = "different_title"
    SHOWN_AFTER_ALL = "shown_after_all"
    ORPHAN_HOLD = "orphan_hold"
    DUPLICATE = "duplicate"
    UNMANAGED = "unmanaged"


class CorrectionRequested(KeyMessage):
    """A drift, and the observation that shows it. From the reconciler to policy, which decides as for a live one."""

    type: ClassVar[str] = "correction.requested.v3"

    drift: DriftKind
    observation: Observation


class IntentIssued(KeyMessage):
    """What Outlook ought to show under a key from this `generation` on. From policy to outbound.

    Until `awaited_until` policy expects that a calendar that does not show it yet will show it by itself.
    """

    type: ClassVar[str] = "intent.issued.v2"

    connection_id: UUID
    room_mailbox: str
    generation: int
    awaited_until: Instant | None
    intent: Intent


class Settlement(StrEnum):
    """How an intent ended."""

    DONE = "done"
    SUPERSEDED = "superseded"
    GIVEN_UP = "given_up"


class IntentProblem(StrEnum):
    """Why an intent was not carried out, if policy has to know."""

    CHANGED_MEANWHILE = "changed_meanwhile"
    GONE = "gone"
    ORGANIZER_UNREACHABLE = "organizer_unreachable"
    OVER = "over"
    PROPOSAL_REFUSED = "proposal_refused"
    REFUSED_BY_GRAPH = "refused_by_graph"


class IntentSettled(KeyMessage):
    """An intent was carried out, overtaken or given up. From outbound to policy and the reconciler.

    `has_written` is false if Outlook already showed the goal. `settled_at` is the database's time after the write, or
    before the look if nothing was written; an observation older than a write is stale. `awaited_until` is set if the
    calendar may show only later what was written; until then it may still appear. `room_mailbox` and `connection_id`
    are those of the intent: its space may be mapped to another mailbox by now. With `words_outdated` an answer was not
    given only because its words no longer hold: it is to be issued again in new words.
    """

    type: ClassVar[str] = "intent.settled.v3"

    connection_id: UUID | None = None
    room_mailbox: str | None = None
    generation: int
    settlement: Settlement
    has_written: bool
    settled_at: Instant
    awaited_until: Instant | None = None
    event_id: str | None = None
    ical_uid: str | None = None
    etag: str | None = None
    problem: IntentProblem | None = None
    detail: str | None = None
    words_outdated: bool = False


class ApprovalMessage(Message):
    """A command about an approval, whose sender need not know the space, or what replies to it."""

    sharded_by: ClassVar[str] = "the approval's id"


class ApprovalDecisionDone(ApprovalMessage):
    """An approval is decided as asked; `approval` is what `GET /v1/approvals/{id}` shows of it."""

    type: ClassVar[str] = "approval.decide.done.v1"

    approval: ApprovalOut

    @property
    def shard_key(self) -> str:
        """Put it into one order with the commands about the approval."""
        return str(self.approval.id)


class ApprovalDecisionRefused(ApprovalMessage):
    """An approval is not decided as asked, and nothing has changed.

    `status`, `title` and `detail` are those of the API's problem: 404 if there is no such approval, 409 if it cannot be
    decided any more, with who was first, or if others have the time, with the `reasons`; 412 if it is at another
    version, and 422 if the comment cannot be used.
    """

    type: ClassVar[str] = "approval.decide.refused.v1"

    approval_id: UUID
    status: int
    title: str
    detail: str
    reasons: tuple[Reason, ...] = ()

    @property
    def shard_key(self) -> str:
        """Put it into one order with the commands about the approval."""
        return str(self.approval_id)


class DecideApproval(ApprovalMessage):
    """Approve or reject what administrators are asked, in the name of `by`. From internal services to policy.

    The bus knows no tokens: policy believes whoever can publish on it, so a service sends this only for a person whom
    it knows, and of whom it knows that they may decide. The decision is kept as that of a service, with the address
    and name of `by`, never as that of an administrator: so whom a token proved is told from whom a service vouched for.

    The organizer is told the `comment`. With an `expected_version` only that version of the approval is decided. A
    message that is delivered twice decides once and is replied to once; who gets no reply may send it as a new message,
    and is refused with 409 if the first one was carried out.
    """

    type: ClassVar[str] = "approval.decide.v1"
    replies: ClassVar[Replies] = (ApprovalDecisionDone, ApprovalDecisionRefused)

    approval_id: UUID
    ruling: Literal["approve", "reject"]
    by: Person
    comment: str | None = None
    expected_version: int | None = None

    @property
    def shard_key(self) -> str:
        """Put all commands about one approval into one order."""
        return str(self.approval_id)


class SpaceMapped(SpaceMessage):
    """A space is mapped to a room mailbox; start watching it. From policy to ingest and the reconciler."""

    type: ClassVar[str] = "space.mapped.v1"

    connection_id: UUID
    room_mailbox: str


class SpaceUnmapped(SpaceMessage):
    """A space is no longer mapped; stop watching. From policy to ingest and the reconciler."""

    type: ClassVar[str] = "space.unmapped.v1"

    room_mailbox: str


class SweepRequested(SpaceMessage):
    """A room calendar may have changed unseen; compare it now. From ingest to the reconciler."""

    type: ClassVar[str] = "sweep.requested.v1"

    reason: Literal["subscription_created", "subscription_removed", "notifications_missed"]


class ConflictFreed(SpaceMessage):
    """Time is free that was in conflict with an event on a room calendar; compare it now, and correct that again.

    From policy to the reconciler.
    """

    type: ClassVar[str] = "conflict.freed.v1"


class CancellationsConfirmed(SpaceMessage):
    """An administrator lets the cancellations go on that a brake has stopped. From policy to the reconciler.

    It counts for the brake that the room has had since `braked_at`, and for as many `cancellations` as were seen: once
    more wait, or another brake stopped them, it changes nothing, and somebody has to look again.
    """

    type: ClassVar[str] = "cancellations.confirmed.v1"

    braked_at: Instant
    cancellations: Annotated[int, Field(ge=1)]
    by: Actor


class RetryRequested(Message):
    """A mailbox, or without one a whole connection, may be reached again: try now what waits for it.

    From the service that reached it first after it could not be reached, or from policy because an administrator asked,
    to ingest, outbound and the reconciler.
    """

    type: ClassVar[str] = "retry.requested.v1"
    sharded_by: ClassVar[str] = "the connection's id"

    connection_id: UUID
    room_mailbox: str | None = None
    reason: Literal["access_restored", "administrator_asked"]

    @property
    def shard_key(self) -> str:
        """Put all messages about one connection into one order."""
        return str(self.connection_id)


MOST_RECIPIENTS = 50
LONGEST_SUBJECT = 400
LONGEST_TEXT = 100_000
LONGEST_HTML = 400_000
"""How much a mail may have: recipients, and characters of its subject, of its text and of its HTML."""


class MailRequested(Message):
    """Mail somebody. From policy to outbound, which mails each recipient once, each in a mail of their own.

    `mail_id` is derived from what the mail is about, so that the same mail asked for twice has the same id, and is
    mailed once. `about` is a code for metrics and logs, which hold nothing else of a mail. After `expires_at` it would
    be pointless, and is dropped: so a mail that waits is taken back by asking for it again with a time that is over.
    """

    type: ClassVar[str] = "mail.requested.v1"
    sharded_by: ClassVar[str] = "the mail's id"

    mail_id: UUID
    about: Annotated[str, Field(pattern="^[a-z][a-z_.]*$", max_length=64)]
    to: Annotated[tuple[Person, ...], Field(min_length=1, max_length=MOST_RECIPIENTS)]
    subject: Annotated[str, Field(max_length=LONGEST_SUBJECT)]
    text: Annotated[str, Field(max_length=LONGEST_TEXT)]
    html: Annotated[str, Field(max_length=LONGEST_HTML)] | None = None
    reply_to: Person | None = None
    expires_at: Instant | None = None

    @property
    def shard_key(self) -> str:
        """Put all requests of one mail into one order."""
        return str(self.mail_id)


CATALOGUE: dict[str, type[Message]] = {
    message.type: message
    for message in (
        OutlookNotified,
        LifecycleNotified,
        MeetingObserved,
        LookRequested,
        CorrectionRequested,
        IntentIssued,
        IntentSettled,
        ReservationPending,
        ReservationConfirmed,
        ReservationDeclined,
        ReservationChanged,
        ReservationCancelled,
        ApprovalRequested,
        ApprovalDecided,
        ApprovalExpired,
        DecideApproval,
        ApprovalDecisionDone,
        ApprovalDecisionRefused,
        SpaceMapped,
        SpaceUnmapped,
        SweepRequested,
        ConflictFreed,
        CancellationsConfirmed,
        RetryRequested,
        MailRequested,
    )
} | {message.type: message for message in (*COMMANDS, *REPLIES, *GROUP_COMMANDS, *GROUP_REPLIES)}
"""Every message by its `type`."""
