"""Commands from the back office: make, change and cancel reservations, judged by the same rules as invitations.

Each runs inside the caller's transaction, by the database's clock. A refusal changes no reservation; one by the rules,
or because the space is taken, is recorded in the audit.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import assert_never
from uuid import UUID, uuid4

from libs.common.db import Connection
from libs.contracts.message import Message
from libs.contracts.values import Actor, Outcome, Reason, Window
from services.policy.commands.alternatives import find_alternatives
from services.policy.commands.apply import Patience, apply
from services.policy.commands.errors import OverrideNotPermitted
from services.policy.commands.meeting_moves import read_for_move, waits_with_its_series
from services.policy.commands.unknown import UnknownReservation, UnknownSpace
from services.policy.commands.versions import check_version
from services.policy.commands.windows import check_distance, window_between
from services.policy.core.actors import may_override
from services.policy.core.advice import advise
from services.policy.core.alternatives import NO_ALTERNATIVES, Alternatives
from services.policy.core.asked_moves import decide_or_ask
from services.policy.core.back_office import (
    CancellationRequest,
    Denied,
    Granted,
    ReservationChange,
    ReservationRequest,
    Ruling,
    decide_cancellation,
    decide_change,
    decide_request,
)
from services.policy.core.explanations import Explanation, TimeNotChangeable
from services.policy.core.ledger import Reservation, Slice
from services.policy.core.meeting_change import is_held_by_invitation
from services.policy.core.place import Place
from services.policy.core.recurring.cancelling import decide_series_cancellation
from services.policy.core.recurring.known import find_series
from services.policy.core.wording import state_reason
from services.policy.store import reservations, slices
from services.policy.store.constraints import ChangedBeforeLocked

__all__ = [
    "CancellationRequest",
    "Forecast",
    "ReservationChange",
    "ReservationRefused",
    "ReservationRequest",
    "Reserved",
    "Result",
    "cancel_reservation",
    "change_reservation",
    "check_reservation",
    "create_reservation",
]


@dataclass(frozen=True, slots=True)
class Reserved:
    """The command is carried out: the reservation as it is now, and the messages to send."""

    reservation: Reservation
    messages: Sequence[Message]


@dataclass(frozen=True, slots=True)
class ReservationRefused:
    """The command is refused: every reason, what would help, and what could be booked instead."""

    reasons: tuple[Reason, ...]
    advice: str
    alternatives: Alternatives
    messages: Sequence[Message] = ()

    @property
    def detail(self) -> str:
        """Return all of it in sentences."""
        return " ".join([*(reason.message for reason in self.reasons), self.advice]).rstrip()


Result = Reserved | ReservationRefused


@dataclass(frozen=True, slots=True)
class Forecast:
    """What would be decided about a request now, with every reason and warning, and what could be booked instead."""

    outcome: Outcome
    reasons: tuple[Reason, ...]
    warnings: tuple[Reason, ...]
    alternatives: Alternatives


async def create_reservation(conn: Connection, request: ReservationRequest, patience: Patience, *, by: Actor) -> Result:
    """Reserve a space if nothing speaks against it. Raises `OverrideNotPermitted`, `InvalidWindow`, `UnknownSpace`."""
    request = _check_request(request, by)
    await slices.lock_space(conn, request.space_id, request.organizer_address)
    ledger, ruling = await _rule(conn, request)
    return await _carry_out(conn, ledger, ruling, patience, by)


async def check_reservation(conn: Connection, request: ReservationRequest, *, by: Actor) -> Forecast:
    """Say what would be decided about a request now, and change nothing. Raises what `create_reservation` raises.

    Nothing is locked, so another request may come first.
    """
    ledger, ruling = await _rule(conn, _check_request(request, by))
    place = ledger.space.place
    match ruling:
        case Granted(reservation):
            reasons, warnings = _state(reservation.reasons, place), _state(reservation.warnings, place)
            return Forecast(reservation.outcome, reasons, warnings, Alternatives())
        case Denied(reasons):
            warnings = _state(ruling.warnings, place)
            alternatives = await _find_alternatives(conn, ledger, ruling)
            return Forecast(Outcome.DECLINE, _state(reasons, place), warnings, alternatives)
        case _:
            assert_never(ruling)


def _check_request(request: ReservationRequest, by: Actor) -> ReservationRequest:
    """Return a request in whole seconds. Raises what can be told without the ledger, so that nobody waits for it."""
    _check_override(request.override_reason, by)
    window = window_between(request.start, request.end)
    return replace(request, start=window.start, end=window.end)


async def _rule(conn: Connection, request: ReservationRequest) -> tuple[Slice, Ruling]:
    """Decide about a request on the ledger as it is."""
    new_id = request.instead_of.booked_as if request.instead_of is not None else uuid4()
    window = Window(start=request.start, end=request.end)
    try:
        ledger = await slices.of_reservation(conn, request.space_id, new_id, window, request.organizer_address)
    except slices.MissingSpace as error:
        raise UnknownSpace(request.space_id) from error
    check_distance(window, ledger.now)
    return ledger, decide_request(request, ledger, new_id)


async def change_reservation(
    conn: Connection,
    reservation_id: UUID,
    change: ReservationChange,
    *,
    expected_version: int | None,
    patience: Patience,
    by: Actor,
) -> Result:
    """Change a reservation; a change that cannot be granted leaves it as it was.

    The time of a meeting in Outlook is changed there, or proposed to its organizer until `patience.proposals` is over;
    so are those of several dates of a series.
    Raises `OverrideNotPermitted`, `UnknownReservation`, `InvalidWindow`, `StaleVersion`.
    """
    _check_override(change.override_reason, by)
    before, ledger = await _read_current(conn, reservation_id, expected_version, change)
    if change.scope == "this" and await waits_with_its_series(conn, before, change):
        ruling: Ruling = Denied((TimeNotChangeable(why="awaits_approval"),))
    elif is_held_by_invitation(before):
        ledger, decide = await read_for_move(conn, before, change, ledger, patience)
        ruling = decide_or_ask(before, change, ledger, decide)
    else:
        ruling = decide_change(before, change, ledger)
    return await _carry_out(conn, ledger, ruling, patience, by)


async def cancel_reservation(
    conn: Connection,
    reservation_id: UUID,
    *,
    wanted: CancellationRequest,
    expected_version: int | None,
    patience: Patience,
    by: Actor,
) -> Result:
    """Cancel a reservation, unless that comes too late by the policies; the organizer of an invitation is told why.

    Of a series in Outlook as many dates as are wanted are cancelled, all or none.
    Raises `OverrideNotPermitted`, `UnknownReservation`, `StaleVersion`.
    """
    _check_override(wanted.override_reason, by)
    before, ledger = await _read_current(conn, reservation_id, expected_version, None)
    series = find_series(before)
    if wanted.scope == "this" or series is None:
        return await _carry_out(conn, ledger, decide_cancellation(before, wanted, ledger), patience, by)
    ledger = await slices.of_meeting(conn, series, (), None)
    return await _carry_out(conn, ledger, decide_series_cancellation(before, wanted, ledger), patience, by)


async def _read_current(
    conn: Connection, reservation_id: UUID, expected_version: int | None, change: ReservationChange | None
) -> tuple[Reservation, Slice]:
    place = await reservations.place_of(conn, reservation_id)
    if place is None:
        raise UnknownReservation(reservation_id)
    space_id, organizer = place
    if change is not None and change.changes_organizer:
        organizer = change.organizer_address
    await slices.lock_space(conn, space_id, organizer)
    found = await slices.of_reservation(conn, space_id, reservation_id, None)
    before = found.reservation
    if before is None:
        raise UnknownReservation(reservation_id)
    if change is not None:
        counted = change.organizer_address if change.changes_organizer else before.organizer_address
        if counted != organizer and any(each.rule.counts_others for each in found.policies):
            raise ChangedBeforeLocked(f"the organizer of {reservation_id} changed while its locks were waited for")
    if change is not None and (change.start is not None or change.end is not None):
        check_distance(window_between(change.start or before.starts_at, change.end or before.ends_at), found.now)
    check_version(expected_version, before.version)
    if change is not None:
        wanted = Window(start=change.start or before.starts_at, end=change.end or before.ends_at)
        found = await slices.of_reservation(conn, space_id, reservation_id, wanted, organizer)
    return before, found


def _check_override(reason: str | None, by: Actor) -> None:
    if reason is not None and not may_override(by):
        raise OverrideNotPermitted(by.kind)


async def _carry_out(conn: Connection, ledger: Slice, ruling: Ruling, patience: Patience, by: Actor) -> Result:
    """Apply the decision, granted or not, and put a refusal into words for the caller."""
    messages = await apply(conn, ledger, ruling.decision, patience, by=by)
    match ruling:
        case Granted(reservation):
            return Reserved(reservation, messages)
        case Denied(reasons):
            place = ledger.space.place
            alternatives = await _find_alternatives(conn, ledger, ruling)
            advice = " ".join(advise(reasons, alternatives, place))
            return ReservationRefused(_state(reasons, place), advice, alternatives, messages)
        case _:
            assert_never(ruling)


def _state(reasons: Sequence[Explanation], place: Place) -> tuple[Reason, ...]:
    return tuple(state_reason(each, place) for each in reasons)


async def _find_alternatives(conn: Connection, ledger: Slice, denied: Denied) -> Alternatives:
    if denied.asked is None:
        return NO_ALTERNATIVES
    return await find_alternatives(conn, ledger, denied.asked, denied.reasons)
