"""Graph as one application sees it: a method for each call that we make, from our values to our values.

How a call gets there, within limits, with a token and repeated as far as that is safe, is for `transport`.
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Literal
from uuid import UUID

import aiohttp

from libs.graph import bodies, directory, protocol, series, translate
from libs.graph.auth import Tokens
from libs.graph.cloud import Cloud
from libs.graph.directory import MailboxNature, RoomPlace
from libs.graph.errors import (
    Gone,
    IncompleteListing,
    MailboxNotFound,
    NotFound,
    PreconditionFailed,
)
from libs.graph.limiter import Limiter
from libs.graph.protocol import Call
from libs.graph.text import event_known_by
from libs.graph.transport import MOST_PAGES, Transport
from libs.graph.types import Event, EventBody, Extent, Listing, Subscription
from libs.graph.vendor import Json


class GraphClient:
    """Graph as one application in one tenant."""

    def __init__(
        self,
        cloud: Cloud,
        tokens: Tokens,
        http: aiohttp.ClientSession,
        limiter: Limiter,
        on_success: Callable[[str | None], None] = lambda _: None,
    ) -> None:
        self._transport = Transport(cloud, tokens, http, limiter, on_success)

    async def user_id(self, name: str) -> str | None:
        """Return the object id of the user with this principal name; None if there is none."""
        try:
            return directory.object_id(await self._transport.call(protocol.read_user(name)))
        except NotFound:
            return None

    async def user_id_by_address(self, address: str) -> str | None:
        """Return the object id of the only user with this address; None if there is none."""
        return directory.only_object_id(await self._transport.call(protocol.find_users(address)))

    async def mailbox_nature(self, mailbox: str) -> MailboxNature:
        """Return what a mailbox is for: `room`, `equipment`, `user`, `shared`, `linked`, `others`; and its object id.

        Raises `NotFound` if there is no such mailbox.
        """
        return directory.nature(await self._transport.call(protocol.read_mailbox_settings(mailbox)))

    async def is_room_place(self, address: str) -> bool:
        """Whether the directory of places has a room of this address."""
        try:
            return directory.is_room(await self._transport.call(protocol.read_place(address)))
        except NotFound:
            return False

    async def room_places(self) -> list[RoomPlace]:
        """Return all rooms of the directory of places.

        Raises `IncompleteListing` if the rooms do not end, or one page brings nothing but rooms of those before.
        """
        found: dict[str, RoomPlace] = {}
        skip = 0
        for _ in range(MOST_PAGES):
            rooms, rows = directory.room_places(await self._transport.call(protocol.list_rooms(skip)))
            if rows == 0:
                return list(found.values())
            fresh = {each.place_id: each for each in rooms if each.place_id not in found}
            if rooms and not fresh:
                raise IncompleteListing("the directory of places gives the same rooms again and again")
            found |= fresh
            skip += rows
        raise IncompleteListing(f"the directory of places did not end after {skip} rooms")

    async def user_address(self, object_id: str) -> str | None:
        """Return the address that a mailbox has by now; None if its owner is not there any more."""
        try:
            return directory.user_address(await self._transport.call(protocol.read_user_address(object_id)))
        except NotFound:
            return None

    async def event(self, mailbox: str, event_id: str) -> Event:
        """Read one event. Raises `NotFound`, and `UnreadableEvent` if the event cannot be read."""
        return translate.event(await self._transport.call(protocol.read_event(mailbox, event_id)))

    async def meeting(self, mailbox: str, event_id: str) -> Event:
        """Read an event, or the master of the series that it belongs to, without its occurrences.

        An occurrence whose master is not there is an event of its own, known by its id. Raises as `event` does.
        """
        event = await self.event(mailbox, event_id)
        if event.series_master_id is None:
            return event
        try:
            return await self.event(mailbox, event.series_master_id)
        except MailboxNotFound:
            raise
        except (NotFound, Gone):
            return event.alone()

    async def master(self, mailbox: str, master_id: str) -> Event:
        """Read the master of a series, with the dates that were taken out of it. Raises as `event` does."""
        found = await self._transport.call(protocol.read_master(mailbox, master_id))
        event = translate.event(found)
        return replace(event, removed_dates=translate.removed_dates(found)) if protocol.REMOVED in found else event

    async def with_series(self, mailbox: str, event: Event, extent: Extent) -> Event:
        """Return a master with its series, read by one listing; any other event as it is.

        Of a series that carries a reservation's id, the dates that were taken out are read as well, by another call
        unless they are known.

        Raises `IncompleteListing` if the master has gone or was changed meanwhile, and `UnreadableEvent` rather than
        leave an occurrence out.
        """
        if not event.is_master or event.is_cancelled or event.is_unreadable:
            return event
        start, end = series.listed_window(event, extent)
        call = protocol.list_instances(mailbox, event.event_id, start, end, extent.most + 1)
        try:
            listing = await self._transport.list(call, at_least=extent.most + 1)
        except MailboxNotFound:
            raise
        except (NotFound, Gone) as error:
            raise IncompleteListing("a series was gone before its occurrences were listed") from error
        instances = _all_of(listing)
        if series.may_be_of_another_time(event, instances):
            await self._expect_unchanged(mailbox, event)
        whole = series.assemble(event, instances, extent)
        if event.reservation_id is None:
            return whole
        removed = event.removed_dates
        return series.without_dates(whole, await self._removed_dates(mailbox, event) if removed is None else removed)

    async def _removed_dates(self, mailbox: str, event: Event) -> tuple[date, ...]:
        """Return the dates that were taken out of a series, which no listing of its dates shows."""
        try:
            found = await self._transport.call(protocol.list_removed_dates(mailbox, event.event_id))
        except MailboxNotFound:
            raise
        except (NotFound, Gone) as error:
            raise IncompleteListing("a series was gone before its removed dates were listed") from error
        return translate.removed_dates(found)

    async def _expect_unchanged(self, mailbox: str, event: Event) -> None:
        """Raise `IncompleteListing` if an event is no longer as it was read."""
        try:
            now = await self.event(mailbox, event.event_id)
        except MailboxNotFound:
            raise
        except (NotFound, Gone) as error:
            raise IncompleteListing("a series was gone after its occurrences were listed") from error
        if now.etag != event.etag:
            raise IncompleteListing("a series was changed while its occurrences were listed")

    async def exceptions(self, mailbox: str, master_id: str) -> list[Event]:
        """Return the dates of a series that are exceptions, without those that cannot be read at all.

        Raises `NotFound` if there is no such series.
        """
        found = await self._transport.call(protocol.list_exceptions(mailbox, master_id))
        listing, _ = translate.page({"value": found.get(protocol.EXCEPTIONS) or []})
        return list(listing.events)

    async def find_events(self, mailbox: str, ical_uid: str) -> list[Event]:
        """Return a meeting's copies in a mailbox. Raises `UnreadableEvent` rather than leave one out.

        A meeting that is known by its event id only is found by that, wherever its calendar's event still has it.
        """
        event_id = event_known_by(ical_uid)
        if event_id is not None:
            return await self._find_by_id(mailbox, event_id)
        return _all_of(await self._transport.list(protocol.find_events(mailbox, ical_uid)))

    async def _find_by_id(self, mailbox: str, event_id: str) -> list[Event]:
        try:
            found = await self.meeting(mailbox, event_id)
        except MailboxNotFound:
            raise
        except (NotFound, Gone):
            return []
        return [found.known_by_id()] if found.event_id == event_id else []

    async def find_holds(self, mailbox: str, reservation_id: UUID) -> list[Event]:
        """Return the events that carry a reservation's id. Raises `UnreadableEvent` rather than leave one out."""
        return _all_of(await self._transport.list(protocol.find_holds(mailbox, str(reservation_id))))

    async def calendar_view(self, mailbox: str, start: datetime, end: datetime) -> Listing:
        """Return every event that touches ``[start, end)``, which is cut to Graph's longest view.

        An event that cannot be read is listed as unreadable beside the others. Raises `IncompleteListing` if the
        listing broke off in the middle.
        """
        return await self._transport.list(protocol.calendar_view(mailbox, start, end))

    async def calendar_view_pages(self, mailbox: str, start: datetime, end: datetime) -> AsyncIterator[Listing]:
        """Return the same a page at a time, for a calendar that may be too large to be held at once.

        An event that moves while they are read may be on two pages, or on none. Raises as `calendar_view` does.
        """
        async for page in self._transport.pages(protocol.calendar_view(mailbox, start, end)):
            yield page

    async def count_over(self, mailbox: str, before: datetime) -> int | None:
        """Count the events that were over by then, a series by its first occurrence; None if Graph does not tell."""
        found = await self._transport.call(protocol.count_over(mailbox, before))
        return translate.count(found)

    async def respond(
        self,
        mailbox: str,
        event_id: str,
        verb: Literal["accept", "decline", "tentativelyAccept"],
        *,
        comment: str | None,
        sends_response: bool = True,
        proposed: tuple[datetime, datetime] | None = None,
    ) -> None:
        """Answer an invitation. Graph acknowledges at once; the calendar shows it later."""
        body = bodies.answer(comment, sends_response=sends_response, proposed=proposed)
        await self._transport.call(protocol.respond(mailbox, event_id, verb, body))

    async def create_event(self, mailbox: str, body: EventBody) -> Event:
        """Create an event. Raises `DuplicateTransaction` if it was created before."""
        return translate.event(await self._transport.call(protocol.create_event(mailbox, body)))

    async def update_event(self, mailbox: str, event_id: str, body: EventBody, *, if_match: str | None = None) -> Event:
        """Change an event. Raises `NotFound`, and `PreconditionFailed` if its ETag is no longer `if_match`."""
        return translate.event(await self._transport.call(protocol.update_event(mailbox, event_id, body, if_match)))

    async def take_off(self, mailbox: str, event_id: str, address: str, *, if_match: str | None = None) -> None:
        """Take somebody off the attendees of an event, and leave all others as they are; nothing if they are not on it.

        Graph tells whoever is taken off that the meeting is cancelled for them, and nobody else. Raises `NotFound`, and
        `PreconditionFailed` if the event's ETag is no longer `if_match`.
        Source: https://learn.microsoft.com/graph/api/event-update
        """
        found = await self._transport.call(protocol.read_event(mailbox, event_id))
        etag, attendees = translate.event(found).etag, found.get("attendees") or []
        if if_match is not None and etag != if_match:
            raise PreconditionFailed("the event has changed since it was looked at")
        body = bodies.without_attendee(attendees, address)
        if len(body["attendees"]) < len(attendees):
            await self._transport.call(protocol.update_event(mailbox, event_id, body, etag))

    async def delete_event(self, mailbox: str, event_id: str) -> None:
        """Delete an event. Raises `NotFound` if there is none."""
        await self._transport.call(protocol.delete_event(mailbox, event_id))

    async def subscribe(
        self, mailbox: str, *, notify: str, lifecycle: str, client_state: str, expires_at: datetime
    ) -> Subscription:
        """Subscribe to a mailbox's events. Graph calls both addresses before this returns."""
        call = protocol.subscribe(mailbox, notify, lifecycle, client_state, expires_at)
        return translate.subscription(await self._transport.call(call))

    async def subscription(self, subscription_id: str) -> Subscription:
        """Read a subscription. Raises `NotFound` if it is gone: make a new one."""
        return translate.subscription(await self._transport.call(protocol.read_subscription(subscription_id)))

    async def renew(self, subscription_id: str, expires_at: datetime) -> Subscription:
        """Prolong a subscription. Raises `NotFound` if it is gone: make a new one."""
        return translate.subscription(await self._transport.call(protocol.renew(subscription_id, expires_at)))

    async def unsubscribe(self, subscription_id: str) -> None:
        """End a subscription. Raises `NotFound` if it is gone."""
        await self._transport.call(protocol.unsubscribe(subscription_id))

    async def token(self) -> str:
        """Return the access token that calls are made with, for whoever asks what is granted. Never show it."""
        return await self._transport.token()

    async def make(self, call: Call) -> Json:
        """Make a call that this class has no name for, within the limits and as safely repeated as any."""
        return await self._transport.call(call)


def _all_of(listing: Listing) -> list[Event]:
    for error in listing.unreadable:
        raise error
    return list(listing.events)
