"""Explain to an administrator why a room or a connection cannot be compared, and what happens next."""

from libs.graph.errors import (
    AuthenticationFailed,
    Forbidden,
    GraphError,
    LoginUnreachable,
    NotFound,
    UnusableConnection,
)
from libs.graph.remedies import tell
from services.reconciler.store.rooms import ClaimedRoom


def explain(room: ClaimedRoom, error: Exception) -> str:
    """Explain why a room could not be compared."""
    if isinstance(error, AuthenticationFailed | UnusableConnection):
        return f"{tell(error)} Nothing is taken for changed meanwhile, and it is tried again by itself."
    if isinstance(error, LoginUnreachable):
        return f"The room calendar could not be read. {tell(error)} It is tried again by itself."
    if isinstance(error, Forbidden | NotFound):
        return (
            f"The room mailbox {room.room_mailbox} cannot be reached: {error}. If that lasts, it was renamed or "
            "removed, or the app registration may not read it. Mend that or map the space anew; it is tried again "
            "every few seconds."
        )
    return f"The room calendar could not be read: {type(error).__name__}: {error}. It is tried again by itself."


def explain_failed_import(room_mailbox: str, error: Exception) -> str:
    """Explain why a room could not be imported, and what to do."""
    if isinstance(error, Forbidden | NotFound):
        return (
            f"The room mailbox {room_mailbox} cannot be reached: {error}. It was renamed or removed, or the app "
            "registration may not read it. Mend that or map the space anew, then resume this import. One that was "
            "renamed is imported by itself once the space follows it to its new address."
        )
    return f"{_tell(error)} It was tried again and again; resume this import to have it tried once more."


def explain_retried_import(error: Exception) -> str:
    """Explain why a room was not imported yet."""
    return f"{_tell(error)} It is tried again by itself."


def _tell(error: Exception) -> str:
    if isinstance(error, AuthenticationFailed | UnusableConnection):
        return tell(error)
    if isinstance(error, LoginUnreachable):
        return f"The room calendar could not be read. {tell(error)}"
    return f"The room calendar could not be read: {type(error).__name__}: {error}."


def explain_most_failing(failing: int, of: int, error: GraphError) -> str:
    """Explain why a connection is paused of which most rooms fail, the last one because of `error`."""
    return (
        f"{failing} of the {of} rooms of this connection cannot be read, the last one because of: {error}. Nothing is "
        "taken for changed meanwhile, and one of them is tried every few seconds. If Microsoft 365 is well, check the "
        "permissions of the app registration and the scope of its access to mailboxes."
    )
