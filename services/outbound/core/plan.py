"""Plan the calls that make a calendar show a goal, from the goal and what the calendar shows now.

A meeting that has changed since the goal was set is left alone: the change brings a notification and a new goal.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from libs.contracts.holds import transaction_id
from libs.contracts.intents import AnswerMeeting, DropHold, HeldSeries, Intent, KeepHold, MoveBack
from libs.contracts.messages import IntentProblem, Settlement
from libs.contracts.shown import is_shown_at, shown_subject, shown_window
from libs.contracts.shown_holds import shows_hold
from libs.contracts.values import Answer, Meeting, Window
from services.outbound.core.calls import (
    Apply,
    Call,
    ChangeHold,
    CreateHold,
    Move,
    Plan,
    RemoveHold,
    Respond,
    Settle,
    ShowBusy,
    Wait,
)
from services.outbound.core.plan_series import Ours, keep_series


@dataclass(frozen=True, slots=True)
class Actual:
    """What was found for a goal: the copy of a meeting (one at most), or every hold of ours for a reservation.

    `is_awaited` says that this very answer was sent to this very event so recently that it may still appear, `was_told`
    that it was the last one sent to it, however long ago, and `comes_after_series` that the goal is about one date of a
    series, which is not answered as a whole yet. `pattern` is the recurrence of what was found, if that is a series as
    a whole; `exceptions` are those of its dates.
    """

    found: tuple[Meeting, ...] = ()
    is_awaited: bool = False
    comes_after_series: bool = False
    pattern: str | None = None
    exceptions: tuple[Meeting, ...] = ()
    was_told: bool = False

    @property
    def copy(self) -> Meeting | None:
        """Return the one event that was looked for, if it is there."""
        return self.found[0] if self.found else None


def plan(goal: Intent, generation: int, actual: Actual, now: datetime) -> Plan:
    """Return the calls that are still needed for the goal. To plan again after they took effect plans none."""
    if actual.comes_after_series:
        return Wait("the answer to the whole series comes first")
    match goal:
        case AnswerMeeting():
            return _answer(goal, actual, now)
        case MoveBack():
            return _move_back(goal, actual.copy, actual.pattern)
        case KeepHold(series=HeldSeries() as series):
            return keep_series(goal, series, Ours(generation, actual.found), now)
        case KeepHold():
            return _keep_hold(goal, generation, actual.found, now)
        case DropHold():
            return _drop_hold(actual.found)
        case _:
            assert_never(goal)


def _answer(goal: AnswerMeeting, actual: Actual, now: datetime) -> Plan:  # noqa: C901, PLR0911 - one for each case
    copy = actual.copy
    if copy is None:
        if goal.answer == "declined":
            return Settle(Settlement.DONE)
        return Settle(
            Settlement.GIVEN_UP, IntentProblem.GONE, "The meeting is no longer on the room's calendar to be answered."
        )
    if copy.is_cancelled:
        return Settle(Settlement.DONE, meeting=copy)
    if copy.window.end <= now and not copy.is_series:
        return _leave_over(copy, goal)
    if copy.is_room_owned:
        return Settle(
            Settlement.GIVEN_UP,
            IntentProblem.REFUSED_BY_GRAPH,
            "The room is the organizer of this event; there is no invitation to answer.",
            copy,
        )
    if copy.is_unreadable:
        return Settle(Settlement.GIVEN_UP, IntentProblem.REFUSED_BY_GRAPH, "The meeting cannot be read.", copy)
    if not is_shown_at(copy, goal.judged):
        return _settle_changed(copy, goal.judged)
    if actual.pattern != goal.pattern:
        return _settle_recurs_otherwise(copy)
    if copy.answer == goal.answer and goal.answer == "accepted" and copy.shows_as == "free":
        return Apply((ShowBusy(copy.event_id, copy.etag),))
    if copy.answer == goal.answer and (goal.tells is None or actual.was_told):
        return Settle(Settlement.DONE, meeting=copy)
    if actual.is_awaited:
        return Wait(f"the answer {goal.answer} was sent and is not shown yet")
    if goal.suggests_until is not None and goal.suggests_until < now and copy.is_response_requested:
        why = "What the answer suggests may be taken by now, so it has to be worded anew."
        return Settle(Settlement.SUPERSEDED, detail=why, meeting=copy, words_outdated=True)
    dates = [_respond(each, goal) for each in actual.exceptions if _is_declined_first(each, now)]
    return Apply((*(dates if goal.answer == "declined" else ()), _respond(copy, goal)))


def _is_declined_first(date_of: Meeting, now: datetime) -> bool:
    """Whether an exception is declined by itself before its series is.

    The organizer's exceptions have attendees with answers of their own, which no answer to the series changes. The
    room's copies of them leave with that of the series, and could not be declined after it.
    Source: https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxocal/ (sections 3.1.4.6.2, 3.1.4.8.5)
    """
    is_asked = not (date_of.is_cancelled or date_of.is_room_owned or date_of.is_unreadable)
    return is_asked and date_of.window.end > now and date_of.answer is not Answer.DECLINED


def _respond(copy: Meeting, goal: AnswerMeeting) -> Respond:
    if not copy.is_response_requested:
        # Graph refuses a response that nobody asked for, with all that it would tell.
        return Respond(copy.event_id, goal.answer, comment=None, proposed=None)
    return Respond(copy.event_id, goal.answer, goal.comment, goal.proposed)


def _leave_over(copy: Meeting, goal: AnswerMeeting) -> Settle:
    """Answer nobody about a meeting that is over, and say so if it was never answered."""
    if copy.answer == goal.answer:
        return Settle(Settlement.DONE, meeting=copy)
    return Settle(Settlement.DONE, IntentProblem.OVER, "The meeting was over before it could be answered.", copy)


def _move_back(goal: MoveBack, own: Meeting | None, pattern: str | None) -> Plan:
    if own is None or not own.is_room_owned or own.is_unreadable:
        return Settle(
            Settlement.GIVEN_UP,
            IntentProblem.ORGANIZER_UNREACHABLE,
            "The meeting is not in the organizer's calendar as one they organize, so it cannot be moved.",
        )
    if own.is_cancelled:
        return Settle(Settlement.SUPERSEDED, IntentProblem.CHANGED_MEANWHILE, "The meeting was cancelled meanwhile.")
    if pattern != goal.pattern:
        return _settle_recurs_otherwise(own)
    if is_shown_at(own, goal.kept):
        return Settle(Settlement.DONE, meeting=own)
    if not is_shown_at(own, goal.refused):
        return _settle_changed(own, goal.refused)
    return Apply((_move(own, goal),))


def _move(own: Meeting, goal: MoveBack) -> Move:
    zone = goal.time_zone if own.is_floating and goal.time_zone is not None else own.time_zone
    if goal.pattern is not None and not own.is_all_day:
        return Move(own.event_id, own.etag, goal.kept, series_in=zone)
    return Move(own.event_id, own.etag, goal.kept, zone if own.is_all_day else None)


def _keep_hold(goal: KeepHold, generation: int, ours: Sequence[Meeting], now: datetime) -> Plan:
    """Keep one hold as wanted; remove any other hold of the same reservation as a duplicate."""
    if goal.window.end <= now:
        return Settle(Settlement.DONE)
    window, subject = shown_window(goal.window), shown_subject(goal.subject)
    if not ours:
        new = CreateHold(goal.reservation_id, transaction_id(goal.reservation_id, generation), window, subject)
        return Apply((new,))
    kept = min(ours, key=lambda each: (each.event_id != goal.event_id, not shows_hold(each, goal, now), each.event_id))
    calls: list[Call] = []
    if not shows_hold(kept, goal, now):
        calls.append(ChangeHold(kept.event_id, kept.etag, window, subject))
    calls += [RemoveHold(each.event_id) for each in ours if each is not kept]
    return Apply(tuple(calls)) if calls else Settle(Settlement.DONE, meeting=kept)


def _drop_hold(ours: Sequence[Meeting]) -> Plan:
    if not ours:
        return Settle(Settlement.DONE)
    return Apply(tuple(RemoveHold(each.event_id) for each in ours))


def _settle_recurs_otherwise(meeting: Meeting) -> Settle:
    return Settle(
        Settlement.SUPERSEDED,
        IntentProblem.CHANGED_MEANWHILE,
        "The meeting recurs otherwise than when it was judged.",
        meeting,
    )


def _settle_changed(meeting: Meeting, expected: Window) -> Settle:
    return Settle(
        Settlement.SUPERSEDED,
        IntentProblem.CHANGED_MEANWHILE,
        f"The meeting was at {expected.start.isoformat()} to {expected.end.isoformat()} when it was judged and is at "
        f"{meeting.start.isoformat()} to {meeting.end.isoformat()} now.",
        meeting,
    )
