"""That a room mailbox answers invitations by itself, and what mends it, as JSON."""

from pydantic import BaseModel, Field

from services.policy.api.fields import MomentOut
from services.policy.core.own_answers import write_command
from services.policy.store.spaces import OwnAnswers


class AnswersByItself(BaseModel):
    """A room mailbox that answered invitations by itself, or for which somebody did."""

    since: MomentOut = Field(description="When this was first seen.")
    last_seen_at: MomentOut = Field(description="When this was last seen.")
    command: str = Field(description="What an administrator of Exchange Online runs in PowerShell to mend it.")


def show_own_answers(found: OwnAnswers, room_mailbox: str) -> AnswersByItself:
    """Show that a mailbox answers by itself, with what mends it."""
    return AnswersByItself(since=found.since, last_seen_at=found.last_seen_at, command=write_command(room_mailbox))
