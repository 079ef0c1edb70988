"""What comes too late, or is not as it was seen, is refused as a conflict, with a sentence that says why."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from libs.contracts.values import Actor, ActorKind, Reason
from services.policy.api.translate import problem_of
from services.policy.commands.errors import AnyCommandError
from services.policy.commands.import_errors import ImportHasEnded, NothingToImport
from services.policy.commands.unconfirmable import BrakeChanged, NothingBraked
from services.policy.commands.undecidable import (
    AlreadyDecided,
    AlreadyResolved,
    AskedTimeIsOver,
    AskedTimeIsTaken,
    NotCancellable,
    OwnedByRoom,
)

SPACE_ID = UUID("11111111-1111-4111-8111-111111111111")
TAKEN = Reason(rule="availability", message="It is taken.")
DECIDED_AT = datetime(2027, 3, 1, 9, 30, tzinfo=UTC)
GRACE = Actor(kind=ActorKind.APPROVER, subject="t:g", name="Grace")
TOO_LATE: list[tuple[AnyCommandError, str]] = [
    (
        NothingToImport(),
        (
            "None of the spaces that are asked for is mapped to a room mailbox, so there is nothing to import. Map "
            "one, which begins an import by itself, or rehearse a mapping."
        ),
    ),
    (
        ImportHasEnded("finished", is_resumed=False),
        "This import has finished already, so there is nothing left to pause.",
    ),
    (
        ImportHasEnded("failed", is_resumed=True),
        "This import has failed, and there is nothing in it to try again. Begin another one.",
    ),
    (
        AlreadyDecided("approved", GRACE, DECIDED_AT),
        "This question was approved by Grace at 2027-03-01T09:30:00+00:00. The first decision stands.",
    ),
    (
        AlreadyDecided("rejected", GRACE.model_copy(update={"name": None}), DECIDED_AT),
        "This question was rejected by t:g at 2027-03-01T09:30:00+00:00. The first decision stands.",
    ),
    (
        AlreadyDecided("superseded", None, DECIDED_AT),
        (
            "More was asked for since, it needs no approval any more, or another booking got the time, so this "
            "question is closed."
        ),
    ),
    (
        AlreadyDecided("withdrawn", None, DECIDED_AT),
        "What was asked for was cancelled, so this question is closed.",
    ),
    (
        AlreadyDecided("expired", None, DECIDED_AT),
        "Nobody had decided this question by its deadline, so it is closed.",
    ),
    (
        AskedTimeIsOver(DECIDED_AT),
        "The time that was asked for is over, so there is nothing to decide any more.",
    ),
    (
        AskedTimeIsTaken((TAKEN,)),
        "It cannot be booked now. It is taken. Reject this question, or make room first and approve it then.",
    ),
    (
        AlreadyResolved("ledger", GRACE, DECIDED_AT),
        (
            "This conflict was resolved by Grace at 2027-03-01T09:30:00+00:00, who kept what the ledger has. The first "
            "decision stands."
        ),
    ),
    (
        OwnedByRoom("ledger"),
        (
            "To keep what the ledger has, an event on the room's own calendar would have to go. Nobody invited the "
            "room to it, so nobody could be told, and Room Reservations deletes no event that it has not made. Delete "
            "or move that event in Outlook; the conflict ends by itself then."
        ),
    ),
    (
        NotCancellable("It is being moved."),
        "What is in the way cannot be cancelled now. It is being moved.",
    ),
    (
        NothingBraked(SPACE_ID),
        (
            "No cancellations of this room wait to be confirmed. They were confirmed and done, the meetings are back, "
            "or the room cannot be compared just now; the state of its mapping says which."
        ),
    ),
    (
        BrakeChanged(DECIDED_AT, 8),
        (
            "8 cancellations wait now, which is not what was confirmed, so nothing was cancelled. Look at what is gone "
            "now, and confirm that if it is to be cancelled."
        ),
    ),
]


@pytest.mark.parametrize(("error", "said"), TOO_LATE)
def test_what_cannot_be_decided_any_more_says_why(error: AnyCommandError, said: str) -> None:
    problem = problem_of(error, ())

    assert (problem.status_code, problem.kind.slug, problem.detail) == (409, "conflict", said)


def test_what_has_the_time_is_named_where_an_approval_is_refused() -> None:
    assert problem_of(AskedTimeIsTaken((TAKEN,)), ()).reasons == (TAKEN,)
