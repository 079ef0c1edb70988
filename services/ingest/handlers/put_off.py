"""Put a notification off: its mailbox or connection cannot be reached, or its event cannot be read."""

from libs.common.handlers import RetryLater, Waits
from libs.common.waiting import Remote
from libs.contracts.messages import OutlookNotified
from libs.graph.errors import GraphError
from libs.graph.reach import OutOfReach, out_of_reach
from services.ingest.store.rooms import MappedRoom


def put_off(message: OutlookNotified, room: MappedRoom, error: BaseException) -> RetryLater | Waits:
    """Return how a notification whose event could not be read is to come again; nothing tells what the event has."""
    if isinstance(error, GraphError) and (what := out_of_reach(error)) is not None:
        mailbox = room.room_mailbox if what is OutOfReach.MAILBOX else None
        return Waits(message, Remote(room.tenancy.connection_id, mailbox), f"{type(error).__name__}: {error}")
    reason = f"{type(error).__name__}: {error}" if isinstance(error, GraphError) else type(error).__name__
    return RetryLater(message, reason)
