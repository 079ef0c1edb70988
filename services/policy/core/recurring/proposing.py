"""Ask the organizer of a series to move several of its dates, because the back office wants it; the organizer decides.

A proposal in Outlook has one start and one end, so a series cannot be proposed a time. The room answers the series
tentatively instead, once, with a text that says which dates are wanted where. They stay booked as they are, and each
shows its `proposed_change`. In the ledger the other times are held as what the series lacks, by one occupancy of
purpose `asked`; in Outlook by a hold for each. One answer asks for them, so one deadline ends all that is asked for.

Source: https://learn.microsoft.com/graph/api/event-tentativelyaccept (proposedNewTime is one start and one end)
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from libs.contracts.keys import MeetingKey
from libs.contracts.values import Outcome, Window
from services.policy.core.changes import Change, Decision, NoteMeeting, Record, Save, Want
from services.policy.core.explanations import Explanation, ProposalLapsed
from services.policy.core.goals import GiveAnswer
from services.policy.core.holds import drop_hold, keep_hold
from services.policy.core.invited import answer_known_invitation, answer_known_series
from services.policy.core.ledger import HeldTime, Reservation, Slice
from services.policy.core.notices import (
    ProposalWithdrawn,
    SeriesBooked,
    SeriesMoveWanted,
    SeriesMoveWithdrawn,
    WantedMove,
)
from services.policy.core.proposals import propose, shows_tentative
from services.policy.core.recurring.asked import slice_of
from services.policy.core.standing import Standing

MOST_DATES_TOLD = 12


@dataclass(frozen=True, slots=True)
class DateToMove:
    """One date of a series that its organizer is asked to move, where it is wanted, and the slice for it alone."""

    original_date: date
    live: Reservation
    proposed: HeldTime
    ledger: Slice


def find_wanted(ledger: Slice) -> list[DateToMove]:
    """Return the dates that the organizer of the slice's series is asked to move by one answer, in their order."""
    own = ((day, slice_of(ledger, known)) for day, known in sorted(ledger.dates.items()))
    return [
        DateToMove(day, each.live, each.live.proposed_change, each)
        for day, each in own
        if each.live is not None and each.live.proposed_change is not None and each.live.proposed_change.with_series
    ]


def ask_to_move(wanted: Mapping[date, HeldTime], ledger: Slice) -> list[Change]:
    """Have the organizer asked to move these dates, by one answer to the series; what was asked before, ends."""
    changes: list[Change] = []
    asked: list[DateToMove] = []
    for day, known in sorted(ledger.dates.items()):
        own = slice_of(ledger, known)
        live, held = own.live, wanted.get(day)
        if live is not None and held is not None:
            each = DateToMove(day, live, held.model_copy(update={"with_series": True}), own)
            changes += _hold_wanted(each)
            asked.append(each)
    left = [each for each in find_wanted(ledger) if each.original_date not in wanted]
    for each in left:
        changes += ask_no_more(each)
    return [*changes, *_answer_series(asked, ledger), *(one for each in left for one in _answer_alone(each))]


def propose_each(wanted: Sequence[tuple[Reservation, HeldTime, Slice]], ledger: Slice) -> list[Change]:
    """Propose another time for each of these dates by itself; what the series was asked for before, ends.

    Each comes with the slice of the ledger for it alone.
    """
    changes: list[Change] = []
    chosen = {live.id for live, _, _ in wanted}
    before = find_wanted(ledger)
    if before:
        # The answer to the series comes before those to single dates: it covers all that it finds unanswered.
        changes += answer_known_series(ledger, Standing.ACCEPTED, SeriesMoveWithdrawn(dates=len(before)))
    for each in before:
        if each.live.id not in chosen:
            changes += [*ask_no_more(each), *_answer_alone(each)]
    for live, held, own in wanted:
        changes += propose(live, live, held, own)
    return changes


def _hold_wanted(each: DateToMove) -> list[Change]:
    live, at = each.live, each.proposed.window
    after = replace(
        live,
        refused_request=None,
        proposed_change=each.proposed,
        moving_from=None,
        version=live.version + 1,
        updated_at=each.ledger.now,
    )
    return [Save(after, live), keep_hold(replace(after, starts_at=at.start, ends_at=at.end))]


