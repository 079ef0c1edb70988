"""Make planned calls, each in Graph's terms."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Literal, assert_never

from libs.graph import bodies
from libs.graph.client import GraphClient
from libs.graph.errors import Gone, NotFound
from libs.graph.types import Event, EventBody
from services.outbound.core.calls import (
    Call,
    ChangeDate,
    ChangeHold,
    CreateHold,
    Move,
    NameHold,
    RecurOtherwise,
    RemoveDate,
    RemoveHold,
    Respond,
    ShowBusy,
    TakeRoomOff,
)
from services.outbound.handlers.apply_series import change_dates, change_series, recurring

VERBS: Mapping[str, Literal["accept", "decline", "tentativelyAccept"]] = {
    "accepted": "accept",
    "declined": "decline",
    "tentativelyAccepted": "tentativelyAccept",
}


async def apply(client: GraphClient, mailbox: str, calls: Sequence[Call]) -> Event | None:
    """Make the calls in order; return the first event that was written, as Graph then showed it.

    Those to single dates of a series come last and travel together; what they write is not returned. Raises what the
    client raises; the calls before it have taken effect, and some of those that travelled with it may have.
    """
    dates = [call for call in calls if isinstance(call, ChangeDate | RemoveDate)]
    written = [await _make(client, mailbox, call) for call in calls if not isinstance(call, ChangeDate | RemoveDate)]
    await change_dates(client, mailbox, dates)
    return next((event for event in written if event is not None), None)


async def _make(  # noqa: PLR0911 - one for each call
    client: GraphClient, mailbox: str, call: Call
) -> Event | None:
    match call:
        case Respond():
            await _respond(client, mailbox, call)
            return None
        case Move():
            body = _moved(call)
            return await client.update_event(mailbox, call.event_id, body, if_match=call.etag)
        case TakeRoomOff():
            await client.take_off(call.organizer, call.event_id, call.room, if_match=call.etag)
            return None
        case ShowBusy():
            return await client.update_event(mailbox, call.event_id, bodies.busy(), if_match=call.etag)
        case CreateHold():
            new = bodies.new_hold(
                call.window.start,
                call.window.end,
                call.subject,
                reservation_id=call.reservation_id,
                transaction_id=call.transaction_id,
            )
            if call.recurs is not None:
                new |= recurring(call.window, call.recurs)
            return await client.create_event(mailbox, new)
        case ChangeHold():
            body = bodies.hold(call.window.start, call.window.end, call.subject)
            return await client.update_event(mailbox, call.event_id, body, if_match=call.etag)
        case RemoveHold():
            with suppress(NotFound, Gone):
                await client.delete_event(mailbox, call.event_id)
            return None
        case RecurOtherwise() | NameHold() | ChangeDate() | RemoveDate():
            return await change_series(client, mailbox, call)
        case _:
            assert_never(call)


def _moved(call: Move) -> EventBody:
    start, end = call.window.start, call.window.end
    if call.series_in is not None:
        return bodies.series_window(start, end, call.series_in)
    return bodies.window(start, end, all_day_in=call.all_day_in)


async def _respond(client: GraphClient, mailbox: str, call: Respond) -> None:
    """Answer as planned: nothing is left out in silence because Graph refuses it.

    An organizer may disallow proposals of another time. Then policy answers another way.
    Source: https://learn.microsoft.com/en-us/graph/api/event-tentativelyaccept
    """
    verb = VERBS[call.answer]
    sends = call.comment is not None
    proposed = (call.proposed.start, call.proposed.end) if call.proposed is not None else None
    await client.respond(mailbox, call.event_id, verb, comment=call.comment, sends_response=sends, proposed=proposed)
