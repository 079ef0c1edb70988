"""Answer an invitation that is known, when it is not an observation of it that brings the answer about."""

from dataclasses import replace
from typing import Literal

from libs.contracts.keys import MeetingKey
from libs.contracts.values import Answer
from services.policy.core.changes import Change, NoteMeeting, Want
from services.policy.core.goals import GiveAnswer
from services.policy.core.ledger import Reservation, Slice, Standing
from services.policy.core.notices import Notice


def answer_known_invitation(
    reservation: Reservation,
    ledger: Slice,
    standing: Literal[Standing.ACCEPTED, Standing.DECLINED],
    notice: Notice,
) -> list[Change]:
    """Accept or decline the invitation of a reservation; nothing if it has none.

    The standing is noted, so that the absence of what we declined is what we expect. The organizer gets no answer if
    the invitation is gone or over, or if the room owns the event.
    """
    meeting, key = ledger.meeting, reservation.key
    if not isinstance(key, MeetingKey) or meeting is None:
        return []
    noted = NoteMeeting(key, replace(meeting, standing=standing))
    is_answered = meeting.is_present and reservation.ends_at > ledger.now
    if not is_answered or meeting.shown_answer == Answer.ORGANIZER:
        return [noted]
    goal = GiveAnswer(
        ical_uid=key.ical_uid,
        event_id=meeting.event_id,
        answer="accepted" if standing is Standing.ACCEPTED else "declined",
        notice=notice,
        judged=meeting.judged.window if meeting.judged else reservation.window,
        pattern=meeting.judged.pattern if meeting.judged else None,
    )
    return [noted, Want(key, goal, reservation.id)]
