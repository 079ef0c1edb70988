"""A mailbox laid open: every copy it holds or held, with what Graph does not show."""

from tests.graphsim.exchange.stored_event import Json
from tests.graphsim.exchange.world import World
from tests.graphsim.graph.render import View, event_json


def stored_events(world: World, address: str) -> list[Json]:
    """Every copy the mailbox holds or held, as Graph writes it, with what Graph does not show."""
    mailbox = world.mailbox(address)
    return [
        {
            **event_json(mailbox, event, View()),
            "immutableId": event.immutable_id,
            "deleted": event.deleted_at is not None,
            "deletedDateTime": event.deleted_at.isoformat() if event.deleted_at else None,
            "extendedProperties": dict(event.extended),
            "sequence": event.sequence,
        }
        for event in mailbox.everything()
    ]
