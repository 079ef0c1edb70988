"""Take from a meeting what a decision depends on, and what its reservation keeps of it."""

from collections.abc import Collection
from dataclasses import replace
from uuid import UUID

from libs.contracts.patterns import pattern_of
from libs.contracts.titles import Title, title_of
from libs.contracts.values import Meeting, Outcome
from services.policy.core.changes import Change, Save
from services.policy.core.holds import retitle_hold
from services.policy.core.ledger import Judged, Reservation, Slice
from services.policy.core.people import address_of, count_people


def judged_of(meeting: Meeting, rooms: Collection[str]) -> Judged:
    """Return the facts of a meeting that a decision depends on. Subject and body are not among them.

    `rooms` are the addresses known to be rooms, the room's own among them.
    """
    organizer = address_of(meeting.organizer) if meeting.organizer and not meeting.is_room_owned else None
    listing = meeting.series
    return Judged(
        window=meeting.window,
        organizer=organizer,
        people=count_people(meeting, rooms),
        is_series=meeting.is_series,
        pattern=pattern_of(listing.recurrence, listing.time_zone) if listing is not None else None,
    )


def details_of(meeting: Meeting, live: Reservation | None) -> tuple[str, bool]:
    """Return the title that a reservation is to have, and whether it is private."""
    title = title_of(meeting, Title(live.title, live.is_private) if live is not None else None)
    return title.text, title.is_private


def follow_details(ledger: Slice, meeting: Meeting) -> list[Change]:
    """Copy a new title, or a change of privacy, to the reservation and its hold; neither has to be judged."""
    live = ledger.live
    if live is None:
        return []
    title, is_private = details_of(meeting, live)
    if (title, is_private) == (live.title, live.is_private):
        return []
    retitled = replace(live, title=title, is_private=is_private, version=live.version + 1, updated_at=ledger.now)
    return [Save(retitled, live), *retitle_hold(ledger, title, live.id)]


def reserve_for(meeting: Meeting, judged: Judged, ledger: Slice, new_id: UUID) -> Reservation:
    """Return the confirmed reservation that a meeting asks for: the live one brought up to date, or a new one."""
    live = ledger.live
    title, is_private = details_of(meeting, live)
    return Reservation(
        id=live.id if live else new_id,
        space_id=ledger.space.id,
        group_id=None,
        status="confirmed",
        starts_at=judged.window.start,
        ends_at=judged.window.end,
        time_zone=ledger.space.time_zone,
        title=title,
        is_private=is_private,
        organizer_name=meeting.organizer.name if meeting.organizer and judged.organizer else None,
        organizer_address=judged.organizer,
        attendee_count=judged.people,
        origin="outlook",
        outcome=Outcome.ACCEPT,
        reasons=(),
        warnings=(),
        policies=(),
        ical_uid=meeting.ical_uid,
        original_date=None,
        version=1,
        created_at=ledger.now,
        updated_at=ledger.now,
    )
