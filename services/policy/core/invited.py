"""Answer an invitation that is known, when it is not an observation of it that brings the answer about."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from libs.contracts.keys import MeetingKey
from libs.contracts.values import Answer, Window
from services.policy.core.changes import Change, NoteMeeting, Want
from services.policy.core.goals import GiveAnswer
from services.policy.core.ledger import KnownMeeting, Reservation, Slice
from services.policy.core.notices import Notice
from services.policy.core.standing import Standing

Answered = Literal[Standing.ACCEPTED, Standing.DECLINED]


def answer_known_invitation(
    reservation: Reservation,
    ledger: Slice,
    standing: Answered,
    notice: Notice,
) -> list[Change]:
    """Accept or decline the invitation of a reservation; nothing if it has none.

    The standing is noted, so that the absence of what we declined is what we expect. The organizer gets no answer if
    the invitation is gone or over, or if the room owns the event.
    """
    key = reservation.key
    if not isinstance(key, MeetingKey) or ledger.meeting is None:
        return []
    noted = NoteMeeting(key, replace(ledger.meeting, standing=standing))
    goal = _goal(key, ledger.meeting, reservation.window, standing, notice)
    is_over = reservation.ends_at <= ledger.now
    return [noted] if goal is None or is_over else [noted, Want(key, goal, reservation.id)]


def answer_known_series(ledger: Slice, standing: Answered, notice: Notice) -> list[Change]:
    """Accept or decline the invitation to a series, as `answer_known_invitation` does to a single meeting."""
    meeting, group, intent = ledger.meeting, ledger.group, ledger.intent
    if meeting is None or group is None or group.ical_uid is None:
        return []
    key = MeetingKey(ledger.space.id, group.ical_uid)
    noted = NoteMeeting(key, replace(meeting, standing=standing))
    goal = _goal(key, meeting, group.window, standing, notice)
    if goal is None:
        return [noted]
    lasts_until = intent.wanted.lasts_until if intent is not None and isinstance(intent.wanted, GiveAnswer) else None
    return [noted, Want(key, goal.model_copy(update={"lasts_until": lasts_until}), None)]


def take_room_off(answer: Sequence[Change], ledger: Slice) -> list[Change]:
    """Have the organizer's own event lose the room after this decline, where the connection may edit such events."""
    judged = ledger.meeting.judged if ledger.meeting is not None else None
    if judged is None or judged.organizer is None or not ledger.space.may_edit_events_of(judged.organizer):
        return list(answer)
    return [_taking_room_off(each, judged.organizer) if isinstance(each, Want) else each for each in answer]


def _taking_room_off(want: Want, organizer: str) -> Want:
    goal = want.goal
    if not isinstance(goal, GiveAnswer):
        return want
    return replace(want, goal=goal.model_copy(update={"takes_room_off": organizer}))


def _goal(
    key: MeetingKey, meeting: KnownMeeting, window: Window, standing: Answered, notice: Notice
) -> GiveAnswer | None:
    if not meeting.is_present or meeting.shown_answer == Answer.ORGANIZER:
        return None
    return GiveAnswer(
        ical_uid=key.ical_uid,
        event_id=meeting.event_id,
        answer="accepted" if standing is Standing.ACCEPTED else "declined",
        notice=notice,
        judged=meeting.judged.window if meeting.judged else window,
        pattern=meeting.judged.pattern if meeting.judged else None,
    )
