"""A mailbox laid open: every copy it holds or held, with what Graph does not show."""

from tests.graphsim.exchange.mailbox import SimulatedMailbox
from tests.graphsim.exchange.stored_event import Json, StoredEvent
from tests.graphsim.exchange.world import World
from tests.graphsim.graph.render import View, event_json


def stored_events(world: World, address: str) -> list[Json]:
    """Every copy the mailbox holds or held, as Graph writes it, with what Graph does not show.

    A series has its `exceptions` and its `deletedOccurrences`, as they were last, each by its `originalDate`.
    """
    mailbox = world.mailbox(address)
    return [_laid_open(mailbox, event) for event in mailbox.everything()]


def _laid_open(mailbox: SimulatedMailbox, event: StoredEvent) -> Json:
    shown: Json = {
        **event_json(mailbox, event, View()),
        "immutableId": event.immutable_id,
        "deleted": event.deleted_at is not None,
        "deletedDateTime": event.deleted_at.isoformat() if event.deleted_at else None,
        "extendedProperties": dict(event.extended),
        "sequence": event.sequence,
    }
    if event.original is not None:
        shown["originalDate"] = str(event.original.day)
    elif event.is_series:
        shown["exceptions"] = [_laid_open(mailbox, each) for _, each in sorted(event.series.exceptions.items())]
        shown["deletedOccurrences"] = [_laid_open(mailbox, each) for _, each in sorted(event.series.deleted.items())]
    return shown
