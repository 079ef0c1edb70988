"""The rows of a group and of its dates as they are once it is changed; what differs from the group keeps doing so."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from libs.contracts.values import Window
from services.policy.core.back_office import ReservationChange
from services.policy.core.ledger import Reservation, ReservationGroup, Slice
from services.policy.core.recurrence.graph import as_graph
from services.policy.core.recurrence.rule import Recurrence
from services.policy.core.recurrence.stored import as_text


def group_after(
    group: ReservationGroup, first: Window, recurrence: Recurrence, change: ReservationChange, now: datetime
) -> ReservationGroup:
    """Return a group as it would be, with its first date at `first`."""
    after = replace(
        group,
        starts_at=first.start,
        ends_at=first.end,
        rules=as_text(recurrence),
        recurrence=as_graph(recurrence, group.time_zone) or {},
        title=change.title if change.title is not None else group.title,
        attendee_count=change.attendee_count if change.attendee_count is not None else group.attendee_count,
        override_reason=change.override_reason or group.override_reason,
        version=group.version + 1,
        updated_at=now,
    )
    if change.changes_organizer:
        after = replace(after, organizer_name=change.organizer_name, organizer_address=change.organizer_address)
    return after


def make_own(after: ReservationGroup, new_id: UUID, now: datetime) -> ReservationGroup:
    """Return the dates of a group from one on as a group of their own."""
    return replace(after, id=new_id, version=1, created_at=now)


def date_after(
    before: Reservation, group: ReservationGroup, after: ReservationGroup, day: date, window: Window
) -> Reservation:
    """Return a date of a group as it would be; what differs from the group before keeps doing so."""
    changed = replace(before, group_id=after.id, original_date=day, starts_at=window.start, ends_at=window.end)
    for name in ("title", "attendee_count", "organizer_name", "organizer_address"):
        if getattr(before, name) == getattr(group, name):
            changed = replace(changed, **{name: getattr(after, name)})
    return replace(changed, version=before.version + 1)


def stay(before: Reservation, group: ReservationGroup, after: ReservationGroup, day: date) -> Reservation:
    """Return a date of a group that stays as it is booked, and follows its group in what no rule looks at."""
    moved = date_after(before, group, after, day, before.window)
    return replace(
        moved,
        attendee_count=before.attendee_count,
        organizer_name=before.organizer_name,
        organizer_address=before.organizer_address,
    )


def redate(
    ledger: Slice, since: date | None, after: ReservationGroup, days: int
) -> list[tuple[Reservation, Reservation]]:
    """Have the dates that were cancelled or declined follow their group, so that they stay left out."""
    found: list[tuple[Reservation, Reservation]] = []
    for day, known in ledger.dates.items():
        dead = known.reservation
        if dead is None or dead.is_live or (since is not None and day < since):
            continue
        moved = replace(dead, original_date=day + timedelta(days=days), group_id=after.id)
        if moved != dead:
            found.append((dead, replace(moved, version=dead.version + 1, updated_at=ledger.now)))
    return found
