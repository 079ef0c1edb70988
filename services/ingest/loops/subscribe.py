"""Bring one due watch up to date: admit its mailbox, subscribe, renew, or record why that does not work.

A mailbox is admitted before anything else, and one that is no room is left alone (`libs.graph.admission`). Only what
Graph has confirmed is recorded. Every new subscription is followed by a sweep of its room, because Graph does not
notify us of changes from before it.

Source: https://learn.microsoft.com/graph/change-notifications-delivery-webhooks#create-a-subscription
"""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import uuid4

import structlog

from libs.common import outbox
from libs.common.clock import utc_now
from libs.common.codec import Codec
from libs.common.db import Connection, Pool
from libs.common.topology import Lane
from libs.common.waiting import Remote
from libs.common.waker import Waker
from libs.contracts.messages import SweepRequested
from libs.graph.admission import AdmissionRules, admit
from libs.graph.client import GraphClient
from libs.graph.clients import GraphClients
from libs.graph.errors import (
    AuthenticationFailed,
    Conflict,
    ConnectionLost,
    Forbidden,
    Gone,
    GraphError,
    LoginUnreachable,
    NotFound,
    Refused,
    Transient,
    UnusableConnection,
)
from libs.graph.examine import examine
from libs.graph.reach import OutOfReach, out_of_reach
from libs.graph.remedies import tell
from services.ingest.core import client_state
from services.ingest.core.lifetime import next_try, renewal_at
from services.ingest.core.refusal import granted_minutes, twin_named
from services.ingest.store import endings, watches
from services.ingest.store.watches import Made, State, Watch

REFUSED_FOR = timedelta(minutes=15)
"""How long until a mailbox that is no room is examined again."""

