"""Plan how the room is taken off the organizer's own event after a decline that is final.

The decline comes first, so that the organizer reads why. An event that loses the room before it shows the decline would
show a room that left without a word. Whatever keeps the room on the event, the decline is enough.

Source: https://learn.microsoft.com/graph/api/event-decline, https://learn.microsoft.com/graph/api/event-update
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from libs.contracts.intents import AnswerMeeting
from libs.contracts.messages import Settlement
from libs.contracts.shown import is_shown_at
from libs.contracts.values import Answer, Meeting
from services.outbound.core.calls import Apply, Settle, TakeRoomOff, Wait
from services.outbound.core.sent_answers import SentAnswer

PATIENCE = timedelta(minutes=1)
"""How long after a decline may have appeared an organizer's mailbox that cannot be reached is tried again."""


@dataclass(frozen=True, slots=True)
class OrganizersEvent:
    """The organizer's own event: `room_answer` is what it shows for the room, None if the room is not on it.

    `pattern` is the recurrence of a series as a whole.
    """

    meeting: Meeting
    room_answer: Answer | None
    pattern: str | None = None


@dataclass(frozen=True, slots=True)
class TakingOff:
    """What is to be taken off: the room, by its address, for a decline; `sent` is the last answer that was sent."""

    goal: AnswerMeeting
    room: str
    sent: SentAnswer | None

    @property
    def sent_decline(self) -> SentAnswer | None:
        """Return the decline, if it was sent by us."""
        return self.sent if self.sent is not None and self.sent.is_to(self.goal) else None


def shows_decline(outcome: Settle, copy: Meeting | None) -> bool:
    """Whether a decline is settled because the room's calendar shows it, and not because the meeting was called off."""
    is_shown = outcome.settlement is Settlement.DONE and outcome.problem is None
    return is_shown and not (copy is not None and copy.is_cancelled)


def plan_taking_off(wanted: TakingOff, own: OrganizersEvent | None, now: datetime) -> Apply | Settle | Wait:
    """Return the call that takes the room off, if it is still needed. To plan again after it took effect plans none."""
    organizer, sent = wanted.goal.takes_room_off, wanted.sent_decline
    if own is None or organizer is None or _is_done(own, now):
        return Settle(Settlement.DONE)
    obstacle = _find_obstacle(wanted, own)
    if obstacle is not None:
        return leave_on(obstacle)
    if own.room_answer is not Answer.DECLINED and sent is not None and sent.awaited_until > now:
        return Wait("the decline was sent and the organizer's event does not show it yet")
    return Apply((TakeRoomOff(organizer, own.meeting.event_id, own.meeting.etag, wanted.room),))


def _is_done(own: OrganizersEvent, now: datetime) -> bool:
    is_over = own.meeting.window.end <= now and not own.meeting.is_series
    return own.room_answer is None or own.meeting.is_cancelled or is_over


def _find_obstacle(wanted: TakingOff, own: OrganizersEvent) -> str | None:
    """Return why the room is to stay on the organizer's event; None if it is to be taken off."""
    if not own.meeting.is_room_owned or own.meeting.is_unreadable:
        return "it is not in the organizer's calendar as one that they organize and that can be read"
    if not is_shown_at(own.meeting, wanted.goal.judged) or own.pattern != wanted.goal.pattern:
        return "the organizer has changed the meeting since it was judged"
    if own.room_answer is not Answer.DECLINED and wanted.sent_decline is None:
        return "the invitation was gone from the room's calendar before it was declined"
    return None


def try_again_or_leave(wanted: TakingOff, why: str, now: datetime) -> Settle | Wait:
    """Return what follows when the organizer's mailbox cannot be reached now: it is tried for `PATIENCE` at most."""
    sent = wanted.sent_decline
    if sent is not None and now < sent.awaited_until + PATIENCE:
        return Wait(f"the organizer's mailbox cannot be reached: {why}")
    return leave_on(f"the organizer's mailbox cannot be reached ({why})")


def leave_on(why: str) -> Settle:
    """Settle with the decline, and say why the room is still on the organizer's event."""
    return Settle(Settlement.DONE, detail=f"The room declined and stays on the organizer's event: {why}.")
