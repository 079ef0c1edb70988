"""What a series asks for, date by date, beside what the ledger has for each of its dates."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID, uuid5

from libs.contracts.keys import Key, MeetingKey
from libs.contracts.values import Answer, Meeting, Occurrence, SeriesListing
from services.policy.core.approvals.question import AskedFor, Question
from services.policy.core.case import Case
from services.policy.core.ledger import KnownDate, KnownMeeting, Reservation, Slice
from services.policy.core.policies.rule import AskedSeries
from services.policy.core.standing import Standing

UNKNOWN = KnownDate()


@dataclass(frozen=True, slots=True)
class PlannedDate:
    """One date of a series as the calendar shows it, as a case of its own, and what the ledger has for it."""

    original_date: date
    occurrence: Occurrence
    known: KnownDate
    case: Case

    @property
    def live(self) -> Reservation | None:
        """Return its live reservation, unless that is over."""
        return self.case.ledger.live

    @property
    def is_as_booked(self) -> bool:
        """Whether it is booked as it stands on the calendar."""
        return self.live is not None and self.live.is_granted and self.live.judged == self.case.judged

    @property
    def is_as_asked(self) -> bool:
        """Whether it waits with its series, as it stands on the calendar, for an administrator."""
        live = self.live
        is_pending = live is not None and live.status == "pending" and self.known.question is None
        return is_pending and live is not None and live.judged == self.case.judged


def listing_of(case: Case) -> SeriesListing:
    """Return what was listed of the series. Raises LookupError if it was not."""
    if case.meeting.series is None:
        raise LookupError("the series was observed without its occurrences")
    return case.meeting.series


def plan_dates(case: Case) -> Mapping[date, PlannedDate]:
    """Return the dates of a series that are on the calendar, not cancelled and not over, by original date."""
    found = (each for each in listing_of(case).occurrences if not each.is_cancelled and each.window.end > case.now)
    return {each.original_date: _plan(case, each) for each in found}


def gone_dates(case: Case, planned: Mapping[date, PlannedDate]) -> Iterator[tuple[date, KnownDate]]:
    """Return the dates that have live reservations and are no longer on the calendar, as far as it was listed."""
    until = listing_of(case).listed_until
    for day, known in case.ledger.dates.items():
        live = known.reservation
        if live is None or not live.is_live or live.ends_at <= case.now or day in planned:
            continue
        if until is None or live.starts_at < until:
            yield day, known


def slice_of(ledger: Slice, known: KnownDate) -> Slice:
    """Return the slice of the ledger for one date of the slice's series."""
    return replace(
        ledger,
        meeting=known.meeting,
        reservation=known.reservation,
        intent=known.intent,
        hold=known.hold,
        question=known.question,
        approved=(*ledger.approved, *known.approved),
        rejected=known.rejected,
        dates={},
    )


def waiting_dates(ledger: Slice) -> list[tuple[Reservation, KnownDate]]:
    """Return the reservations that wait for an administrator with the slice's series, each with what is known of it."""
    found = ((known.reservation, known) for known in ledger.dates.values() if known.question is None)
    return [(each, known) for each, known in found if each is not None and each.status == "pending"]


def questions_of_dates(ledger: Slice) -> list[Question]:
    """Return the pending questions about single dates of the slice's series."""
    return [known.question for known in ledger.dates.values() if known.question is not None]


def slice_at(ledger: Slice, key: Key) -> Slice:
    """Return the slice for a key: that of a date, if the key is of one, else the slice itself."""
    day = key.original_date if isinstance(key, MeetingKey) else None
    return ledger if day is None else slice_of(ledger, ledger.dates.get(day, UNKNOWN))


def series_asked_for(case: Case, planned: Mapping[date, PlannedDate]) -> AskedFor:
    """Return what a series asks for: its dates that are to come, and the most people that come to any."""
    dates = sorted((each.case.judged.window for each in planned.values()), key=lambda each: each.start)
    people = max([case.judged.people, *(each.case.judged.people for each in planned.values())])
    window = dates[0] if dates else case.judged.window
    organizer, pattern = case.judged.organizer, case.judged.pattern
    return AskedFor(window=window, organizer=organizer, people=people, dates=tuple(dates), pattern=pattern)


def asked_series(case: Case) -> AskedSeries:
    """Return what a rule about series looks at: how many occurrences it has, if it has an end."""
    listing = listing_of(case)
    limits = listing.recurrence.get("range") or {}
    if limits.get("type") == "numbered" and isinstance(limits.get("numberOfOccurrences"), int):
        return AskedSeries(limits["numberOfOccurrences"])
    return AskedSeries(None if limits.get("type") == "noEnd" else len(listing.occurrences))


def last_end_of(case: Case) -> datetime:
    """Return when the last listed occurrence is over; a series that goes on lasts longer than the listing."""
    listing = listing_of(case)
    ends = [case.meeting.window.end, *(each.window.end for each in listing.occurrences)]
    return max([*ends, *([listing.listed_until] if listing.listed_until is not None else [])])


def meeting_on(master: Meeting, occurrence: Occurrence) -> Meeting:
    """Return one occurrence as a meeting of its own: what it does not say, its series says."""
    given = {name: getattr(occurrence, name) for name in ("event_id", "start", "end", "answer", "shows_as", "subject")}
    own = master.attendees if occurrence.attendees is None else occurrence.attendees
    return master.model_copy(
        update={
            **given,
            "is_private": occurrence.is_private,
            "is_cancelled": occurrence.is_cancelled,
            "attendees": own,
            "is_series": False,
            "series": None,
        }
    )


def _plan(case: Case, occurrence: Occurrence) -> PlannedDate:
    day = occurrence.original_date
    known = case.ledger.dates.get(day, UNKNOWN)
    seen = case.observation.model_copy(update={"meeting": meeting_on(case.meeting, occurrence)})
    ledger = replace(slice_of(case.ledger, known), meeting=known.meeting or _as_the_series(case, occurrence, known))
    new_id = uuid5(case.new_id, day.isoformat())
    own = Case(
        seen,
        ledger,
        new_id,
        look_id=case.look_id,
        may_look=False,
        original_date=day,
        pattern=None if occurrence.is_exception else case.judged.pattern,
    )
    return PlannedDate(day, occurrence, known, own)


def _as_the_series(case: Case, occurrence: Occurrence, known: KnownDate) -> KnownMeeting | None:
    """Return what is known of a date that was booked with its series, and never decided about by itself."""
    booked = known.reservation
    if booked is None or not booked.is_live:
        return None
    return KnownMeeting(
        room_mailbox=case.ledger.space.room_mailbox,
        event_id=occurrence.event_id,
        last_observed_at=case.known.last_observed_at,
        is_present=True,
        judged=booked.judged,
        standing=Standing.ACCEPTED,
        shown_answer=case.known.shown_answer or Answer.NONE.value,
        moved_back_from=None,
        reservation_id=booked.id,
        pending_look=None,
        allows_proposals=case.known.allows_proposals,
    )


def id_of(planned: PlannedDate) -> UUID:
    """Return the id of the reservation that a date has, or would get."""
    return planned.live.id if planned.live is not None else planned.case.new_id
