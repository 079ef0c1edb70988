"""Why a space cannot be mapped, rooms not be imported, or a connection not be deleted, in words for everybody."""

from typing import assert_never

from services.policy.commands.import_errors import (
    AnyUnusableImport,
    ImportHasEnded,
    MailboxNamedTwice,
    NothingToImport,
    SpaceNamedTwice,
    SpaceNotMapped,
)
from services.policy.commands.space_errors import (
    AnyInvalidMapping,
    ConnectionNotNamed,
    ConnectionStillLeaving,
    ConnectionStillMapped,
    MailboxMappedElsewhere,
    MailboxStillClosing,
    NoTenantConnected,
    NothingToConnect,
)

AnyMailboxTaken = MailboxMappedElsewhere | MailboxStillClosing
AnyConnectionNeeded = ConnectionStillMapped | ConnectionStillLeaving


def explain_mapping(error: AnyInvalidMapping) -> tuple[str, str, str]:
    """Return which field of a mapping cannot be used, what is wrong with it, and what would be right."""
    match error:
        case NothingToConnect():
            return "connection", "goes with a room mailbox", "room_mailbox beside it, or neither"
        case NoTenantConnected():
            return "room_mailbox", "cannot be reached yet", "Connect a tenant first: POST /v1/connections"
        case ConnectionNotNamed():
            return "connection", "is missing", "There are several connections: name the mailbox's own"
        case _:
            assert_never(error)


def say_who_has_mailbox(error: AnyMailboxTaken) -> str:
    """Say which space has a mailbox, and what to do."""
    holder = f"{error.holder_name} ({error.holder_id})"
    match error:
        case MailboxMappedElsewhere():
            return (
                f"This mailbox is mapped to the space {holder}. Unmap that one first, or take another mailbox: each "
                "space has a mailbox of its own."
            )
        case MailboxStillClosing():
            return (
                f"This mailbox was that of the space {holder}, which was deleted, and the organizers of its meetings "
                "are being told. Try again in a minute, or take another mailbox."
            )
        case _:
            assert_never(error)


def say_why_connection_is_needed(error: AnyConnectionNeeded) -> str:
    """Say what still needs a connection, and what to do."""
    match error:
        case ConnectionStillMapped():
            return (
                f"Spaces mapped through this connection: {error.spaces}, {error.first_name} ({error.first_id}) among "
                "them. Unmap them, or map them through another connection; then delete this one."
            )
        case ConnectionStillLeaving():
            return (
                f"Events of ours to be taken out of Outlook through this connection: {error.holds}. Delete it when "
                "they are out, which takes a few minutes."
            )
        case _:
            assert_never(error)


def say_why_not_imported(error: AnyUnusableImport) -> str:
    """Say why an import cannot be begun, paused or resumed, and what to do."""
    match error:
        case SpaceNotMapped():
            return (
                f"The space {error.space_id} is mapped to no mailbox, so there is nothing to import. Map it, which "
                "begins an import by itself, or rehearse the mapping."
            )
        case SpaceNamedTwice():
            return f"The space {error.space_id} is named twice. Name each space once."
        case MailboxNamedTwice():
            return f"The mailbox {error.room_mailbox} is named twice. Name each mailbox once: it has one space."
        case NothingToImport():
            return (
                "None of the spaces that are asked for is mapped to a room mailbox, so there is nothing to import. Map "
                "one, which begins an import by itself, or rehearse a mapping."
            )
        case ImportHasEnded(is_resumed=True):
            return f"This import has {error.state}, and there is nothing in it to try again. Begin another one."
        case ImportHasEnded():
            return f"This import has {error.state} already, so there is nothing left to pause."
        case _:
            assert_never(error)