def say_what_is_wanted(asked: Sequence[DateToMove], ledger: Slice) -> SeriesMoveWanted:
    """Return what the organizer is told: which dates are wanted where, and until when both times are held."""
    in_order = sorted(asked, key=lambda each: each.live.starts_at)
    lives = (slice_of(ledger, known).live for known in ledger.dates.values())
    to_come = [each for each in lives if each is not None and each.is_granted and each.starts_at > ledger.now]
    is_all = {each.id for each in to_come} <= {each.live.id for each in asked}
    group = ledger.group
    return SeriesMoveWanted(
        dates=len(asked),
        first=tuple(
            WantedMove(booked=each.live.window, proposed=each.proposed.window) for each in in_order[:MOST_DATES_TOLD]
        ),
        until=min(each.proposed.until for each in asked),
        is_all=is_all,
        goes_on=group is not None and group.materialised_until is not None,
    )


def _answer_series(asked: Sequence[DateToMove], ledger: Slice) -> list[Change]:
    """Have the series answered tentatively, with what is wanted; nothing if nothing is, or nobody can be told."""
    meeting, group = ledger.meeting, ledger.group
    if not asked or meeting is None or meeting.judged is None or group is None or group.ical_uid is None:
        return []
    key = MeetingKey(ledger.space.id, group.ical_uid)
    goal = GiveAnswer(
        ical_uid=key.ical_uid,
        event_id=meeting.event_id,
        answer="tentativelyAccepted",
        notice=say_what_is_wanted(asked, ledger),
        judged=meeting.judged.window,
        pattern=meeting.judged.pattern,
        lasts_until=max(max(each.live.ends_at, each.proposed.window.end) for each in asked),
        tells=f"dates-{ledger.now.isoformat()}" if shows_tentative(meeting) else None,
    )
    return [NoteMeeting(key, replace(meeting, standing=Standing.PROPOSES_CHANGE)), Want(key, goal, None)]


def withdraw_wanted(ended: Sequence[DateToMove], ledger: Slice, why: Mapping[date, Explanation]) -> Decision:
    """Ask no more for these dates to be moved, and free the times that they were wanted at.

    The series is accepted as it is booked, or its organizer is told which dates are still wanted elsewhere.
    """
    changes: list[Change] = []
    for each in ended:
        record = Record(each.live.key, each.live.id, Outcome.ACCEPT, (why[each.original_date],), each.live.judged)
        changes += [*ask_no_more(each), record]
    without = {each.original_date for each in ended}
    left = [each for each in find_wanted(ledger) if each.original_date not in without]
    # The answer to the series comes before those to single dates: it covers all that it finds unanswered.
    answers = _answer_series(left, ledger)
    if not left:
        answers = answer_known_series(ledger, Standing.ACCEPTED, SeriesMoveWithdrawn(dates=len(ended)))
    for each in ended:
        answers += _answer_alone(each)
    return Decision((*changes, *answers), note="proposal_withdrawn")


def lapse_series(ledger: Slice) -> Decision:
    """Ask no more for dates whose deadline has passed; nothing if there are none."""
    due = [each for each in find_wanted(ledger) if each.proposed.until <= ledger.now]
    if not due:
        return Decision(note="nothing_lapsed")
    why = {each.original_date: ProposalLapsed(proposed=each.proposed.window) for each in due}
    return withdraw_wanted(due, ledger, why)


def accept_settled(ledger: Slice) -> list[Change]:
    """Accept a series of which no date is wanted elsewhere any more; nothing if that is not so."""
    meeting, group = ledger.meeting, ledger.group
    if meeting is None or meeting.standing is not Standing.PROPOSES_CHANGE or group is None or find_wanted(ledger):
        return []
    lives = [slice_of(ledger, known).live for known in ledger.dates.values()]
    booked = SeriesBooked(dates=sum(each is not None for each in lives), until=group.materialised_until)
    return answer_known_series(ledger, Standing.ACCEPTED, booked)


def ask_no_more(each: DateToMove) -> list[Change]:
    """Leave a date where it is booked, and free the other time."""
    after = replace(each.live, proposed_change=None, version=each.live.version + 1, updated_at=each.ledger.now)
    return [Save(after, each.live), *drop_hold(each.ledger)]


def _answer_alone(each: DateToMove) -> list[Change]:
    """Accept a date again that the room answered tentatively by itself; the answer to the series may not reach it."""
    own = each.ledger.meeting
    if own is None or own.standing is not Standing.PROPOSES_CHANGE:
        return []
    told = ProposalWithdrawn(proposed=each.proposed.window)
    return answer_known_invitation(each.live, each.ledger, Standing.ACCEPTED, told)


def without_wanted_at(window: Window, live: Reservation, ledger: Slice) -> Slice:
    """Return a slice in which what is held for a date with its series is not in the way of that date alone."""
    around = ledger.space.buffers.around(window)
    taken = tuple(
        each
        for each in ledger.taken
        if each.reservation_id != live.group_id or not (around[0] <= each.starts_at and each.ends_at <= around[1])
    )
    return replace(ledger, taken=taken)
