"""Make the calls to recurring holds and to their dates, each in Graph's terms."""

from collections.abc import Iterable
from contextlib import suppress
from typing import assert_never

from libs.common.together import together
from libs.contracts.values import Window
from libs.graph import bodies
from libs.graph.client import GraphClient
from libs.graph.errors import Gone, NotFound
from libs.graph.limiter import bulk
from libs.graph.types import Event, EventBody
from services.outbound.core.calls import ChangeDate, DateCall, NameHold, RecurOtherwise, Recurs, RemoveDate, SeriesCall


def recurring(window: Window, recurs: Recurs) -> EventBody:
    """Build the body of an event that recurs, at the wall-clock time of its first date."""
    return {
        **bodies.series_window(window.start, window.end, recurs.time_zone),
        **bodies.recurrence(recurs.recurrence, recurs.time_zone),
    }


async def change_series(client: GraphClient, mailbox: str, call: SeriesCall) -> Event | None:
    """Make a call; return the recurring event as it then is, None after a call to one of its dates.

    A date to take out that is not there is out. Raises what else the client raises.
    """
    match call:
        case RecurOtherwise():
            recurs = call.recurs
            body = bodies.recurrence(recurs.recurrence, recurs.time_zone)
            if call.window is not None:
                body = recurring(call.window, recurs)
            return await client.update_event(mailbox, call.event_id, body, if_match=call.etag)
        case NameHold():
            named = bodies.named_busy(call.subject)
            return await client.update_event(mailbox, call.event_id, named, if_match=call.etag)
        case ChangeDate():
            window = bodies.window(call.window.start, call.window.end)
            await client.update_event(mailbox, call.event_id, {**window, **bodies.named_busy(call.subject)})
        case RemoveDate():
            with suppress(NotFound, Gone):
                await client.delete_event(mailbox, call.event_id)
        case _:
            assert_never(call)
    return None


async def change_dates(client: GraphClient, mailbox: str, calls: Iterable[DateCall]) -> None:
    """Make calls to single dates in as few requests as Graph takes them in.

    Raises what the client raises; any of the others may have taken effect then.
    """
    with bulk():
        await together(change_series(client, mailbox, call) for call in calls)
