"""Commands about groups of reservations: make one, or say what would be decided about one.

Each runs inside the caller's transaction, by the database's clock, under the locks of the space.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import assert_never
from uuid import uuid4

from libs.common.db import Connection, database_now
from libs.contracts.message import Message
from libs.contracts.values import Actor, Outcome, Reason
from services.policy.commands.apply import Patience, apply
from services.policy.commands.errors import OverrideNotPermitted, UnusableRecurrence
from services.policy.commands.unknown import UnknownSpace
from services.policy.commands.windows import check_distance, window_between
from services.policy.core.actors import may_override
from services.policy.core.advice import advise
from services.policy.core.alternatives import NO_ALTERNATIVES
from services.policy.core.explanations import Explanation
from services.policy.core.groups.decide import (
    GroupDenied,
    GroupGranted,
    GroupRuling,
    PlannedGroup,
    decide_group,
    plan_group,
)
from services.policy.core.groups.plan import plan_dates
from services.policy.core.groups.request import GroupRequest
from services.policy.core.ledger import ReservationGroup, Slice
from services.policy.core.place import Place
from services.policy.core.recurrence.rule import InvalidRecurrence, Recurrence
from services.policy.core.recurring.judge import JudgedDate
from services.policy.core.verdict import Accept, NeedsApproval, Refuse
from services.policy.core.wording import state_reason
from services.policy.store import slices, spaces


@dataclass(frozen=True, slots=True)
class DateForecast:
    """What was, or would be, decided about one date of a group."""

    original_date: date
    outcome: Outcome
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class GroupReserved:
    """The command is carried out: the group as it is now, the messages to send, and each date that was judged."""

    group: ReservationGroup
    messages: Sequence[Message]
    occurrences: tuple[DateForecast, ...] = ()


@dataclass(frozen=True, slots=True)
class GroupRefused:
    """The command is refused: every reason, what would help, and the dates that speak against it."""

    reasons: tuple[Reason, ...]
    advice: str
    occurrences: tuple[DateForecast, ...]
    messages: Sequence[Message] = ()

    @property
    def detail(self) -> str:
        """Return all of it in sentences."""
        return " ".join([*(reason.message for reason in self.reasons), self.advice]).rstrip()


GroupResult = GroupReserved | GroupRefused


@dataclass(frozen=True, slots=True)
class GroupForecast:
    """What would be decided about a group now, and about each of its dates."""

    outcome: Outcome
    reasons: tuple[Reason, ...]
    warnings: tuple[Reason, ...]
    occurrences: tuple[DateForecast, ...]


async def create_group(conn: Connection, request: GroupRequest, patience: Patience, *, by: Actor) -> GroupResult:
    """Reserve a space for every date of a recurrence, up to the limits; later dates follow as time passes.

    Raises `OverrideNotPermitted`, `InvalidWindow`, `UnknownSpace`, `UnusableRecurrence`.
    """
    request, recurrence = await _check(conn, request, by)
    await slices.lock_space(conn, request.space_id, request.organizer_address)
    ledger, _, ruling = await _rule(conn, request, recurrence, patience)
    return await carry_out(conn, ledger, ruling, patience, by=by)


async def check_group(conn: Connection, request: GroupRequest, patience: Patience, *, by: Actor) -> GroupForecast:
    """Say what would be decided about a group now, and change nothing. Raises what `create_group` raises.

    Nothing is locked, so another request may come first.
    """
    request, recurrence = await _check(conn, request, by)
    ledger, planned, ruling = await _rule(conn, request, recurrence, patience)
    place = ledger.space.place
    outcome = ruling.outcome if isinstance(ruling, GroupGranted) else Outcome.DECLINE
    judged = ruling.judged or {}
    return GroupForecast(
        outcome,
        _state(ruling.reasons, place),
        _state(ruling.warnings, place),
        tuple(
            _forecast_date(judged[each.original_date], place, waits=outcome is Outcome.TENTATIVE)
            for each in planned.plan.dates
            if each.original_date in judged
        ),
    )


async def carry_out(
    conn: Connection, ledger: Slice, ruling: GroupRuling, patience: Patience, *, by: Actor
) -> GroupResult:
    """Apply the decision about a group, granted or not, and put a refusal into words for the caller."""
    messages = await apply(conn, ledger, ruling.decision, patience, by=by)
    place, waits = ledger.space.place, isinstance(ruling, GroupGranted) and ruling.outcome is Outcome.TENTATIVE
    dates = tuple(_forecast_date(each, place, waits=waits) for _, each in sorted((ruling.judged or {}).items()))
    match ruling:
        case GroupGranted(group):
            return GroupReserved(group, messages, dates)
        case GroupDenied(reasons):
            advice = " ".join(advise(reasons, NO_ALTERNATIVES, place))
            failing = tuple(each for each in dates if each.outcome is not Outcome.ACCEPT)
            return GroupRefused(_state(reasons, place), advice, failing, messages)
        case _:
            assert_never(ruling)


def check_override(reason: str | None, by: Actor) -> None:
    """Raise `OverrideNotPermitted` if somebody may not have rules broken for a reason."""
    if reason is not None and not may_override(by):
        raise OverrideNotPermitted(by.kind)


async def _check(conn: Connection, request: GroupRequest, by: Actor) -> tuple[GroupRequest, Recurrence]:
    """Return a request in whole seconds and its zone, and how it recurs, before anybody has to wait for it."""
    check_override(request.override_reason, by)
    window = window_between(request.start, request.end)
    zone = await spaces.time_zone_of(conn, request.space_id)
    if zone is None:
        raise UnknownSpace(request.space_id)
    try:
        request = replace(request, start=window.start, end=window.end).in_zone(zone)
    except InvalidRecurrence as error:
        raise UnusableRecurrence("time_zone", str(error)) from error
    try:
        return request, request.recurs.read(window, request.time_zone or zone)
    except InvalidRecurrence as error:
        raise UnusableRecurrence(request.recurs.named, str(error)) from error


async def _rule(
    conn: Connection, request: GroupRequest, recurrence: Recurrence, patience: Patience
) -> tuple[Slice, PlannedGroup, GroupRuling]:
    """Decide about a request on the ledger as it is: when its dates are depends on the database's clock alone."""
    new_id = uuid4()
    now = await database_now(conn)
    check_distance(request.window, now)
    plan = plan_dates(recurrence, request.window, request.time_zone or "UTC", patience.series, now)
    planned = plan_group(request, recurrence, plan, new_id, now)
    windows = [each.window for each in plan.dates]
    try:
        ledger = await slices.of_group(conn, request.space_id, new_id, windows, request.organizer_address)
    except slices.MissingSpace as error:
        raise UnknownSpace(request.space_id) from error
    return ledger, planned, decide_group(planned, ledger)


def _forecast_date(judged: JudgedDate, place: Place, *, waits: bool) -> DateForecast:
    match judged.verdict:
        case Accept():
            outcome, reasons = Outcome.TENTATIVE if waits else Outcome.ACCEPT, ()
        case NeedsApproval(reasons):
            outcome = Outcome.TENTATIVE
        case Refuse(reasons):
            outcome = Outcome.DECLINE
    return DateForecast(judged.asked.original_date, outcome, _state(reasons, place))


def _state(reasons: Sequence[Explanation], place: Place) -> tuple[Reason, ...]:
    return tuple(state_reason(each, place) for each in reasons)
