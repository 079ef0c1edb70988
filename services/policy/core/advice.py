"""Say what to do next about reasons that speak against a request: one sentence for each thing that would help.

One rule: it never contradicts a reason, and where the reason says what to do itself, it adds nothing.
"""

from collections.abc import Sequence

from libs.contracts.values import Window
from services.policy.core.alternatives import Alternatives, FreeSpace
from services.policy.core.explanations import (
    BrokenRule,
    Explanation,
    HasEnded,
    HasNoLength,
    HeldByInvitation,
    IsASeries,
    IsOver,
    KeptInConflict,
    NotApprovedInTime,
    OnDate,
    OverCapacity,
    RejectedByAdministrator,
    TimeNotChangeable,
    TooFarAhead,
    TooLong,
    is_conflict,
)
from services.policy.core.naming import cut
from services.policy.core.place import Place
from services.policy.core.policies.phrases import join_and, join_or, say_people
from services.policy.core.times import say_window


def advise(reasons: Sequence[Explanation], instead: Alternatives, place: Place) -> list[str]:
    """Return what would help against these reasons, with what could be booked instead."""
    changes = [change for change in map(_say_what_helps, reasons) if change is not None]
    if instead.next_free is not None or any(is_conflict(each) for each in reasons):
        changes.append(_say_when_free(instead.next_free, place))
    if instead.spaces:
        changes.append(_say_spaces(instead.spaces))
    return list(dict.fromkeys(changes))


def _say_what_helps(why: Explanation) -> str | None:  # noqa: C901, PLR0911 - one case for each remedy
    """Say what would help against a reason, whoever has the space; None if the reason says so itself."""
    match why:
        case IsASeries() | HeldByInvitation() | TimeNotChangeable() | HasEnded():
            return None
        case OnDate():
            return _say_what_helps(why.why)
        case BrokenRule():
            return why.rule.help
        case OverCapacity():
            return "Please choose a larger room, or invite fewer people."
        case HasNoLength():
            return "Please give it a length."
        case TooLong():
            return "Please ask for a shorter time."
        case IsOver():
            return "Please choose a time to come."
        case RejectedByAdministrator() | NotApprovedInTime() | KeptInConflict():
            return "Please choose another room or another time, or ask the administrator."
        case TooFarAhead():
            return "Please choose an earlier date, or ask again when it is nearer."
        case _ if is_conflict(why):
            return None
        case _:
            return "Please change the request so that it fits, or choose another room."


def say_links(instead: Alternatives) -> list[str]:
    """Say on which page one can act, if there is one; nothing follows the address, so that it is read as it is."""
    if instead.url is None:
        return []
    ways = [
        *(["book something instead"] if instead.next_free is not None or instead.spaces else []),
        *(["wait for this time in case it becomes free"] if instead.may_wait else []),
    ]
    return [f"On this page you can {join_or(ways)}: {instead.url}"]


def _say_spaces(spaces: Sequence[FreeSpace]) -> str:
    """Name spaces that are free at the time asked for."""
    return f"Free at that time: {join_and([say_space(each) for each in spaces])}."


def say_space(free: FreeSpace) -> str:
    """Name a space, and for how many people it is."""
    return f"{cut(free.name)} (for {say_people(free.capacity)})"


def _say_when_free(free: Window | None, place: Place) -> str:
    if free is None:
        return "This room has no free time of that length within a week of it: choose another time or another room."
    return f"The next free time of this room is {say_window(free, place.time_zone)}."
