"""The words about changes by the back office of meetings in Outlook, for administrators.

`wording` hands these cases over; the rules for what is said are its.
"""

from typing import assert_never

from libs.contracts.values import Reason
from services.policy.core.explanations import (
    HeldByInvitation,
    ProposalLapsed,
    ProposalWithdrawnHere,
    TimeNotChangeable,
)
from services.policy.core.place import Place
from services.policy.core.policies.phrases import join_and
from services.policy.core.times import say_window

_CALLED = {"title": "title", "organizer": "organizer", "attendee_count": "number of people"}

_WHY_NOT_CHANGEABLE = {
    "no_proposals": "The organizer of this meeting in Outlook cannot be proposed another time, so its time "
    "cannot be changed here. Ask the organizer to move it, or cancel the reservation with a comment that tells which "
    "time you have for it.",
    "begun": "The organizer of this meeting cannot be asked any more to move it, because it has begun, or would have "
    "by now at the time that you want. Ask the organizer directly, or cancel the reservation with a comment.",
    "awaits_approval": "This waits for the approval of an administrator. Approve or reject that first, and "
    "then change its time.",
    "elsewhere": "The last change of this meeting in Outlook was refused, and its organizer has not undone it yet, so "
    "it is not there as it is booked here. Ask the organizer to undo that change, or cancel the reservation with a "
    "comment.",
    "being_moved": "Outlook is being brought to the time that was set last. Please ask again in a moment.",
    "own_event": "This reservation stands for an event that somebody put on the room's own calendar. Change it there, "
    "and the reservation follows.",
    "not_shown": "The meeting of this reservation is not on the calendar of the room's mailbox, so nothing can be "
    "proposed to its organizer. Ask the organizer to move it, or cancel the reservation.",
    "whole_series": "A series that was made in Outlook belongs to its organizer, so it is not changed as a group. "
    "Change the time of one of its dates, with the `scope` that you mean: its dates are moved, or the organizer is "
    "asked to move them.",
    "series_goes_on": "This series goes on beyond the dates that are booked by now, and some of its dates differ or "
    "are to stay, so it cannot be moved as a whole. Change one date at a time, or ask the organizer to change it.",
    "over_itself": "The new time of a date would touch the time, or the day, of another date of the same series, which "
    "Outlook does not allow while they are moved. Choose a time nearer to the one that is booked, or ask the organizer "
    "to change the series.",
    "series_not_moved": "The series could not be moved on its organizer's own calendar, so the room stays booked for "
    "it as it was. Ask the organizer to move it.",
    "series_needs_approval": "An administrator would have to approve this, which cannot be asked while the organizer "
    "is asked to move one of these dates. Withdraw that first, by asking for the time that is booked.",
}

AboutChange = HeldByInvitation | TimeNotChangeable | ProposalLapsed | ProposalWithdrawnHere


def state_about_change(why: AboutChange, place: Place) -> Reason:
    """Put into a sentence why a meeting in Outlook was not changed, or is not proposed another time any more."""
    match why:
        case HeldByInvitation(fields=owned):
            what = f"its {join_and([_CALLED[each] for each in owned])}" if owned else "it"
            return Reason(
                rule="held_by_invitation",
                limit="the time",
                actual=", ".join(owned) or None,
                message=f"This reservation belongs to a meeting in Outlook, so only its organizer can change {what}, "
                "and only there. You can change its time here, or cancel it; the organizer is told.",
            )
        case TimeNotChangeable(why=obstacle):
            return Reason(rule="time_not_changeable", actual=obstacle, message=say_not_changeable(why))
        case ProposalLapsed(proposed=proposed):
            other = say_window(proposed, place.time_zone)
            message = f"The organizer did not move the meeting to {other} in time, so it stays as it is."
            return Reason(rule="proposal", message=message)
        case ProposalWithdrawnHere(proposed=proposed):
            message = f"The proposal to move the meeting to {say_window(proposed, place.time_zone)} was withdrawn."
            return Reason(rule="proposal", message=message)
        case _:
            assert_never(why)


def say_not_changeable(why: TimeNotChangeable) -> str:
    """Say why the time of a reservation, or a series, cannot be changed here, and what can be done instead."""
    return _WHY_NOT_CHANGEABLE[why.why]
