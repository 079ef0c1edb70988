"""Resolve a conflict as a person decides: book the event that is in the way of others, or decline it.

The event is not looked at anew: it is decided about as it was last seen, which is what the person was shown. Whatever
has changed in Outlook since is decided about as always, once it is seen.
"""

from dataclasses import replace
from uuid import UUID

from libs.contracts.keys import MeetingKey
from libs.contracts.values import Answer, Meeting, Observation, Outcome, Person
from services.policy.core.answering import decline
from services.policy.core.case import Case
from services.policy.core.changes import Change, Decision, Record, Save
from services.policy.core.evaluate import evaluate
from services.policy.core.explanations import Explanation, KeptInConflict
from services.policy.core.foreign import take_time
from services.policy.core.invited import take_room_off
from services.policy.core.ledger import Contested, KnownMeeting, Slice
from services.policy.core.notices import Declined
from services.policy.core.taken_over import take_over
from services.policy.core.verdict import Accept, Refuse


def book_contested(key: MeetingKey, ledger: Slice, new_id: UUID, comment: str | None) -> Decision:
    """Book an event now that a reservation in its way is cancelled, or what others still leave of its time.

    Its organizer has an accept already, so nobody is told. Raises LookupError if the event is not contested.
    """
    case = _case_of(key, ledger, new_id)
    why = KeptInConflict(keep="outlook", comment=comment)
    decided = take_time(case, evaluate(case.fact, case.ledger)) if case.meeting.is_room_owned else take_over(case)
    return replace(decided, changes=tuple(_because(each, why) for each in decided.changes))


def decline_contested(key: MeetingKey, ledger: Slice, new_id: UUID, comment: str | None) -> Decision:
    """Decline an invitation because others have its time, and end what it blocked of that; its organizer is told why.

    Raises LookupError if the event is not contested.
    """
    case = _case_of(key, ledger, new_id)
    verdict = evaluate(case.fact, case.ledger)
    in_the_way = () if isinstance(verdict, Accept) else verdict.reasons
    reasons: tuple[Explanation, ...] = (KeptInConflict(keep="ledger", comment=comment), *in_the_way)
    refused = Refuse(reasons, verdict.warnings, verdict.judged_by)
    declined = decline(case, refused, Declined(reasons=reasons))
    # A person decided it: it does not follow from what the rules say of the request.
    changes = [replace(each, asked=None) if isinstance(each, Record) else each for each in declined.changes]
    return replace(declined, changes=tuple(take_room_off(changes, case.ledger)))


def _case_of(key: MeetingKey, ledger: Slice, new_id: UUID) -> Case:
    """Return the case of an event, or of one date of a series, as it was last seen."""
    known = ledger.meeting
    if known is None or known.contested is None or known.judged is None:
        raise LookupError(f"{key} is not contested")
    observation = Observation(
        space_id=key.space_id,
        room_mailbox=known.room_mailbox or "",
        ical_uid=key.ical_uid,
        observed_at=known.last_observed_at,
        meeting=_meeting_of(key, known, known.contested),
    )
    alone = replace(ledger, dates={})
    return Case(observation, alone, new_id, judged_as=known.judged, original_date=key.original_date)


def _meeting_of(key: MeetingKey, known: KnownMeeting, contested: Contested) -> Meeting:
    assert known.judged is not None  # noqa: S101 - the caller checked it
    address = known.judged.organizer
    return Meeting(
        event_id=known.event_id or "",
        ical_uid=key.ical_uid,
        start=known.judged.window.start,
        end=known.judged.window.end,
        subject=contested.title,
        is_private=contested.is_private,
        is_room_owned=known.shown_answer == Answer.ORGANIZER,
        organizer=Person(address=address, name=contested.organizer_name) if address is not None else None,
        answer=Answer(known.shown_answer) if known.shown_answer is not None else Answer.NONE,
        allows_new_time=known.allows_proposals,
    )


def _because(change: Change, why: KeptInConflict) -> Change:
    """Return a change with the person's decision among the reasons, if it books the event."""
    match change:
        case Save(reservation) if reservation.status == "confirmed" and not reservation.yields:
            return replace(change, reservation=replace(reservation, reasons=(why, *reservation.reasons)))
        case Record(outcome=Outcome.ACCEPT):
            return replace(change, reasons=(why, *change.reasons))
        case _:
            return change
