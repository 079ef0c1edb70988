"""How it is told what is wrong with the mapping of a space, and what helps, wherever it is told."""

from collections.abc import Iterator

from services.policy.commands.mapping_state import RoomCondition, worst_condition
from services.policy.core.own_answers import ENOUGH_UNANSWERED, write_command
from services.policy.store.spaces import WatchedSpace

PAGE = "https://learn.microsoft.com/powershell/module/exchangepowershell/set-calendarprocessing"


def condition_of(found: WatchedSpace) -> RoomCondition | None:
    """Return how the mailbox of a space is doing; None if it has none."""
    if found.space.room_mailbox is None:
        return None
    return worst_condition(found.watch, found.sweep, found.own_answers)


def tell_details(found: WatchedSpace, condition: RoomCondition | None) -> str | None:
    """Tell how the mailbox is doing, and what is left of us in mailboxes that the space was mapped to before."""
    return " ".join(_details(found, condition)) or None


def tell_own_answers(room_mailbox: str) -> str:
    """Tell in full sentences what was seen, what follows, and what helps."""
    return (
        "This mailbox answers invitations by itself, or somebody answers for it. Every invitation is decided here all "
        "the same, so an organizer may get a second answer that contradicts the first. An administrator of Exchange "
        f"Online mends it by: {write_command(room_mailbox)} (see {PAGE}). This note goes away once "
        f"{ENOUGH_UNANSWERED} invitations in a row have come unanswered."
    )


def _details(found: WatchedSpace, condition: RoomCondition | None) -> Iterator[str]:
    if condition is not None and condition.detail is not None:
        yield condition.detail
    if found.own_answers is not None and found.space.room_mailbox is not None:
        yield tell_own_answers(found.space.room_mailbox)
    for left in found.left:
        yield f"Events of ours to be taken out of {left.room_mailbox}, which this space has left: {left.holds}."
        if left.problem is not None:
            yield f"The last attempt failed: {left.problem}"
