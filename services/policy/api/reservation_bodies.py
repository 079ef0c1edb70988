"""Reservations as JSON."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from libs.contracts.approvals import OrganizerOut
from libs.contracts.values import Actor, Answer, Outcome, Reason
from services.policy.api.fields import Body, Line, MomentIn, MomentOut, Prose, Remark, left_out, matching
from services.policy.api.paging import Cursor, Limit
from services.policy.api.problems import AlternativesOut, FreeSpaceOut, FreeWindow
from services.policy.commands.reservations import CancellationRequest, Forecast, ReservationChange, ReservationRequest
from services.policy.core.alternatives import Alternatives
from services.policy.core.explanations import AllowedByAdministrator, Explanation
from services.policy.core.late import is_late_cancellation
from services.policy.core.place import Place
from services.policy.core.policies.parameters import Address
from services.policy.core.policies.policy import Effect, Role
from services.policy.core.wording import state_reason
from services.policy.store.reading import ShownReservation

AttendeeCount = Annotated[
    int, Field(strict=True, ge=0, le=100_000, description="How many people come, the organizer included.")
]
_STATUSES = r"(pending|confirmed|declined|cancelled)(,(pending|confirmed|declined|cancelled)){0,3}"
_WHICH = "One or more of pending, confirmed, declined, cancelled, with commas between"
Statuses = Annotated[
    str, matching(_STATUSES, _WHICH), Field(json_schema_extra={"pattern": f"^{_STATUSES}$"}, description=f"{_WHICH}.")
]
OverrideReason = Annotated[Remark, Field(description="Why a rule may be broken; kept with the decision.")]


class Organizer(Body):
    """For whom a space is reserved."""

    name: Line | None = None
    email: Address


class NewReservation(Body):
    """A space to reserve from `start` until, not including, `end`: at most 366 days, within the next ten years."""

    space_id: UUID
    start: MomentIn
    end: MomentIn
    title: Line
    organizer: Organizer | None = None
    attendee_count: AttendeeCount = 0
    override_reason: OverrideReason | None = None

    def request(self, roles: frozenset[Role]) -> ReservationRequest:
        """Return what is asked of the ledger by a caller who has these roles."""
        return ReservationRequest(
            space_id=self.space_id,
            start=self.start,
            end=self.end,
            title=self.title,
            organizer_name=self.organizer.name if self.organizer else None,
            organizer_address=self.organizer.email if self.organizer else None,
            attendee_count=self.attendee_count,
            override_reason=self.override_reason,
            roles=roles,
        )


class ReservationPatch(Body):
    """What to change of a reservation; what is left out stays."""

    start: MomentIn = left_out()
    end: MomentIn = left_out()
    title: Line = left_out()
    organizer: Organizer | None = left_out()
    attendee_count: AttendeeCount = left_out()
    override_reason: OverrideReason | None = left_out()

    def change(self, roles: frozenset[Role]) -> ReservationChange:
        """Return what is asked of the ledger by a caller who has these roles."""
        return ReservationChange(
            start=self.start,
            end=self.end,
            title=self.title,
            attendee_count=self.attendee_count,
            changes_organizer="organizer" in self.model_fields_set,
            organizer_name=self.organizer.name if self.organizer else None,
            organizer_address=self.organizer.email if self.organizer else None,
            override_reason=self.override_reason,
            roles=roles,
        )


class Cancellation(Body):
    """How to cancel a reservation."""

    comment: Annotated[
        Prose | None, Field(description="What the organizer of an invitation is told as the reason.")
    ] = None
    override_reason: OverrideReason | None = None

    def wanted(self, roles: frozenset[Role]) -> CancellationRequest:
        """Return what is asked of the ledger by a caller who has these roles."""
        return CancellationRequest(self.comment or None, self.override_reason, roles)


class ReservationFilter(BaseModel):
    """Which reservations to list: those that overlap ``[from, to)``, in the order of their start."""

    model_config = ConfigDict(extra="forbid")

    space_id: UUID | None = None
    start: Annotated[MomentIn | None, Field(alias="from")] = None
    end: Annotated[MomentIn | None, Field(alias="to")] = None
    status: Statuses | None = None
    organizer: Annotated[Address | None, Field(description="Mail address of the organizer.")] = None
    title: Annotated[Line | None, Field(description="Part of the title, in upper or lower case.")] = None
    origin: Literal["outlook", "api", "command"] | None = None
    updated_since: Annotated[MomentIn | None, Field(description="Only what has changed since then.")] = None
    group_id: Annotated[UUID | None, Field(description="The series whose occurrences are wanted.")] = None
    limit: Limit = 100
    cursor: Cursor | None = None


class JudgedByOut(BaseModel):
    """A policy that judged a reservation, in which version, and whether the reservation keeps to it."""

    policy_id: UUID
    version: int
    kind: str
    effect: Effect
    held: bool


class DecisionOut(BaseModel):
    """What was decided, every rule that spoke against it, those that only warned, and every policy that judged it."""

    outcome: Outcome
    reasons: list[Reason] = []
    warnings: list[Reason] = []
    policies: list[JudgedByOut] = []
    override_reason: Annotated[str | None, Field(description="Why an administrator let it break rules.")] = None
    late_cancellation: Annotated[bool, Field(description="Whether it was cancelled later than policies allow.")] = False


class ForecastOut(BaseModel):
    """What would be decided now, every reason, and what could be booked instead."""

    outcome: Outcome
    reasons: list[Reason]
    warnings: list[Reason]
    alternatives: AlternativesOut


class RefusedRequestOut(BaseModel):
    """A change of the meeting that was refused; the reservation stands as it was until the meeting changes again."""

    start: MomentOut
    end: MomentOut
    attendee_count: int
    reasons: list[Reason]
    at: MomentOut


class InOutlook(BaseModel):
    """How the reservation stands in Outlook.

    writing: Outlook is being brought up to date; failed: that did not work, and `detail` says why; the next comparison
    tries again, unless something on the calendar undid it again and again.
    """

    ical_uid: str | None
    state: Literal["in_sync", "writing", "failed"]
    answer: Answer | None
    detail: str | None


class ReservationOut(BaseModel):
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


class ReservationList(BaseModel):
    """Reservations by start; `next` is the cursor of the next page, null on the last."""

    items: list[ReservationOut]
    next: str | None


def show_reservation(found: ShownReservation) -> ReservationOut:
    """Show a reservation."""
    return ReservationOut(
        id=found.id,
        space_id=found.space_id,
        group_id=found.group_id,
        original_date=found.original_date,
        status=found.status,
        start=found.starts_at,
        end=found.ends_at,
        time_zone=found.time_zone,
        title=found.title,
        is_private=found.is_private,
        organizer=_organizer(found),
        attendee_count=found.attendee_count,
        origin=found.origin,
        decision=_decision(found),
        warnings=_state_reasons(found, found.warnings),
        refused_request=_refused_request(found),
        outlook=_in_outlook(found),
        kept_without_invitation=found.kept_without_invitation,
        yields=found.yields,
        made_by=found.made_by,
        changed_by=found.changed_by,
        cancelled_by=found.cancelled_by,
        version=found.version,
        created_at=found.created_at,
        updated_at=found.updated_at,
    )


def show_alternatives(found: Alternatives) -> AlternativesOut:
    """Show what could be booked instead."""
    free = found.next_free
    return AlternativesOut(
        next_free=FreeWindow(start=free.start, end=free.end) if free is not None else None,
        spaces=[FreeSpaceOut(**asdict(each)) for each in found.spaces],
    )


def show_forecast(found: Forecast) -> ForecastOut:
    """Show what would be decided."""
    return ForecastOut(
        outcome=found.outcome,
        reasons=list(found.reasons),
        warnings=list(found.warnings),
        alternatives=show_alternatives(found.alternatives),
    )


def _decision(found: ShownReservation) -> DecisionOut:
    overrides = (each.reason for each in found.reasons if isinstance(each, AllowedByAdministrator))
    return DecisionOut(
        outcome=found.outcome,
        reasons=_state_reasons(found, found.reasons),
        warnings=_state_reasons(found, found.warnings),
        policies=[
            JudgedByOut(
                policy_id=each.policy_id, version=each.version, kind=each.kind, effect=each.effect, held=each.held
            )
            for each in found.policies
        ],
        override_reason=next(overrides, None),
        late_cancellation=any(map(is_late_cancellation, found.warnings)),
    )


def _organizer(found: ShownReservation) -> OrganizerOut | None:
    if found.organizer_address is None:
        return None
    return OrganizerOut(name=found.organizer_name, email=found.organizer_address)


def _refused_request(found: ShownReservation) -> RefusedRequestOut | None:
    refused = found.refused_request
    if refused is None:
        return None
    return RefusedRequestOut(
        start=refused.window.start,
        end=refused.window.end,
        attendee_count=refused.people,
        reasons=_state_reasons(found, refused.reasons),
        at=refused.at,
    )


def _state_reasons(found: ShownReservation, reasons: Sequence[Explanation]) -> list[Reason]:
    """Put stored reasons into words."""
    place = Place(found.space_name, found.time_zone)
    return [state_reason(each, place) for each in reasons]


def _in_outlook(found: ShownReservation) -> InOutlook | None:
    if found.ical_uid is None and not found.is_mapped:
        return None
    answer = Answer(found.shown_answer) if found.shown_answer is not None else None
    return InOutlook(
        ical_uid=found.ical_uid,
        state=_sync_state(found.intent_states),
        answer=answer,
        detail=found.why_given_up,
    )


def _sync_state(intent_states: list[str]) -> Literal["in_sync", "writing", "failed"]:
    if "given_up" in intent_states:
        return "failed"
    return "writing" if "issued" in intent_states else "in_sync"
