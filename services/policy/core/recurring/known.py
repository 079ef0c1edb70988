"""One date of a series as a meeting of its own, from what the ledger knows alone."""

from dataclasses import replace

from libs.contracts.keys import MeetingKey
from services.policy.core.ledger import KnownDate, Reservation, Slice
from services.policy.core.recurring.asked import slice_of


def find_series(reservation: Reservation) -> MeetingKey | None:
    """Return the key of the series in Outlook that a reservation is a date of; None if it is none."""
    if reservation.ical_uid is None or reservation.group_id is None:
        return None
    return MeetingKey(reservation.space_id, reservation.ical_uid)


def slice_of_booked(ledger: Slice, known: KnownDate) -> Slice:
    """Return the slice for one date of the slice's series.

    A date that was decided about with its series stands as it is booked, under the answer to its series.
    """
    found, series, booked = slice_of(ledger, known), ledger.meeting, known.reservation
    if found.meeting is not None or series is None or booked is None:
        return found
    own = replace(series, judged=booked.judged, event_id=None, reservation_id=booked.id, pending_look=None)
    return replace(found, meeting=own)