WITHIN_S = 90.0
"""How long one watch may take; less than the lease that keeps other replicas away from it."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Terms:
    """What every subscription asks for: where to notify, proof that it is ours, and how long to live."""

    public_url: str
    secrets: Sequence[str]
    lifetime_min: int

    @property
    def mark(self) -> str:
        """Return the mark by which a subscription with another address or secret is told from one made now."""
        return client_state.mark(self.secrets, self.public_url)


class Subscriber:
    """Bring watches up to date, one at a time."""

    def __init__(
        self, pool: Pool, clients: GraphClients, codec: Codec, terms: Terms, admission: AdmissionRules, waker: Waker
    ) -> None:
        self._pool = pool
        self._clients = clients
        self._codec = codec
        self._terms = terms
        self._admission = admission
        self._waker = waker

    async def make_old_terms_due(self) -> None:
        """Make every watch due whose subscription has another address or secret. Call this at the start."""
        await watches.end_old_terms(self._pool, self._terms.mark)

    async def update(self, watch: Watch) -> None:
        """Bring a due watch up to date. An error of Graph is recorded with the watch and not raised."""
        try:
            async with asyncio.timeout(WITHIN_S):
                await self._update(watch)
        except GraphError as error:
            await self._note_failure(watch, error)
        except TimeoutError:
            await self._note_failure(watch, ConnectionLost(f"Microsoft Graph did not answer within {WITHIN_S:g} s"))

    async def _update(self, watch: Watch) -> None:
        client = self._clients.of(watch.tenancy)
        if not watch.is_checked:
            admitted = await self._admit(client, watch)
            if admitted is None:
                return
            watch = admitted
        if watch.subscription_id is None or not watch.is_subscribed:
            await self._subscribe(client, watch)
        elif watch.made_under != self._terms.mark:
            await self._replace(client, watch, watch.subscription_id)
        elif watch.is_doubted:
            await self._check(client, watch, watch.subscription_id)
        else:
            await self._renew(client, watch, watch.subscription_id)

    async def _admit(self, client: GraphClient, watch: Watch) -> Watch | None:
        """Learn what the mailbox is, and return the watch with it; None if the mailbox is not watched."""
        found = await examine(client, watch.room_mailbox)
        admission = admit(watch.room_mailbox, found.purpose, self._admission)
        if not await watches.record_examined(self._pool, watch, found, admission):
            return None
        log.info(
            "mailbox.examined",
            **_name(watch),
            purpose=found.purpose,
            is_admitted=admission.is_admitted,
            has_object_id=found.object_id is not None,
        )
        if admission.is_admitted:
            return replace(watch, object_id=found.object_id, unverified_detail=admission.detail)
        await watches.refuse(self._pool, watch, watch.now + REFUSED_FOR)
        return None

    async def _check(self, client: GraphClient, watch: Watch, subscription_id: str) -> None:
        """Ask Graph whether a subscription is alive; only one that is gone is replaced."""
        try:
            found = await client.subscription(subscription_id)
        except (NotFound, Gone):
            await self._replace(client, watch, subscription_id)
            return
        due = renewal_at(watch.now, found.expires_at, watch.space_id)
        await watches.record_renewal(self._pool, watch, found.expires_at, due)
        log.info("subscription.alive", **_name(watch), expires_at=found.expires_at.isoformat())

    async def _renew(self, client: GraphClient, watch: Watch, subscription_id: str) -> None:
        try:
            renewed = await client.renew(subscription_id, self._wanted_expiry(watch))
        except Forbidden:
            # The mailbox may be allowed again before the subscription expires; a new one would be refused as well.
            raise
        except Refused as error:
            shorter = self._shorten(watch, error)
            if shorter is not None:
                await self._renew(client, shorter, subscription_id)
                return
            # The subscription is gone, or Graph refuses to renew it; either way only a new one helps.
            await self._replace(client, watch, subscription_id)
            return
        due = renewal_at(watch.now, renewed.expires_at, watch.space_id)
        await watches.record_renewal(self._pool, watch, renewed.expires_at, due)
        self._waker.worked(watch.tenancy.connection_id, watch.room_mailbox)
        log.info("subscription.renewed", **_name(watch), expires_at=renewed.expires_at.isoformat())

    async def _replace(self, client: GraphClient, watch: Watch, subscription_id: str) -> None:
        """Replace a subscription that is gone or no longer of use by a new one."""
        log.warning("subscription.lost", **_name(watch))
        await _end(client, subscription_id)
        await watches.forget_subscription(self._pool, watch)
        without = replace(watch, subscription_id=None, expires_at=None)
        try:
            await self._subscribe(client, without)
        except GraphError as error:
            await self._note_failure(without, error)

    async def _subscribe(self, client: GraphClient, watch: Watch) -> None:
        try:
            made = await self._ask(client, watch)
        except Refused as error:
            await watches.record_refusal(self._pool, watch)
            shorter = self._shorten(watch, error)
            if shorter is None:
                raise
            await self._subscribe(client, shorter)
            return
        self._waker.worked(watch.tenancy.connection_id, watch.room_mailbox)
        due = renewal_at(watch.now, made.expires_at, watch.space_id)
        async with self._pool.acquire() as conn, conn.transaction():
            is_wanted = await watches.record_subscription(conn, watch, made, due)
            if is_wanted:
                await self._request_sweep(conn, watch)
            else:
                await endings.leave_to_end(conn, watch.tenancy.connection_id, made.subscription_id, made.expires_at)
        log.info("subscription.made", **_name(watch), expires_at=made.expires_at.isoformat())

    async def _ask(self, client: GraphClient, watch: Watch) -> Made:
        """Ask for a subscription. If Graph made one before whose id we never learned, end that one first."""
        generation, is_unanswered = await watches.ask(self._pool, watch)
        try:
            return await self._make(client, watch, generation)
        except Conflict as error:
            twin = twin_named(str(error))
            if twin is None or not (is_unanswered or await endings.is_to_end(self._pool, twin)):
                raise
            await _end(client, twin)
            return await self._make(client, watch, generation)

    async def _make(self, client: GraphClient, watch: Watch, generation: int) -> Made:
        made = await client.subscribe(
            watch.mailbox,
            notify=f"{self._terms.public_url}/graph/notifications",
            lifecycle=f"{self._terms.public_url}/graph/lifecycle",
            client_state=client_state.sign(self._terms.secrets, watch.space_id, generation),
            expires_at=self._wanted_expiry(watch),
        )
        return Made(made.subscription_id, made.expires_at, generation, self._terms.mark)

    async def _request_sweep(self, conn: Connection, watch: Watch) -> None:
        sweep = SweepRequested(space_id=watch.space_id, reason="subscription_created")
        await outbox.add(conn, self._codec, [(sweep, Lane.BULK)], correlation_id=str(uuid4()), now=utc_now())

    def _wanted_expiry(self, watch: Watch) -> datetime:
        return watch.now + timedelta(minutes=self._wanted_minutes(watch))

    def _wanted_minutes(self, watch: Watch) -> int:
        return min(watch.lifetime_min or self._terms.lifetime_min, self._terms.lifetime_min)

    def _shorten(self, watch: Watch, error: Refused) -> Watch | None:
        """Return the watch with the shorter lifetime that a refusal names; None if it names none."""
        minutes = granted_minutes(str(error), self._wanted_minutes(watch))
        return replace(watch, lifetime_min=minutes) if minutes is not None else None

    async def _note_failure(self, watch: Watch, error: GraphError) -> None:
        state, detail = _explain_failure(watch, error)
        if state == "quarantined" and watch.failures == 0:
            state = watch.state  # one refusal may be a moment's; the next look, seconds later, confirms it
        asked_to_wait = error.retry_after if isinstance(error, Transient) else None
        due = next_try(watch.now, watch.failures, watch.expires_at, asked_to_wait)
        what = out_of_reach(error)
        if what is not None:
            due = min(due, watch.now + max(self._waker.interval, asked_to_wait or timedelta()))
            mailbox = watch.room_mailbox if what is OutOfReach.MAILBOX else None
            self._waker.expect(Remote(watch.tenancy.connection_id, mailbox))
        await watches.record_failure(self._pool, watch, state, detail, due)
        if isinstance(error, NotFound):
            await watches.learn_again(self._pool, watch)
        log.warning(
            "subscription.failed",
            **_name(watch),
            state=state,
            failures=watch.failures + 1,
            error=type(error).__name__,
            due_at=due.isoformat(),
        )


async def _end(client: GraphClient, subscription_id: str) -> None:
    """End a subscription, unless it has ended already."""
    with contextlib.suppress(Refused):
        await client.unsubscribe(subscription_id)


def _explain_failure(watch: Watch, error: GraphError) -> tuple[State, str]:
    """Return the state of the watch after a failure, and what to tell an administrator about it."""
    if isinstance(error, AuthenticationFailed | LoginUnreachable | UnusableConnection):
        # Nothing was asked of Graph, so nothing is known of this room.
        state: State = "connecting" if watch.state == "active" and not watch.is_subscribed else watch.state
        return state, f"{tell(error)} Nothing is lost meanwhile."
    if isinstance(error, Forbidden):
        return "quarantined", (
            f"{watch.room_mailbox} may not be reached by this connection: {error}. Grant the application access to "
            "this mailbox, or correct the address."
        )
    if isinstance(error, NotFound | Gone):
        return "quarantined", (
            f"{watch.room_mailbox} was not found in Microsoft 365: {error}. Correct the address, or map the space to "
            "the mailbox that took its place. A mailbox whose user principal name is not its address is found only if "
            "the application has User.ReadBasic.All."
        )
    return _explain_unsubscribed(watch, error)


def _explain_unsubscribed(watch: Watch, error: GraphError) -> tuple[State, str]:
    """The same for a mailbox that is there and may be reached."""
    if watch.is_subscribed:
        return "active", f"The subscription could not be renewed and is tried again before it expires: {error}."
    if watch.failures == 0:
        return "connecting", f"The subscription could not be made at the first try and is tried again: {error}."
    if isinstance(error, Transient):
        return "polling", (
            f"Microsoft Graph could not be asked to notify us of this room, and is asked again: {error}. Meanwhile the "
            "room is polled."
        )
    return "polling", f"Microsoft Graph refuses to notify us of this room, so it is polled instead: {error}."


def _name(watch: Watch) -> dict[str, str]:
    """Name for the log the room that a watch is of."""
    return {"space_id": str(watch.space_id), "room_mailbox": watch.room_mailbox}
