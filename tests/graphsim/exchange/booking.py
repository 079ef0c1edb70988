"""The resource booking attendant: a room on AutoAccept answers by itself, some moments after the invitation came.

It looks at requests only, never at what was written straight onto the room's calendar, and leaves external ones alone
unless told to process them. What it accepts it rewrites in a second write.

Source: https://learn.microsoft.com/en-us/powershell/module/exchangepowershell/set-calendarprocessing
"""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import takewhile

from tests.graphsim.exchange import exceptions, lateness, occurrences, responding
from tests.graphsim.exchange.mailbox import SimulatedMailbox
from tests.graphsim.exchange.stored_event import StoredEvent
from tests.graphsim.exchange.world import World

DAY = timedelta(days=1)
HOLDING = frozenset({"accepted", "tentativelyAccepted", "organizer"})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the room makes of a request: an `objection` to all of it, or none.

    A series may be taken `until` a day only, and without the dates of `conflicts`, each with its reason.
    """

    objection: str | None = None
    until: date | None = None
    conflicts: dict[date, str] = field(default_factory=dict)


def consider_later(world: World, mailbox: SimulatedMailbox, copy: StoredEvent) -> None:
    """Answer the request once the attendant gets to it, unless it was overtaken by then."""
    revision = copy.revision

    def consider() -> None:
        now = occurrences.again(copy)
        if now is not None and not now.is_cancelled and now.revision == revision:
            _consider(world, mailbox, now)

    world.timers.later(world.options.attendant_delay, consider)


def _consider(world: World, mailbox: SimulatedMailbox, copy: StoredEvent) -> None:
    if copy.organizer.key not in world.mailboxes and not mailbox.processing.process_external:
        return
    if copy.answer.response == "notResponded":
        verdict = judge(world, mailbox, copy)
        if verdict.objection is not None:
            responding.answer(world, mailbox, copy, "declined", comment=verdict.objection)
            return
        _accept(world, mailbox, copy, verdict)
    revision = copy.revision

    def rewrite() -> None:
        # An accepted copy may have been written as a new item by then.
        current = mailbox.copy_of(copy.ical_uid) if copy.original is None else occurrences.again(copy)
        if current is not None and current.revision == revision:
            _rewrite(world, mailbox, current)

    world.timers.later(world.options.attendant_delay, lambda: lateness.when_there(mailbox, copy.clean_uid, rewrite))


def _accept(world: World, mailbox: SimulatedMailbox, copy: StoredEvent, verdict: Verdict) -> None:
    """Accept, cut to the horizon if need be, and then decline each date that conflicts, with a mail for each."""
    comment = None
    if verdict.until is not None and copy.details.recurrence is not None:
        rule = copy.details.recurrence
        limits = rule["range"] | {"type": "endDate", "endDate": verdict.until.isoformat(), "numberOfOccurrences": 0}
        exceptions.take_details(copy, replace(copy.details, recurrence=rule | {"range": limits}))
        comment = f"The meeting was accepted until {verdict.until}."
    responding.answer(world, mailbox, copy, "accepted", comment=comment)

    def decline_conflicts() -> None:
        current = mailbox.copy_of(copy.ical_uid)
        for day, reason in verdict.conflicts.items():
            occurrence = None if current is None else occurrences.at(current, day)
            if occurrence is not None:
                responding.answer(world, mailbox, occurrence, "declined", comment=reason)

    # An accepted copy may be written as a new item first.
    lateness.when_there(mailbox, copy.clean_uid, decline_conflicts)


def judge(world: World, mailbox: SimulatedMailbox, copy: StoredEvent) -> Verdict:
    """Say whether the room can take the meeting, and which of its dates it cannot."""
    rules = mailbox.processing
    start, end = copy.details.occupied
    if copy.is_series and not rules.allow_recurring_meetings:
        return Verdict("The room does not take recurring meetings.")
    if rules.maximum_duration_minutes and end - start > timedelta(minutes=rules.maximum_duration_minutes):
        return Verdict(f"The meeting is longer than the {rules.maximum_duration_minutes} minutes allowed.")
    horizon = world.clock() + timedelta(days=rules.booking_window_days + 1)
    goes_on = copy.is_series and any(slot.end > horizon for slot in occurrences.expansion(copy))
    if end > horizon or (goes_on and rules.enforce_scheduling_horizon):
        return Verdict(f"The meeting goes on for more than {rules.booking_window_days} days from now.")
    until = (horizon - DAY).date() if goes_on else None
    return Verdict(until=until) if rules.allow_conflicts else _judge_conflicts(mailbox, copy, until)


def _judge_conflicts(mailbox: SimulatedMailbox, copy: StoredEvent, until: date | None) -> Verdict:
    """Below both thresholds, a series is taken without the dates that conflict; above one, it is not taken."""
    wanted = _dates(copy, until) if copy.is_series else [copy]
    found = [(each, other) for each in wanted if (other := _conflict(mailbox, copy, each)) is not None]
    reasons = [f"The meeting conflicts with one by {other.organizer.name}." for _, other in found]
    rules, percentage = mailbox.processing, 100 * len(found) / len(wanted)
    is_bearable = len(found) <= rules.maximum_conflict_instances and percentage <= rules.conflict_percentage_allowed
    if found and not (copy.is_series and is_bearable):
        return Verdict(reasons[0])
    days = [each.original.day for each, _ in found if each.original is not None]
    return Verdict(until=until, conflicts=dict(zip(days, reasons, strict=True)))


def _dates(series: StoredEvent, until: date | None) -> list[StoredEvent]:
    slots = takewhile(lambda slot: until is None or slot.day <= until, occurrences.expansion(series))
    return [each for slot in slots if (each := occurrences.at(series, slot.day)) is not None]


def _conflict(mailbox: SimulatedMailbox, copy: StoredEvent, wanted: StoredEvent) -> StoredEvent | None:
    start, end = wanted.details.occupied
    near = occurrences.in_window(mailbox, start - DAY, end + DAY)
    return next((each for each in near if (each.master or each) is not copy and _holds(each, start, end)), None)


def _holds(event: StoredEvent, start: datetime, end: datetime) -> bool:
    if event.is_cancelled or event.shows_as == "free" or event.answer.response not in HOLDING:
        return False
    held_from, held_to = event.details.occupied
    return held_from < end and start < held_to


def _rewrite(world: World, mailbox: SimulatedMailbox, copy: StoredEvent) -> None:
    """Strip what the room's settings strip: the subject becomes the organizer's name, the body goes."""
    if copy.deleted_at is not None or copy.is_cancelled:
        return
    rules = mailbox.processing
    details = copy.details
    if rules.delete_subject:
        details = replace(details, subject="")
    if rules.add_organizer_to_subject:
        details = replace(details, subject=f"{copy.organizer.name} {details.subject}".strip())
    if rules.delete_comments:
        details = replace(details, body="")
    if rules.remove_private_property:
        details = replace(details, sensitivity="normal")
    if details != copy.details:
        exceptions.take_details(copy, details)
        world.write(mailbox, copy)
