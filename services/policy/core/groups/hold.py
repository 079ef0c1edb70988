"""How Outlook shows a group: by one recurring hold, or where no pattern of Graph's will do, by a hold for each date.

What is wanted follows from the group and its dates alone, whatever brought them about. So it is compared with what was
wanted before after each decision about any date, and it changes nothing to do so again.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import takewhile

from libs.contracts.intents import DropHold, HeldDate, HeldSeries, KeepHold
from libs.contracts.shown import shown_subject
from services.policy.core.changes import Change, Want
from services.policy.core.groups.dates import key_of
from services.policy.core.groups.request import recurrence_of
from services.policy.core.holds import find_hold, keep_hold
from services.policy.core.ledger import KnownDate, Reservation, ReservationGroup, Slice
from services.policy.core.recurrence.expand import expand
from services.policy.core.recurrence.graph import as_graph
from services.policy.core.recurring.asked import slice_of


def follow_in_outlook(ledger: Slice, *, anew: bool = False) -> list[Change]:
    """Want what shows the slice's group; nothing if that is wanted already, unless it is asked for `anew`."""
    group = ledger.group
    if group is None or group.rules is None:
        return []
    live = {day: known for day, known in ledger.dates.items() if _shown(known) is not None}
    series = hold_of_group(group, {day: each for day, known in live.items() if (each := _shown(known)) is not None})
    if series is None:
        return [*_drop(ledger, group), *_hold_singly(ledger, live.values(), anew=anew)]
    singles = (change for known in live.values() for change in _drop_single(ledger, known))
    if not anew and find_hold(ledger.hold) == series:
        return [*singles]
    return [Want(key_of(group), series, None), *singles]


def hold_of_group(group: ReservationGroup, dates: Mapping[date, Reservation]) -> KeepHold | None:
    """Return the recurring hold of a group with these dates; None if it has none, or no pattern has them."""
    on_pattern = sorted(dates)
    if not on_pattern:
        return None
    recurrence, last = recurrence_of(group.rules), on_pattern[-1]
    pattern = as_graph(recurrence, group.time_zone, last)
    if pattern is None:
        return None
    planned = takewhile(lambda each: each.original_date <= last, expand(recurrence, group.window, group.time_zone))
    windows = {each.original_date: each.window for each in planned}
    gone = {*recurrence.excluded, *windows} - dates.keys()
    exceptions = [HeldDate(original_date=day, window=None) for day in gone if recurrence.since <= day <= last]
    title = group.title or ""
    for day, each in dates.items():
        if day not in windows:
            continue  # it is over, and the pattern has changed since
        subject = None if shown_subject(each.title) == shown_subject(title) else each.title
        if each.window != windows[day] or subject is not None:
            exceptions.append(HeldDate(original_date=day, window=each.window, subject=subject))
    exceptions.sort(key=lambda each: each.original_date)
    return KeepHold(
        reservation_id=group.id,
        window=group.window,
        time_zone=group.time_zone,
        subject=title,
        series=HeldSeries(
            recurrence=pattern,
            exceptions=tuple(exceptions),
            dates=tuple(day for day in on_pattern if day in windows),
        ),
    )


def _shown(known: KnownDate) -> Reservation | None:
    """Return the reservation of a date if it is live and holds its time."""
    found = known.reservation
    return found if found is not None and found.is_live and not found.competes else None


def _drop(ledger: Slice, group: ReservationGroup) -> list[Change]:
    hold = find_hold(ledger.hold)
    if hold is None or ledger.hold is None:
        return []
    return [Want(key_of(group), DropHold(reservation_id=group.id, event_id=ledger.hold.event_id), None)]


def _hold_singly(ledger: Slice, dates: Iterable[KnownDate], *, anew: bool) -> Iterator[Change]:
    """Want a hold for each date that is to come, and none for those that are not booked any more."""
    shown = {each.reservation.id for each in dates if each.reservation is not None}
    for known in ledger.dates.values():
        booked = known.reservation
        if booked is None:
            continue
        if booked.id not in shown:
            yield from _drop_single(ledger, known)
        elif booked.ends_at > ledger.now:
            want, held = keep_hold(booked), find_hold(known.hold)
            if anew or held != want.goal:
                yield want


def _drop_single(ledger: Slice, known: KnownDate) -> list[Change]:
    own, hold = slice_of(ledger, known).hold, find_hold(known.hold)
    if own is None or hold is None or hold.window.end <= ledger.now:
        return []
    return [Want(own.key, DropHold(reservation_id=hold.reservation_id, event_id=own.event_id), hold.reservation_id)]
