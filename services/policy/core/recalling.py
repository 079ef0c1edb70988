"""Recall how a meeting was last seen, to decide about it without another look at the calendar.

What the ledger keeps of it is enough to judge it and to answer it; a change since then brings an observation of its
own.
"""

from libs.contracts.keys import MeetingKey
from libs.contracts.values import Answer, Meeting, Observation, Person
from services.policy.core.ledger import Judged, Slice


def recall(ledger: Slice, key: MeetingKey, judged: Judged) -> Observation | None:
    """Return the meeting of a reservation as it was last observed, when it asked for this; None without either."""
    known, live = ledger.meeting, ledger.live
    if known is None or live is None:
        return None
    meeting = Meeting(
        event_id=known.event_id or "",
        ical_uid=key.ical_uid,
        start=judged.window.start,
        end=judged.window.end,
        subject=live.title,
        is_private=live.is_private,
        organizer=Person(address=judged.organizer, name=live.organizer_name) if judged.organizer else None,
        answer=Answer(known.shown_answer or Answer.NOT_RESPONDED),
        allows_new_time=known.allows_proposals,
    )
    return Observation(
        space_id=ledger.space.id,
        room_mailbox=ledger.space.room_mailbox or "",
        ical_uid=key.ical_uid,
        observed_at=known.last_observed_at,
        meeting=meeting,
    )
