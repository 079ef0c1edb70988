"""An event copied by hand, such as with "Copy to my calendar": the same content as an item of the calendar's owner.

What of its identity goes along depends on who copies with what: the iCalUId may stay, change, or be empty, and hidden
properties may go along.

Source: https://learn.microsoft.com/en-us/openspecs/exchange_server_protocols/ms-oxocal/ (section 3.1.4.7.2)
"""

from dataclasses import replace

from tests.graphsim.exchange import exceptions
from tests.graphsim.exchange.mailbox import SimulatedMailbox
from tests.graphsim.exchange.stored_event import RecordedAnswer, StoredEvent
from tests.graphsim.exchange.world import World


def copy_event(
    world: World, mailbox: SimulatedMailbox, event: StoredEvent, *, ical_uid: str | None, has_properties: bool
) -> StoredEvent:
    """Put a copy of the event on the same calendar; without another `ical_uid` it has the same."""
    copy = replace(
        event,
        immutable_id=world.ids.immutable(),
        default_id=world.ids.default(),
        ical_uid=event.ical_uid if ical_uid is None else ical_uid,
        organizer=mailbox.person,
        is_organizer=True,
        is_meeting=False,
        attendees=(),
        answer=RecordedAnswer("organizer"),
        created_at=world.clock(),
        transaction_id=None,
        dropped=frozenset(),
        extended=dict(event.extended) if has_properties else {},
        series=exceptions.copied(event.series),
        rendered={},
    )
    world.write(mailbox, copy, "created")
    return copy
