"""Tell what became of an event when it was imported, from the decision about it.

It is told from what the ledger holds after the decision: whether the time of the event has a reservation of its own.
Where others have some of it, the event is in conflict with them, whatever it blocks of what they leave.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from uuid import UUID

from libs.contracts.titles import title_of
from libs.contracts.values import Meeting, Occurrence, Outcome, Window
from services.policy.core.availability import Taken, find_conflicts, find_time_between
from services.policy.core.changes import Change, Decision, Record, Save
from services.policy.core.explanations import Explanation, SlotTaken, Stated
from services.policy.core.imports.item import ImportItem, ItemOutcome
from services.policy.core.ledger import Reservation, Slice
from services.policy.core.owned import is_hold
from services.policy.core.policies.rule import A_MINUTE
from services.policy.core.standing import Standing

LEFT_ALONE = Stated(
    rule="left_alone",
    message="An administrator cancelled the reservation of this event, so it is not taken over again until it changes.",
)

_BLOCKS_NOTHING = frozenset({"free", "cancelled", "over", "over_unanswered", "moved_to_the_past"})


def items_of(meeting: Meeting, ledger: Slice, decision: Decision) -> list[ImportItem]:
    """Return the item of an event, and one for each date of a series that is in conflict, by start.

    A recurring hold of ours is in conflict with nothing: what has the time of its dates are the reservations it is for.
    """
    if meeting.series is None:
        return [_item_of_single(meeting, ledger, decision)]
    if ledger.hold is not None and is_hold(meeting, ledger.hold):
        return [_new_item(meeting, _dates_of(meeting, ledger), "agreed")]
    return [_item_of_series(meeting, ledger, decision), *_items_of_dates(meeting, ledger, decision)]


def unreadable_item(ical_uid: str, at: Window, problem: str) -> ImportItem:
    """Return the item of an event that could not be read, or about which nothing could be decided."""
    why = Stated(rule="readable", message=problem)
    return ImportItem("outlook", ical_uid, ical_uid, None, at.start, at.end, "", "failed", (why,))


def _item_of_single(meeting: Meeting, ledger: Slice, decision: Decision) -> ImportItem:
    after = _reservation_after(ledger, decision)
    item = ImportItem(
        "outlook",
        meeting.ical_uid,
        meeting.ical_uid,
        after.id if after is not None else None,
        meeting.window.start,
        meeting.window.end,
        _title_of(meeting),
        None,
    )
    if decision.note in _BLOCKS_NOTHING:
        return replace(item, outcome="agreed")
    if decision.note in {"partly_blocked", "unmanaged"} or (after is not None and after.yields):
        return _left_over(item, meeting.window, ledger, decision, after)
    if meeting.is_unreadable:
        why = Stated(rule="readable", message="This event cannot be read as it is; its time is blocked all the same.")
        return replace(item, outcome="failed", reasons=(why,))
    return _settled(item, ledger.live, after, decision.changes)


def _settled(
    item: ImportItem, before: Reservation | None, after: Reservation | None, changes: tuple[Change, ...]
) -> ImportItem:
    """Return the item of what was decided: booked, asked about, declined, or as it was."""
    if after is None or not after.is_live:
        declined = [each for each in changes if isinstance(each, Record) and each.outcome is Outcome.DECLINE]
        if declined:
            return replace(item, outcome="declined", reasons=declined[0].reasons)
        return replace(item, outcome="agreed")
    if before is not None and not before.yields:
        return replace(item, outcome="agreed")
    outcome: ItemOutcome = "grandfathered" if after.grandfathered else "created_in_ledger"
    return replace(item, outcome=outcome, reasons=after.reasons)


def _left_over(
    item: ImportItem, window: Window, ledger: Slice, decision: Decision, after: Reservation | None
) -> ImportItem:
    """Return the item of an event that did not get its time: because of others, or because nothing can have it."""
    own = after.id if after is not None else None
    in_the_way = find_conflicts(window, ledger.space.buffers, ledger.taken, own)
    if in_the_way:
        reasons = tuple(_explain(window, ledger, each) for each in _each_once(in_the_way))
        return replace(item, outcome="conflict", reservation_id=in_the_way[0].reservation_id, reasons=reasons)
    refused = [each for each in decision.changes if isinstance(each, Record) and each.outcome is Outcome.DECLINE]
    is_left_alone = ledger.meeting is not None and ledger.meeting.standing is Standing.DECLINED
    reasons = refused[0].reasons if refused else (LEFT_ALONE,) if is_left_alone else ()
    return replace(item, outcome="failed", reasons=reasons)


def _item_of_series(meeting: Meeting, ledger: Slice, decision: Decision) -> ImportItem:
    dates = _dates_of(meeting, ledger)
    saved = [each for each in _saves(decision) if each.reservation.is_live and not each.reservation.yields]
    item = _new_item(meeting, dates, None)
    if decision.note in _BLOCKS_NOTHING:
        return replace(item, outcome="agreed")
    if any(each.before is None or each.before.yields for each in saved):
        broken = next((each.reservation.warnings for each in saved if each.reservation.grandfathered), None)
        outcome: ItemOutcome = "created_in_ledger" if broken is None else "grandfathered"
        return replace(item, outcome=outcome, reasons=broken or ())
    declined = [each for each in decision.changes if isinstance(each, Record) and each.outcome is Outcome.DECLINE]
    if decision.note == "declined" and declined:
        return replace(item, outcome="declined", reasons=declined[-1].reasons)
    is_in_conflict = dates and all(any(_in_the_way_of(each, ledger, decision)) for each in dates)
    return replace(item, outcome="conflict" if is_in_conflict and decision.note != "agreed" else "agreed")


def _new_item(meeting: Meeting, dates: Sequence[Occurrence], outcome: ItemOutcome | None) -> ImportItem:
    """Return the item of a series, which is at the first of its dates that are to come."""
    first = dates[0].window if dates else meeting.window
    return ImportItem(
        "outlook",
        meeting.ical_uid,
        meeting.ical_uid,
        None,
        first.start,
        first.end,
        _title_of(meeting),
        outcome,
        dates=len(dates),
    )


def _items_of_dates(meeting: Meeting, ledger: Slice, decision: Decision) -> Iterator[ImportItem]:
    """Return an item for each date of a series that others have some of; not of one that is declined as a whole."""
    if decision.note == "declined" or decision.note in _BLOCKS_NOTHING:
        return
    for each in _dates_of(meeting, ledger):
        in_the_way = _in_the_way_of(each, ledger, decision)
        if not in_the_way:
            continue
        yield ImportItem(
            "outlook",
            f"{meeting.ical_uid}/{each.original_date.isoformat()}",
            meeting.ical_uid,
            in_the_way[0].reservation_id,
            each.window.start,
            each.window.end,
            _title_of(meeting),
            "conflict",
            tuple(_explain(each.window, ledger, one) for one in _each_once(in_the_way)),
        )


def _dates_of(meeting: Meeting, ledger: Slice) -> list[Occurrence]:
    """Return the dates of a series that are to come and take their time."""
    found = meeting.series.occurrences if meeting.series is not None else ()
    return [
        each for each in found if not each.is_cancelled and each.shows_as != "free" and each.window.end > ledger.now
    ]


def _in_the_way_of(date: Occurrence, ledger: Slice, decision: Decision) -> list[Taken]:
    """Return what has some of the time of a date that has no reservation of all of its time."""
    saved = {each.reservation.original_date: each.reservation for each in _saves(decision) if each.reservation.is_live}
    known = ledger.dates.get(date.original_date)
    before = known.reservation if known is not None else None
    after = saved.get(date.original_date, before)
    if after is not None and after.is_live and not after.yields:
        return []
    own = {each.reservation.id for each in _saves(decision)} | {one.id for one in ledger.reservations}
    found = find_conflicts(date.window, ledger.space.buffers, ledger.taken, None)
    return [each for each in found if each.reservation_id not in own]


def _explain(window: Window, ledger: Slice, other: Taken) -> Explanation:
    between = find_time_between(window, ledger.space.buffers, other)
    return SlotTaken(
        reserved=Window(start=other.reserved_from, end=other.reserved_until),
        is_private=other.is_private,
        organizer=None if other.is_private else other.organizer_name,
        minutes_between=None if between is None else between // A_MINUTE,
    )


def _each_once(taken: list[Taken]) -> list[Taken]:
    found: dict[UUID, Taken] = {}
    for each in taken:
        found.setdefault(each.reservation_id, each)
    return list(found.values())


def _saves(decision: Decision) -> list[Save]:
    return [each for each in decision.changes if isinstance(each, Save)]


def _reservation_after(ledger: Slice, decision: Decision) -> Reservation | None:
    """Return the reservation of a single meeting after the decision."""
    saved = [each.reservation for each in _saves(decision)]
    return next((each for each in reversed(saved) if each.original_date is None), ledger.reservation)


def _title_of(meeting: Meeting) -> str:
    return title_of(meeting, None).text
