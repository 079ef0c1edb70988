"""Copies that are not where they should be for a while, though nothing is lost.

An accept may copy the item and delete the old one; between the two there is none, for 5 to 15 seconds in the field. A
new copy may be told of before it can be read. Either is a setting of the mailbox.

Source: https://github.com/OfficeDev/ews-managed-api/issues/255
Source: https://learn.microsoft.com/en-us/openspecs/exchange_server_protocols/ms-oxocal/ (section 3.1.4.8.1)
Source: https://github.com/microsoftgraph/msgraph-sdk-java/issues/1225
"""

from collections.abc import Callable
from dataclasses import replace

from tests.graphsim.exchange import exceptions
from tests.graphsim.exchange.mailbox import Recreation, SimulatedMailbox
from tests.graphsim.exchange.stored_event import StoredEvent
from tests.graphsim.exchange.world import World


def bring(world: World, mailbox: SimulatedMailbox, copy: StoredEvent) -> None:
    """Put a new copy on the calendar; listeners hear of it now, and Graph may show it later."""
    after = mailbox.readable_after_ms
    copy.is_hidden = after[1] > 0
    world.write(mailbox, copy, "created")
    if copy.is_hidden:

        def show() -> None:
            copy.is_hidden = False
            copy.series.computed.clear()
            exceptions.carry_over(copy)

        world.timers.later((after[0] / 1000, after[1] / 1000), show)


def recreate(world: World, mailbox: SimulatedMailbox, event: StoredEvent, how: Recreation) -> None:
    """Take the event away now and put it back later as a new item; what is done to it meanwhile waits for that."""
    world.remove(mailbox, event)
    mailbox.awaited[event.ical_uid] = []

    def put_back() -> None:
        copy = replace(
            event,
            immutable_id=world.ids.immutable(),
            default_id=world.ids.default(),
            created_at=world.clock(),
            deleted_at=None,
            extended=dict(event.extended),
            series=exceptions.copied(event.series),
            rendered={},
        )
        bring(world, mailbox, copy)
        for act in mailbox.awaited.pop(event.ical_uid):
            act()

    world.timers.later((how.delay_ms[0] / 1000, how.delay_ms[1] / 1000), put_back)


def when_there(mailbox: SimulatedMailbox, ical_uid: str, act: Callable[[], None]) -> None:
    """Act now, or once the copy that is on its way back is there."""
    waiting = mailbox.awaited.get(ical_uid)
    if waiting is None:
        act()
    else:
        waiting.append(act)
