"""The resource booking attendant: a room on AutoAccept answers by itself, some moments after the invitation came.

It looks at requests only, never at what was written straight onto the room's calendar, and leaves external ones alone
unless told to process them. What it accepts it rewrites in a second write.

Source: https://learn.microsoft.com/en-us/powershell/module/exchangepowershell/set-calendarprocessing
"""

from dataclasses import replace
from datetime import datetime, timedelta

from tests.graphsim.exchange import exceptions, lateness, occurrences, responding
from tests.graphsim.exchange.mailbox import SimulatedMailbox
from tests.graphsim.exchange.stored_event import StoredEvent
from tests.graphsim.exchange.world import World

DAY = timedelta(days=1)
# A yearly pattern has an occurrence within it.
LONGEST_GAP = timedelta(days=366)
HOLDING = frozenset({"accepted", "tentativelyAccepted", "organizer"})


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
        reason = objection(world, mailbox, copy)
        if reason is not None:
            responding.answer(world, mailbox, copy, "declined", comment=reason)
            return
        responding.answer(world, mailbox, copy, "accepted")
    revision = copy.revision

    def rewrite() -> None:
        # An accepted copy may have been written as a new item by then.
        current = mailbox.copy_of(copy.ical_uid) if copy.original is None else occurrences.again(copy)
        if current is not None and current.revision == revision:
            _rewrite(world, mailbox, current)

    world.timers.later(world.options.attendant_delay, lambda: lateness.when_there(mailbox, copy.clean_uid, rewrite))


def objection(world: World, mailbox: SimulatedMailbox, copy: StoredEvent) -> str | None:
    """Say why the room cannot take the meeting, or None."""
    rules = mailbox.processing
    start, end = copy.details.occupied
    if rules.maximum_duration_minutes and end - start > timedelta(minutes=rules.maximum_duration_minutes):
        return f"The meeting is longer than the {rules.maximum_duration_minutes} minutes allowed."
    horizon = world.clock() + timedelta(days=rules.booking_window_days + 1)
    if end > horizon or (copy.is_series and bool(occurrences.of_series(copy, horizon, horizon + LONGEST_GAP))):
        return f"The meeting goes on for more than {rules.booking_window_days} days from now."
    if rules.allow_conflicts:
        return None
    wanted = occurrences.of_series(copy, start, horizon) if copy.is_series else (copy,)
    other = next((found for each in wanted if (found := _conflict(mailbox, copy, each)) is not None), None)
    return None if other is None else f"The meeting conflicts with one by {other.organizer.name}."


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
