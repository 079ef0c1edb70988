"""Say what a command about reservations will do, in the ledger and in Outlook, before somebody gives it.

What Outlook will show is told from the intents that the command issues when it is tried, so that what is said is what
is done. What is not about the reservations at hand is about others, which give way to them.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never
from uuid import UUID

from libs.contracts.intents import AnswerMeeting, DropHold, Intent, KeepHold, MoveBack
from libs.contracts.keys import Key, MeetingKey, ReservationKey
from libs.contracts.values import Window
from services.policy.core.ledger import Status
from services.policy.core.policies.phrases import say_count

NOT_MAPPED = "The space has no room mailbox, so nothing changes in Outlook."
NOTHING_IN_OUTLOOK = "Nothing changes in Outlook."
_SUPERSEDED = "What administrators are asked about this series now is asked for no more."
OTHERS_GIVE_WAY = "Others who asked for this time will be declined, and are told."


@dataclass(frozen=True, slots=True)
class Own:
    """By what the reservations at hand are known in Outlook: their ids, that of their group, their meeting's."""

    ids: Collection[UUID] = ()
    ical_uid: str | None = None

    def has(self, key: Key) -> bool:
        """Whether what is shown under a key is one of them."""
        match key:
            case MeetingKey(ical_uid=ical_uid):
                return ical_uid == self.ical_uid
            case ReservationKey(reservation_id=reservation_id):
                return reservation_id in self.ids
            case _:
                assert_never(key)


@dataclass(frozen=True, slots=True)
class BookingState:
    """A reservation before or after a command: its status, its time, and whether another time is only asked for."""

    status: Status
    window: Window
    is_asked_about: bool = False
    is_proposed: bool = False


@dataclass(frozen=True, slots=True)
class GroupBookingState:
    """A group before or after a command: its live dates to come, each with its time, and what is asked about it.

    `question_id` is that of the question that a change of it waits for, about so many `asked_dates`. A group that
    `goes_on` has later dates that are not booked yet.
    """

    windows: Mapping[UUID, Window]
    question_id: UUID | None = None
    asked_dates: int = 0
    goes_on: bool = False


def say_in_outlook(issued: Sequence[tuple[Key, Intent]], own: Own, *, is_mapped: bool) -> tuple[str, ...]:
    """Say what Outlook will show by these intents, each sentence once."""
    if not is_mapped:
        return (NOT_MAPPED,)
    ours = [intent for key, intent in issued if own.has(key)]
    counted = Counter(_say(each, is_proposing=_is_proposing(ours)) for each in ours)
    said = [_times(sentence, count) for sentence, count in counted.items()] or [NOTHING_IN_OUTLOOK]
    return (*said, OTHERS_GIVE_WAY) if len(ours) < len(issued) else tuple(said)


def _is_proposing(intents: Iterable[Intent]) -> bool:
    return any(isinstance(each, AnswerMeeting) and each.answer == "tentativelyAccepted" for each in intents)


def _times(sentence: str, count: int) -> str:
    return sentence if count == 1 else f"{sentence} That is done for each of {say_count(count, 'date')}."


def _say(intent: Intent, *, is_proposing: bool) -> str:
    match intent:
        case KeepHold() if is_proposing:
            return "In Outlook, an event of its own on the room's calendar holds the time that is asked for."
        case KeepHold(series=None):
            return "In Outlook, an event of its own on the room's calendar shows the booking. Outlook mails nobody."
        case KeepHold():
            return "In Outlook, one recurring event on the room's calendar shows the dates. Outlook mails nobody."
        case DropHold():
            return "In Outlook, the event that holds the time leaves the room's calendar. Outlook mails nobody."
        case MoveBack():
            return "In Outlook, the meeting is moved on its organizer's own calendar, and its organizer is told."
        case AnswerMeeting():
            return _say_answer(intent)
        case _:
            assert_never(intent)


def _say_answer(answer: AnswerMeeting) -> str:
    match answer.answer:
        case "accepted":
            return "In Outlook, the room accepts the invitation, and its organizer gets that answer."
        case "declined":
            off = " The room is taken off the organizer's event." if answer.takes_room_off else ""
            return f"In Outlook, the room declines the invitation, and its organizer gets that answer.{off}"
        case "tentativelyAccepted":
            return (
                "In Outlook, the new time is proposed to the organizer, who accepts it by moving the meeting there. "
                "The booking stays as it is until then."
            )
        case _:
            assert_never(answer.answer)


def say_change(before: BookingState, after: BookingState) -> str:
    """Say what becomes of one reservation by a change."""
    if after.status == "pending":
        return "Administrators will be asked whether it may be booked like that."
    if after.is_asked_about:
        return "Administrators will be asked, and the booking stays as it is until they decide."
    if after.is_proposed:
        return "The organizer will be asked to move the meeting; the room is held at both times until then."
    if after.window != before.window:
        return "The booking will be changed to what is asked for, and its old time becomes free."
    return "The booking will be changed to what is asked for, and its time stays."


def say_change_of_group(before: GroupBookingState, after: GroupBookingState) -> tuple[str, ...]:
    """Say what becomes of the dates to come of a group by a change."""
    is_new = after.question_id is not None and after.question_id != before.question_id
    said = [_SUPERSEDED] if before.question_id is not None and before.question_id != after.question_id else []
    if is_new:
        about = say_count(after.asked_dates, "date")
        said.append(f"Administrators will be asked about {about}, and the series stays as it is until they decide.")
        return tuple(said)
    kept = before.windows.keys() & after.windows.keys()
    moved = sum(1 for each in kept if before.windows[each] != after.windows[each])
    counts = (
        (moved, "will be moved to another time"),
        (len(kept) - moved, "will keep the time that is booked"),
        (len(after.windows.keys() - kept), "will be added"),
        (len(before.windows.keys() - kept), "will be cancelled"),
    )
    said += [f"{say_count(count, 'date')} {what}." for count, what in counts if count]
    if after.goes_on:
        said.append("Later dates will follow as time passes.")
    return tuple(said)


def say_cancellation(dates: int) -> str:
    """Say what becomes of so many dates that are cancelled."""
    if dates == 0:
        return "Nothing is left that could be cancelled."
    if dates == 1:
        return "The booking will be cancelled, and its time becomes free."
    return f"{say_count(dates, 'date')} will be cancelled, and their times become free."
