"""Tell from an error what cannot be reached: a mailbox, a whole connection, or nothing but what was asked for."""

from enum import Enum

from libs.graph.errors import (
    AuthenticationFailed,
    Forbidden,
    GraphError,
    IncompleteListing,
    LoginUnreachable,
    NotFound,
    Transient,
    UnusableConnection,
)


class OutOfReach(Enum):
    """What an error says cannot be reached now, and may be reached later by the same call."""

    CONNECTION = "connection"
    MAILBOX = "mailbox"


def out_of_reach(error: GraphError) -> OutOfReach | None:
    """Return what cannot be reached; None if the error is about this very call, which would be refused again.

    Only for calls that name a mailbox and no event in it: a `NotFound` of those is about the mailbox.
    """
    match error:
        case AuthenticationFailed() | LoginUnreachable() | UnusableConnection():
            return OutOfReach.CONNECTION
        case Forbidden() | NotFound() | Transient() | IncompleteListing():
            return OutOfReach.MAILBOX
        case _:
            return None
