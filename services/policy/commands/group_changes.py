"""Commands about groups that are there: change or cancel one, or what is to come of it, or roll it forward.

Each runs inside the caller's transaction, by the database's clock, under the locks of the space.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID, uuid4

from libs.common.db import Connection
from libs.contracts.message import Message
from libs.contracts.values import Actor
from services.policy.commands.apply import Patience, apply
from services.policy.commands.errors import UnusableRecurrence
from services.policy.commands.groups import GroupResult, carry_out, check_override
from services.policy.commands.unknown import UnknownReservation, UnknownReservationGroup
from services.policy.commands.versions import check_version
from services.policy.commands.windows import check_distance, window_between
from services.policy.core.actors import SYSTEM
from services.policy.core.back_office import CancellationRequest
from services.policy.core.explanations import TimeNotChangeable
from services.policy.core.groups.cancel import cancel_group
from services.policy.core.groups.change import change_group
from services.policy.core.groups.decide import GroupDenied, PlannedGroup
from services.policy.core.groups.plan import plan_dates
from services.policy.core.groups.planned_change import GroupChange, Meant, plan_change
from services.policy.core.groups.request import recurrence_of
from services.policy.core.groups.roll import new_dates, roll_group
from services.policy.core.ledger import Reservation, Slice
from services.policy.core.recurrence.rule import InvalidRecurrence
from services.policy.store import groups, reservations, slices
from services.policy.store.constraints import ChangedBeforeLocked

Several = Literal["following", "all"]


@dataclass(frozen=True, slots=True)
class Expected:
    """Which dates of a group are meant: all, or those from one of its reservations on, and which version was read.

    The version is that of the reservation if one is named, else that of the group.
    """

    reservation_id: UUID | None = None
    scope: Several = "all"
    version: int | None = None


@dataclass(frozen=True, slots=True)
class MeantDates:
    """A group as it is under its locks, the date that was named, and from which date on the group is meant."""

    ledger: Slice
    named: Reservation | None = None
    since: date | None = None


async def cancel_dates(
    conn: Connection, group_id: UUID, *, wanted: CancellationRequest, expected: Expected, patience: Patience, by: Actor
) -> GroupResult:
    """Cancel what is to come of a group, unless that comes too late for any date of it by the policies.

    Raises `OverrideNotPermitted`, `UnknownReservationGroup`, `UnknownReservation`, `StaleVersion`.
    """
    check_override(wanted.override_reason, by)
    meant = await lock_dates(conn, group_id, expected)
    if meant.ledger.group is None or meant.ledger.group.rules is None:
        refused = GroupDenied((TimeNotChangeable(why="whole_series"),))
        return await carry_out(conn, meant.ledger, refused, patience, by=by)
    return await carry_out(conn, meant.ledger, cancel_group(meant.ledger, wanted, meant.since), patience, by=by)


async def change_dates(
    conn: Connection, group_id: UUID, *, change: GroupChange, expected: Expected, patience: Patience, by: Actor
) -> GroupResult:
    """Change what is to come of a group; a change that cannot be granted for every date leaves all as it was.

    The group in the result is the one that the named date, or the first to come, is of by then. Raises
    `OverrideNotPermitted`, `UnknownReservationGroup`, `UnknownReservation`, `InvalidWindow`, `UnusableRecurrence`,
    `StaleVersion`.
    """
    wanted = change.of_dates
    check_override(wanted.override_reason, by)
    organizer = wanted.organizer_address if wanted.changes_organizer else None
    meant = await lock_dates(conn, group_id, expected, organizer)
    known = meant.ledger
    group = known.group
    if group is None or group.rules is None:
        refused = GroupDenied((TimeNotChangeable(why="whole_series"),))
        return await carry_out(conn, known, refused, patience, by=by)
    reference = meant.named.window if meant.named is not None else group.window
    window = window_between(wanted.start or reference.start, wanted.end or reference.end)
    check_distance(window, known.now)
    try:
        which = Meant(meant.named, meant.since)
        changed = plan_change(known, which, change, patience.series, uuid4())
    except InvalidRecurrence as error:
        field = change.recurs.named if change.recurs is not None else "start"
        raise UnusableRecurrence(field, str(error)) from error
    organizer = changed.after.organizer_address
    ledger = await slices.of_group(conn, group.space_id, group_id, changed.windows, organizer)
    return await carry_out(conn, ledger, change_group(changed, change, ledger), patience, by=by)


async def lock_dates(conn: Connection, group_id: UUID, expected: Expected, organizer: str | None = None) -> MeantDates:
    """Read a group under its locks, and those of an organizer who is to have it, if another one is.

    Raises `ChangedBeforeLocked`, to be repeated, if the group has another organizer by then, whose bookings count.
    """
    place = await groups.place_of(conn, group_id)
    if place is None:
        raise UnknownReservationGroup(group_id)
    locked = organizer or place[1]
    await slices.lock_space(conn, place[0], locked)
    ledger = await slices.of_group(conn, place[0], group_id)
    group = ledger.group
    if group is None:
        raise UnknownReservationGroup(group_id)
    if locked != (organizer or group.organizer_address) and any(each.rule.counts_others for each in ledger.policies):
        raise ChangedBeforeLocked(f"the organizer of the group {group_id} changed while its locks were waited for")
    if expected.reservation_id is None:
        check_version(expected.version, group.version)
        return MeantDates(ledger)
    named = await reservations.read(conn, expected.reservation_id)
    if named is None or named.group_id != group_id:
        raise UnknownReservation(expected.reservation_id)
    check_version(expected.version, named.version)
    return MeantDates(ledger, named, named.original_date if expected.scope == "following" else None)


async def roll_forward(conn: Connection, group_id: UUID, patience: Patience) -> Sequence[Message]:
    """Add the dates of a group that have come into view by now; nothing if it is gone, or complete."""
    place = await groups.place_of(conn, group_id)
    if place is None:
        return []
    space_id, organizer = place
    await slices.lock_space(conn, space_id, organizer)
    await groups.note_rolled(conn, group_id)
    known = await slices.of_group(conn, space_id, group_id)
    group = known.group
    if group is None or group.materialised_until is None:
        return []
    recurrence = recurrence_of(group.rules)
    plan = plan_dates(recurrence, group.window, group.time_zone, patience.series, known.now)
    planned = PlannedGroup(group, recurrence, plan)
    windows = [each.window for each in new_dates(planned, known)]
    ledger = await slices.of_group(conn, space_id, group_id, windows, organizer) if windows else known
    return await apply(conn, ledger, roll_group(planned, ledger), patience, by=SYSTEM)
