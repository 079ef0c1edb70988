"""An approval as everybody is shown it: by the HTTP API, in the reply to a command, and on the command line."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from libs.contracts.values import Actor, Instant, Reason, Value

QuestionState = Literal["pending", "approved", "rejected", "withdrawn", "superseded", "expired"]
AtDeadline = Literal["reject", "approve", "leave"]

MailKind = Literal["asked", "asked_instead", "reminder", "stand_in"]
"""Why somebody is mailed about a question: to decide it, also in place of an earlier one, once more, or as stand-in."""

MailProgress = Literal["planned", "waits", "sent", "refused", "expired", "unconfirmed", "not_configured"]


class OrganizerOut(Value):
    """For whom a space is reserved."""

    name: str | None
    email: str


class AskedOut(Value):
    """What an administrator is asked to allow; of a series, `start` and `end` are those of its first date."""

    start: Instant
    end: Instant
    dates: Annotated[int, Field(description="How many dates are asked for: more than 1 only of a series.")]
    time_zone: str
    title: str
    organizer: OrganizerOut | None
    attendee_count: int


class BookedOut(Value):
    """What is booked while a change of it is asked for; of a series, `start` and `end` are those of its first date."""

    start: Instant
    end: Instant
    dates: Annotated[int, Field(description="How many dates are booked: more than 1 only of a series.")]


class MailOut(Value):
    """A mail to somebody about a question."""

    kind: Annotated[
        MailKind,
        Field(
            description="`asked_instead` tells that the question replaces an earlier one; `reminder` goes to approvers "
            "at half of the time until the deadline, and `stand_in` to stand-ins at three quarters."
        ),
    ]
    to: str
    at: Annotated[Instant, Field(description="When it was asked for; while it is planned, when it is due.")]
    state: Annotated[
        MailProgress | None,
        Field(
            description="It waits while the mail server is away. The server took it (`sent`), did not say whether it "
            "did (`unconfirmed`), or refused the recipient (`refused`); or it came too late (`expired`), or no mail "
            "is set up (`not_configured`). Null when that is no longer known, after 30 days."
        ),
    ]


class ApprovalOut(Value):
    """A question to administrators: whether a reservation that waits for them may be booked."""

    id: UUID
    state: Annotated[
        QuestionState,
        Field(
            description="A question is withdrawn with its reservation, and superseded when more is asked for, when "
            "what is asked for needs no approval any more, or when another booking got the time that several asked for."
        ),
    ]
    reservation_id: Annotated[UUID | None, Field(description="Null if it is about a series.")]
    group_id: Annotated[UUID | None, Field(description="The series, all of whose dates it is about.")]
    space_id: UUID
    asked_at: Annotated[Instant, Field(description="When this was first asked, in this question or an earlier one.")]
    deadline_at: Instant | None
    at_deadline: Annotated[AtDeadline, Field(description="What becomes of it at the deadline, if nobody decides.")]
    asked: AskedOut
    booked: Annotated[
        BookedOut | None,
        Field(description="What is booked, and stays so until this is decided, if a change of it is asked for."),
    ] = None
    reasons: Annotated[list[Reason], Field(description="The rules that leave it to an administrator.")]
    approvers: list[str]
    stand_ins: list[str]
    mails: Annotated[
        list[MailOut],
        Field(
            default_factory=list,
            description="Who is mailed about it, by time; nobody if the rules that leave it to people name none.",
        ),
    ]
    rivals: Annotated[
        list[UUID],
        Field(description="Reservations that compete for some of the same time; approving this declines them."),
    ]
    decided_by: Actor | None
    decided_at: Annotated[Instant | None, Field(description="When it was closed, by whomever or whatever.")]
    comment: str | None
    version: int
    updated_at: Instant
