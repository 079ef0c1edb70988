"""Say what a decision about a question will do, in the ledger and in Outlook, before somebody decides.

Facts come from the question and the slice that it is decided on, so that what is said is what `deciding` does.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, assert_never

from libs.contracts.values import Answer
from services.policy.core.approvals.question import Question
from services.policy.core.ledger import Reservation, Slice
from services.policy.core.policies.phrases import say_count

About = Literal["booking", "change", "move"]
Shown = Literal["invitation", "hold", "unchanging", "no_mailbox"]
RefusedAs = Literal["moved_back", "proposed", "declined"]


@dataclass(frozen=True, slots=True)
class WhatIsAsked:
    """What of a question its consequences depend on.

    It is about a new booking, a change of what is booked, or a move of a meeting in Outlook that the back office wants.
    It is `shown` in Outlook by an invitation, or by a hold; or nothing of it changes there, because the event is the
    room's own or gone; or the space has no mailbox. `refused_as` is how a refused change is answered there. `rivals`
    counts what competes for the same time.
    """

    about: About
    shown: Shown
    is_series: bool = False
    is_held: bool = False
    edits_organizer_event: bool = False
    refused_as: RefusedAs = "declined"
    rivals: int = 0


@dataclass(frozen=True, slots=True)
class Consequences:
    """What a yes and what a no will do, in sentences."""

    approval: tuple[str, ...]
    rejection: tuple[str, ...]


def find_what_is_asked(question: Question, ledger: Slice, rivals: int) -> WhatIsAsked:
    """Gather what the consequences of a decision depend on, from the slice that it is decided on."""
    live, space = ledger.reservation, ledger.space
    may_edit = space.may_edit_events_of(question.asked.organizer)
    is_series = question.group_id is not None
    return WhatIsAsked(
        about=_about(question, live),
        shown=_shown(ledger),
        is_series=is_series,
        is_held=ledger.hold is not None,
        edits_organizer_event=may_edit,
        refused_as=_refused_as(question, ledger, may_edit=may_edit) if not is_series else "declined",
        rivals=rivals,
    )


def _about(question: Question, live: Reservation | None) -> About:
    if question.moves is not None:
        return "move"
    is_booked = live is not None and live.status == "confirmed"
    return "change" if question.change is not None or is_booked else "booking"


def _shown(ledger: Slice) -> Shown:
    live, group, meeting = ledger.reservation, ledger.group, ledger.meeting
    if ledger.space.room_mailbox is None:
        return "no_mailbox"
    ical_uid = live.ical_uid if live is not None else group.ical_uid if group is not None else None
    if ical_uid is None or (live is not None and live.kept_without_invitation):
        return "hold"
    is_invited = meeting is not None and meeting.is_present and meeting.shown_answer != Answer.ORGANIZER
    return "invitation" if is_invited else "unchanging"


def _refused_as(question: Question, ledger: Slice, *, may_edit: bool) -> RefusedAs:
    live = ledger.reservation
    if may_edit and live is not None and live.window != question.asked.window:
        return "moved_back"
    return "proposed" if ledger.space.refused_edit == "propose_original" else "declined"


def say_consequences(asked: WhatIsAsked) -> Consequences:
    """Say what a yes and what a no will do."""
    return Consequences(tuple(_say_approval(asked)), tuple(_say_rejection(asked)))


def _say_approval(asked: WhatIsAsked) -> Iterator[str]:
    yield _WHAT_IS_BOOKED[asked.about, asked.is_series]
    yield _say_approval_in_outlook(asked)
    if asked.rivals == 1:
        yield "The other request that competes for the same time will be declined, and whoever made it is told."
    elif asked.rivals:
        others = say_count(asked.rivals, "other request")
        yield f"{others} that compete for the same time will be declined, and whoever made them is told."


def _say_rejection(asked: WhatIsAsked) -> Iterator[str]:
    yield _WHAT_IS_KEPT[asked.about, asked.is_series]
    yield _say_rejection_in_outlook(asked)


_WHAT_IS_BOOKED = {
    ("booking", False): "The time will be booked.",
    ("booking", True): "All dates that are asked for will be booked.",
    ("change", False): "The booking will be changed to what is asked for, and its old time becomes free.",
    ("change", True): "The dates will be changed to what is asked for, and their old times become free.",
    ("move", False): "The meeting will be moved to the time that is asked for.",
    ("move", True): "The dates will be moved to the times that are asked for.",
}

_WHAT_IS_KEPT = {
    ("booking", False): "The request will be declined, and its time becomes free.",
    ("booking", True): "All dates that are asked for will be declined, and their times become free.",
    ("change", False): "The booking will stay as it is.",
    ("change", True): "The dates will stay as they are booked.",
    ("move", False): "The meeting will stay where it is.",
    ("move", True): "The dates will stay where they are.",
}

_NOT_MAPPED = "The space has no room mailbox, so nothing changes in Outlook."
_NOTHING = "Nothing changes in Outlook."

_REFUSED_EDITS = {
    "moved_back": "In Outlook, the organizer's event is moved back to what is booked, and the organizer is told why.",
    "proposed": "In Outlook, the room answers tentatively and proposes the time that is booked to the organizer.",
    "declined": "In Outlook, the room declines the changed meeting; an event of the room's own keeps what is booked.",
}


def _say_approval_in_outlook(asked: WhatIsAsked) -> str:
    if asked.shown == "no_mailbox":
        return _NOT_MAPPED
    if asked.about == "move":
        if asked.edits_organizer_event:
            return "In Outlook, the meeting is moved on its organizer's own calendar, and its organizer is told."
        return "In Outlook, the new time is proposed to the organizer, who accepts it by moving the meeting there."
    match asked.shown:
        case "invitation":
            return "In Outlook, the room accepts the invitation, and its organizer gets that answer with your comment."
        case "hold":
            return "In Outlook, an event of its own on the room's calendar shows the booking. Outlook mails nobody."
        case "unchanging":
            return _NOTHING
        case _:
            assert_never(asked.shown)


def _say_rejection_in_outlook(asked: WhatIsAsked) -> str:
    if asked.shown == "no_mailbox":
        return _NOT_MAPPED
    if asked.about == "move" or asked.shown == "unchanging":
        return _NOTHING
    if asked.shown == "hold":
        is_dropped = asked.is_held and asked.about == "booking"
        return "In Outlook, the event that holds the time leaves the room's calendar." if is_dropped else _NOTHING
    if asked.about == "change":
        return _REFUSED_EDITS[asked.refused_as]
    off = " The room is taken off the organizer's event." if asked.edits_organizer_event else ""
    return f"In Outlook, the room declines the invitation, and its organizer gets that answer with your comment.{off}"
