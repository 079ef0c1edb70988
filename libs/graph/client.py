"""Graph over HTTP: besides `auth`, the only module of this package that does I/O.

A call waits for its mailbox's limits, carries a token, and is tried again a few times within seconds if Graph asks us
to try later. A call that may have taken effect is tried again only if it is repeatable. Small calls of the bulk lane
are made together (`batching`), and end as they would alone.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from math import inf
from typing import Literal
from uuid import UUID, uuid4

import aiohttp
import stamina
from yarl import URL

from libs.graph import answers, bodies, directory, protocol, series, translate
from libs.graph.auth import Tokens
from libs.graph.batching import Batches
from libs.graph.cloud import Cloud
from libs.graph.directory import MailboxNature
from libs.graph.errors import (
    AuthenticationFailed,
    ConnectionLost,
    Gone,
    GraphError,
    IncompleteListing,
    MailboxNotFound,
    NotFound,
    PreconditionFailed,
    Throttled,
    Transient,
    Unavailable,
)
from libs.graph.limiter import Limiter, in_bulk
from libs.graph.measured import measured
from libs.graph.protocol import Call
from libs.graph.text import event_known_by
from libs.graph.types import Event, EventBody, Extent, Listing, Subscription
from libs.graph.vendor import Json

TRIES = 3
PATIENCE_S = 10.0
MOST_BYTES = 64 * 1024 * 1024
MOST_PAGES = 200


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
        self._on_success = on_success
        self._cloud = cloud
        self._tokens = tokens
        self._http = http
        self._limiter = limiter
        self._batches = Batches(self._send_authorized)

    async def user_id(self, name: str) -> str | None:
        """Return the object id of the user with this principal name; None if there is none."""
        try:
            return directory.object_id(await self._call(protocol.read_user(name)))
        except NotFound:
            return None

    async def user_id_by_address(self, address: str) -> str | None:
        """Return the object id of the only user with this address; None if there is none."""
        return directory.only_object_id(await self._call(protocol.find_users(address)))

    async def mailbox_nature(self, mailbox: str) -> MailboxNature:
        """Return what a mailbox is for: `room`, `equipment`, `user`, `shared`, `linked`, `others`; and its object id.

        Raises `NotFound` if there is no such mailbox.
        """
        return directory.nature(await self._call(protocol.read_mailbox_settings(mailbox)))

    async def is_room_place(self, address: str) -> bool:
        """Whether the directory of places has a room of this address."""
        try:
            return directory.is_room(await self._call(protocol.read_place(address)))
        except NotFound:
            return False

    async def event(self, mailbox: str, event_id: str) -> Event:
        """Read one event. Raises `NotFound`, and `UnreadableEvent` if the event cannot be read."""
        return translate.event(await self._call(protocol.read_event(mailbox, event_id)))

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

    async def with_series(self, mailbox: str, event: Event, extent: Extent) -> Event:
        """Return a master with its series, read by one listing; any other event as it is.

        Raises `IncompleteListing` if the master has gone or was changed meanwhile, and `UnreadableEvent` rather than
        leave an occurrence out.
        """
        if not event.is_master or event.is_cancelled or event.is_unreadable:
            return event
        start, end = series.listed_window(event, extent)
        call = protocol.list_instances(mailbox, event.event_id, start, end, extent.most + 1)
        try:
            listing = await self._list(call, at_least=extent.most + 1)
        except MailboxNotFound:
            raise
        except (NotFound, Gone) as error:
            raise IncompleteListing("a series was gone before its occurrences were listed") from error
        instances = _all_of(listing)
        if series.may_be_of_another_time(event, instances):
            await self._expect_unchanged(mailbox, event)
        return series.assemble(event, instances, extent)

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
        found = await self._call(protocol.list_exceptions(mailbox, master_id))
        listing, _ = translate.page({"value": found.get(protocol.EXCEPTIONS) or []})
        return list(listing.events)

    async def find_events(self, mailbox: str, ical_uid: str) -> list[Event]:
        """Return a meeting's copies in a mailbox. Raises `UnreadableEvent` rather than leave one out.

        A meeting that is known by its event id only is found by that, wherever its calendar's event still has it.
        """
        event_id = event_known_by(ical_uid)
        if event_id is not None:
            return await self._find_by_id(mailbox, event_id)
        return _all_of(await self._list(protocol.find_events(mailbox, ical_uid)))

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
        return _all_of(await self._list(protocol.find_holds(mailbox, str(reservation_id))))

    async def calendar_view(self, mailbox: str, start: datetime, end: datetime) -> Listing:
        """Return every event that touches ``[start, end)``, which is cut to Graph's longest view.

        An event that cannot be read is listed as unreadable beside the others. Raises `IncompleteListing` if the
        listing broke off in the middle.
        """
        return await self._list(protocol.calendar_view(mailbox, start, end))

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
        await self._call(protocol.respond(mailbox, event_id, verb, body))

    async def create_event(self, mailbox: str, body: EventBody) -> Event:
        """Create an event. Raises `DuplicateTransaction` if it was created before."""
        return translate.event(await self._call(protocol.create_event(mailbox, body)))

    async def update_event(self, mailbox: str, event_id: str, body: EventBody, *, if_match: str | None = None) -> Event:
        """Change an event. Raises `NotFound`, and `PreconditionFailed` if its ETag is no longer `if_match`."""
        return translate.event(await self._call(protocol.update_event(mailbox, event_id, body, if_match)))

    async def take_off(self, mailbox: str, event_id: str, address: str, *, if_match: str | None = None) -> None:
        """Take somebody off the attendees of an event, and leave all others as they are; nothing if they are not on it.

        Graph tells whoever is taken off that the meeting is cancelled for them, and nobody else. Raises `NotFound`, and
        `PreconditionFailed` if the event's ETag is no longer `if_match`.
        Source: https://learn.microsoft.com/graph/api/event-update
        """
        found = await self._call(protocol.read_event(mailbox, event_id))
        etag, attendees = translate.event(found).etag, found.get("attendees") or []
        if if_match is not None and etag != if_match:
            raise PreconditionFailed("the event has changed since it was looked at")
        body = bodies.without_attendee(attendees, address)
        if len(body["attendees"]) < len(attendees):
            await self._call(protocol.update_event(mailbox, event_id, body, etag))

    async def delete_event(self, mailbox: str, event_id: str) -> None:
        """Delete an event. Raises `NotFound` if there is none."""
        await self._call(protocol.delete_event(mailbox, event_id))

    async def subscribe(
        self, mailbox: str, *, notify: str, lifecycle: str, client_state: str, expires_at: datetime
    ) -> Subscription:
        """Subscribe to a mailbox's events. Graph calls both addresses before this returns."""
        call = protocol.subscribe(mailbox, notify, lifecycle, client_state, expires_at)
        return translate.subscription(await self._call(call))

    async def subscription(self, subscription_id: str) -> Subscription:
        """Read a subscription. Raises `NotFound` if it is gone: make a new one."""
        return translate.subscription(await self._call(protocol.read_subscription(subscription_id)))

    async def renew(self, subscription_id: str, expires_at: datetime) -> Subscription:
        """Prolong a subscription. Raises `NotFound` if it is gone: make a new one."""
        return translate.subscription(await self._call(protocol.renew(subscription_id, expires_at)))

    async def unsubscribe(self, subscription_id: str) -> None:
        """End a subscription. Raises `NotFound` if it is gone."""
        await self._call(protocol.unsubscribe(subscription_id))

    async def _list(self, call: Call, at_least: float = inf) -> Listing:
        """Follow a listing to its end, or until it has so many events at least."""
        pages: list[Listing] = []
        answer = await self._call(call)
        for _ in range(MOST_PAGES):
            page, link = translate.page(answer)
            pages.append(page)
            if link is None or sum(map(len, pages)) >= at_least:
                return translate.join_pages(pages)
            try:
                answer = await self._call(call, link=self._cloud.check_link(link))
            except GraphError as error:
                raise IncompleteListing(f"a listing broke off after {len(pages)} pages: {error}") from error
        raise IncompleteListing(f"a listing did not end after {MOST_PAGES} pages")

    async def _call(self, call: Call, *, link: str | None = None) -> Json:
        """Make a call, and repeat it if that is safe, allowed and possible within `PATIENCE_S`.

        `link` is a whole address instead of the call's own.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + PATIENCE_S

        def is_worth_another_try(error: Exception) -> bool | float:
            if not isinstance(error, Transient) or not (call.is_repeatable or isinstance(error, Throttled)):
                return False
            if error.retry_after is None:
                return True
            wait_s = error.retry_after.total_seconds()
            return wait_s if loop.time() + wait_s < until else False

        async for attempt in stamina.retry_context(
            on=is_worth_another_try, attempts=TRIES, timeout=PATIENCE_S, wait_initial=0.2, wait_max=3
        ):
            with attempt:
                answer = await self._within_limits(call, link, until - loop.time())
                self._on_success(call.mailbox)
                return answer
        raise AssertionError("unreachable: the last attempt either returned or raised")

    async def _within_limits(self, call: Call, link: str | None, patience_s: float) -> Json:
        if call.mailbox is None:
            return await self._send_authorized(call, link)
        limits = self._limiter.of(call.mailbox)
        if call.is_small and link is None and in_bulk():
            return await self._batches.make(call, limits, patience_s)
        async with limits.slot(patience_s):
            try:
                return await self._send_authorized(call, link)
            except GraphError as error:
                limits.heed(error)
                raise

    async def _send_authorized(self, call: Call, link: str | None = None) -> Json:
        token = await self._tokens.get()
        try:
            return await self._send(call, link, token)
        except AuthenticationFailed:
            # A token may be revoked before it expires; a fresh one shows whether the credential is still valid.
            self._tokens.drop(token)
            return await self._send(call, link, await self._tokens.get())

    async def _send(self, call: Call, link: str | None, token: str) -> Json:
        headers = {"Authorization": f"Bearer {token}", **protocol.headers(call, str(uuid4()))}
        url = link or self._cloud.graph + call.url
        with measured(call):
            return await self._exchange(call, url, headers)

    async def _exchange(self, call: Call, url: str, headers: Mapping[str, str]) -> Json:
        try:
            async with self._http.request(
                # Already encoded: normalising would change characters in which ids and tokens differ.
                call.method,
                URL(url, encoded=True),
                json=call.body,
                headers=headers,
                allow_redirects=False,
            ) as answer:
                return answers.answer_of(answer.status, answer.headers, await _body(answer))
        except aiohttp.ClientConnectorCertificateError as error:
            raise ConnectionLost(
                f"the TLS certificate of {self._cloud.graph} cannot be verified; set ROOMSYNC_GRAPH_CA_FILE if a proxy "
                "or a simulator has an authority of its own"
            ) from error
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise ConnectionLost(f"{call.method} got no answer: {type(error).__name__}") from error


async def _body(answer: aiohttp.ClientResponse) -> bytes:
    """Read an answer, unpacked. Raises Unavailable if it is larger than `MOST_BYTES`."""
    body = bytearray()
    async for chunk in answer.content.iter_any():
        body += chunk
        if len(body) > MOST_BYTES:
            answer.close()
            raise Unavailable("Graph's answer is larger than anything expected of it", status=answer.status)
    return bytes(body)


def _all_of(listing: Listing) -> list[Event]:
    for error in listing.unreadable:
        raise error
    return list(listing.events)
