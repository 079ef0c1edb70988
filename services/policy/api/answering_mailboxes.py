"""How it is told that a room mailbox answers invitations by itself, and what mends it."""

from pydantic import BaseModel, Field

from services.policy.api.fields import MomentOut
from services.policy.core.own_answers import ENOUGH_UNANSWERED, write_command
from services.policy.store.spaces import OwnAnswers

PAGE = "https://learn.microsoft.com/powershell/module/exchangepowershell/set-calendarprocessing"


class AnswersByItself(BaseModel):
    """A room mailbox that answered invitations by itself, or for which somebody did."""

    since: MomentOut = Field(description="When this was first seen.")
    last_seen_at: MomentOut = Field(description="When this was last seen.")
    command: str = Field(description="What an administrator of Exchange Online runs in PowerShell to mend it.")


def show_own_answers(found: OwnAnswers, room_mailbox: str) -> AnswersByItself:
    """Show that a mailbox answers by itself, with what mends it."""
    return AnswersByItself(since=found.since, last_seen_at=found.last_seen_at, command=write_command(room_mailbox))


def tell_own_answers(room_mailbox: str) -> str:
    """Tell in full sentences what was seen, what follows, and what helps."""
    return (
        "This mailbox answers invitations by itself, or somebody answers for it. Every invitation is decided here all "
        "the same, so an organizer may get a second answer that contradicts the first. An administrator of Exchange "
        f"Online mends it by: {write_command(room_mailbox)} (see {PAGE}). This note goes away once "
        f"{ENOUGH_UNANSWERED} invitations in a row have come unanswered."
    )
