"""An approval as everybody is shown it: by the HTTP API, in the reply to a command, and on the command line."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from libs.contracts.values import Actor, Instant, Reason, Value

QuestionState = Literal["pending", "approved", "rejected", "withdrawn", "superseded", "expired"]
AtDeadline = Literal["reject", "approve", "leave"]


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


class ApprovalOut(Value):
    """A question to administrators: whether a reservation that waits for them may be booked."""

    id: UUID
    state: Annotated[
        QuestionState,
        Field(
            description="A question is withdrawn with its reservation, and superseded when more is asked for, or when "
            "what is asked for needs no approval any more."
        ),
    ]
    reservation_id: Annotated[UUID | None, Field(description="Null if it is about a series.")]
    group_id: Annotated[UUID | None, Field(description="The series, all of whose dates it is about.")]
    space_id: UUID
    asked_at: Annotated[Instant, Field(description="When this was first asked, in this question or an earlier one.")]
    deadline_at: Instant | None
    at_deadline: Annotated[AtDeadline, Field(description="What becomes of it at the deadline, if nobody decides.")]
    asked: AskedOut
    reasons: Annotated[list[Reason], Field(description="The rules that leave it to an administrator.")]
    approvers: list[str]
    stand_ins: list[str]
    rivals: Annotated[list[UUID], Field(description="Reservations that wait for the same time.")]
    decided_by: Actor | None
    decided_at: Annotated[Instant | None, Field(description="When it was closed, by whomever or whatever.")]
    comment: str | None
    version: int
    updated_at: Instant
