"""What to do instead when the organizer's event could not be moved back."""

from dataclasses import replace
from uuid import UUID

from libs.contracts.intents import MoveBack
from libs.contracts.keys import MeetingKey
from libs.contracts.values import Answer, Meeting, Observation, Person
from services.policy.core.case import Case
from services.policy.core.changes import NOTHING, Decision
from services.policy.core.invitation import judge_invitation
from services.policy.core.ledger import Judged, Slice


def find_failed_move_back(ledger: Slice) -> Judged | None:
    """Return what was judged of the edit that was to be moved back; None if its invitation or reservation is gone."""
    is_wanted = ledger.intent is not None and isinstance(ledger.intent.wanted, MoveBack)
    if not is_wanted or ledger.live is None or ledger.meeting is None or not ledger.meeting.is_present:
        return None
    return ledger.meeting.judged


def decide_another_way(ledger: Slice, key: MeetingKey, judged: Judged, new_id: UUID) -> Decision:
    """Answer the invitation as on a connection that may not edit organizers' events: with the reasons, and a hold.

    The meeting is judged as it was when its edit was refused; a change since then brings an observation of its own.
    """
    known, live = ledger.meeting, ledger.live
    if known is None or live is None:
        return NOTHING
    remembered = Meeting(
        event_id=known.event_id or "",
        ical_uid=key.ical_uid,
        start=judged.window.start,
        end=judged.window.end,
        subject=live.title,
        is_private=live.is_private,
        organizer=Person(address=judged.organizer, name=live.organizer_name) if judged.organizer else None,
        answer=Answer(known.shown_answer or Answer.NOT_RESPONDED),
    )
    observation = Observation(
        space_id=ledger.space.id,
        room_mailbox=ledger.space.room_mailbox or "",
        ical_uid=key.ical_uid,
        observed_at=known.last_observed_at,
        meeting=remembered,
    )
    out_of_reach = replace(ledger, space=replace(ledger.space, edits_organizer_events=False))
    return judge_invitation(Case(observation, out_of_reach, new_id, judged_as=judged))
