"""A reservation as everybody is shown it: by the HTTP API and in the replies to commands."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from libs.contracts.approvals import OrganizerOut
from libs.contracts.fields import MomentOut
from libs.contracts.problems import AlternativesOut
from libs.contracts.values import Actor, Answer, Outcome, Reason, Value

PolicyEffect = Literal["deny", "approve", "warn", "shadow"]


class JudgedByOut(Value):
    """A policy that judged a reservation, in which version, and whether the reservation keeps to it."""

    policy_id: UUID
    version: int
    kind: str
    effect: PolicyEffect
    held: bool


class DecisionOut(Value):
    """What was decided, every rule that spoke against it, those that only warned, and every policy that judged it."""

    outcome: Outcome
    reasons: list[Reason] = Field([])
    warnings: list[Reason] = Field([])
    policies: list[JudgedByOut] = Field([])
    override_reason: Annotated[str | None, Field(description="Why an administrator let it break rules.")] = None
    grandfathered: Annotated[
        bool,
        Field(
            description="Whether it breaks a rule, and was taken over as it stood when its space was mapped. It is "
            "judged when it changes."
        ),
    ] = False
    late_cancellation: Annotated[bool, Field(description="Whether it was cancelled later than policies allow.")] = False


class ForecastOut(Value):
    """What would be decided now, every reason, and what could be booked instead."""

    outcome: Outcome
    reasons: list[Reason]
    warnings: list[Reason]
    alternatives: AlternativesOut


class RefusedRequestOut(Value):
    """A change of the meeting that was refused; the reservation stands as it was until the meeting changes again."""

    start: MomentOut
    end: MomentOut
    attendee_count: int
    reasons: list[Reason]
    at: MomentOut


class RequestedChangeOut(Value):
    """A change of what is booked that waits for an administrator; the reservation stands as it is until then."""

    start: MomentOut
    end: MomentOut
    attendee_count: int
    approval_id: Annotated[UUID, Field(description="The question to administrators, in `/v1/approvals`.")]


class ProposedChangeOut(Value):
    """Another time that the room proposes to the organizer of a meeting in Outlook, and holds until then.

    The reservation stands as it is until the organizer accepts.
    """

    start: MomentOut
    end: MomentOut
    until: MomentOut


class InOutlook(Value):
    """How the reservation stands in Outlook.

    writing: Outlook is being brought up to date; failed: that did not work, and `detail` says why; the next comparison
    tries again, unless something on the calendar undid it again and again.
    """

    ical_uid: str | None
    state: Literal["in_sync", "writing", "failed"]
    answer: Answer | None
    detail: str | None


class ReservationOut(Value):
    """A reservation. `outlook` is null where the space is mapped to no mailbox and no invitation stands behind it."""

    id: UUID
    space_id: UUID
    group_id: Annotated[UUID | None, Field(description="The series that it is an occurrence of.")]
    original_date: Annotated[
        date | None,
        Field(description="The date that the series' pattern gives it, in the series' zone, wherever it was moved."),
    ]
    status: Literal["pending", "confirmed", "declined", "cancelled"]
    start: MomentOut
    end: MomentOut
    time_zone: str
    title: str
    is_private: bool
    organizer: OrganizerOut | None
    attendee_count: int
    origin: Literal["outlook", "api", "command"]
    decision: DecisionOut
    warnings: Annotated[list[Reason], Field(description="As in `decision`: rules it breaks that only warn.")]
    refused_request: RefusedRequestOut | None
    requested_change: RequestedChangeOut | None
    proposed_change: ProposedChangeOut | None
    outlook: InOutlook | None
    kept_without_invitation: bool
    yields: Annotated[
        bool,
        Field(
            description="Whether it blocks only what no other reservation takes of its time, because its event on the "
            "room's calendar is partly in the way of others. Once nothing else has its time, it blocks all of it."
        ),
    ]
    made_by: Actor
    changed_by: Annotated[Actor, Field(description="By whom this version was made.")]
    cancelled_by: Actor | None
    version: int
    created_at: MomentOut
    updated_at: MomentOut
