"""Questions that cannot be decided as asked, and conflicts that cannot be resolved so."""

from datetime import datetime

from libs.contracts.approvals import QuestionState
from libs.contracts.values import Actor, Reason
from services.policy.commands.command_error import CommandError
from services.policy.core.explanations import Keep


class Undecidable(CommandError):
    """A question cannot be decided any more. See what became of its reservation."""


class AlreadyDecided(Undecidable):
    """The question is closed. `by` and `at` tell who closed it, and when; nobody did if that is None."""

    def __init__(self, state: QuestionState, by: Actor | None, at: datetime | None) -> None:
        super().__init__(f"the question is {state} already")
        self.state = state
        self.by = by
        self.at = at


class AskedTimeIsOver(Undecidable):
    """The time that was asked for is over."""

    def __init__(self, end: datetime) -> None:
        super().__init__(f"what was asked for is over since {end}")
        self.end = end


class AskedTimeIsTaken(Undecidable):
    """Others have the time that a question competes for. Reject it, or make room and approve it then."""

    def __init__(self, reasons: tuple[Reason, ...]) -> None:
        super().__init__("the time that is asked for is taken")
        self.reasons = reasons


class Unresolvable(CommandError):
    """A conflict cannot be resolved as asked. What is in conflict stays as it is on both sides."""


class AlreadyResolved(Unresolvable):
    """Somebody resolved the conflict before. What they kept is kept."""

    def __init__(self, keep: Keep, by: Actor, at: datetime) -> None:
        super().__init__(f"the conflict was resolved at {at}")
        self.keep = keep
        self.by = by
        self.at = at


class OwnedByRoom(Unresolvable):
    """What would have to go is an event of the room's own, which nobody can be told about. Delete it in Outlook."""

    def __init__(self, keep: Keep) -> None:
        super().__init__("what would have to go is an event of the room's own")
        self.keep = keep


class NotCancellable(Unresolvable):
    """What would have to go cannot be cancelled as it is now. `detail` tells why in sentences."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


AnyUndecidable = AlreadyDecided | AskedTimeIsOver | AskedTimeIsTaken
AnyUnresolvable = AlreadyResolved | OwnedByRoom | NotCancellable
