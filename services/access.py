"""How this system tells on the bus that a mailbox or connection was reached again."""

from libs.common.waiting import Remote
from libs.contracts.messages import RetryRequested


def retry_requested(target: Remote) -> RetryRequested:
    """Return the message that has every service try again what waits for a target."""
    return RetryRequested(connection_id=target.realm, room_mailbox=target.member, reason="access_restored")
