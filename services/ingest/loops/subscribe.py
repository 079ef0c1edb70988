"""One watch that is due: subscribe, renew, or say why neither works.

What is written down is only ever what Graph said. A subscription that is new, for whatever reason, is followed by a
sweep of its room: nothing is told of what happened before.

Source: https://learn.microsoft.com/graph/change-notifications-delivery-webhooks#create-a-subscription
"""

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
from libs.contracts.messages import SweepRequested
from libs.graph.client import GraphClient
from libs.graph.clients import GraphClients
from libs.graph.errors import AuthenticationFailed, Forbidden, Gone, GraphError, NotFound, Refused
from libs.graph.types import Subscription
from services.ingest.core import client_state
from services.ingest.core.lifetime import granted_minutes, next_try, renewal_at
from services.ingest.store import watches
from services.ingest.store.watches import State, Watch

QUARANTINED_FOR = timedelta(minutes=15)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Terms:
    """What every subscription asks for: where to notify, proof that it is ours, and how long to live."""

    public_url: str
    secrets: Sequence[str]
    lifetime_min: int


class Subscriber:
    """Looks after one watch at a time."""

    def __init__(self, pool: Pool, clients: GraphClients, codec: Codec, terms: Terms) -> None:
        self._pool = pool
        self._clients = clients
        self._codec = codec
        self._terms = terms

    async def look_after(self, watch: Watch) -> None:
        """Bring a watch that is due up to date; never raises what Graph did, but notes it."""
        try:
            client = self._clients.of(watch.tenancy)
            if watch.subscription_id is not None and watch.expires_at is not None and watch.expires_at > watch.now:
                await self._renew(client, watch, watch.subscription_id)
            else:
                await self._subscribe(client, watch)
        except GraphError as error:
            await self._note_failure(watch, error)

    async def _renew(self, client: GraphClient, watch: Watch, subscription_id: str) -> None:
        try:
            renewed = await client.renew(subscription_id, self._wanted_expiry(watch))
        except NotFound:
            await self._subscribe_anew(client, watch)
            return
        except Refused as error:
            shorter = self._granted(watch, error)
            if shorter is not None:
                await self._renew(client, shorter, subscription_id)
                return
            # A renewal that is refused for whatever reason is only cured by a new subscription.
            await self._subscribe_anew(client, watch)
            return
        async with self._pool.acquire() as conn:
            due = renewal_at(watch.now, renewed.expires_at, watch.space_id)
            await watches.renewed(conn, watch, renewed.expires_at, due)
        log.info("subscription.renewed", space_id=str(watch.space_id), expires_at=renewed.expires_at.isoformat())

    async def _subscribe_anew(self, client: GraphClient, watch: Watch) -> None:
        log.warning("subscription.lost", space_id=str(watch.space_id))
        async with self._pool.acquire() as conn:
            await watches.forget_subscription(conn, watch)
        without = replace(watch, subscription_id=None, expires_at=None)
        try:
            await self._subscribe(client, without)
        except GraphError as error:
            await self._note_failure(without, error)

    async def _subscribe(self, client: GraphClient, watch: Watch) -> None:
        try:
            made = await self._ask(client, watch)
        except Refused as error:
            shorter = self._granted(watch, error)
            if shorter is None:
                raise
            watch = shorter
            made = await self._ask(client, watch)
        due = renewal_at(watch.now, made.expires_at, watch.space_id)
        async with self._pool.acquire() as conn, conn.transaction():
            is_wanted = await watches.subscribed(conn, watch, made.subscription_id, made.expires_at, due)
            if is_wanted:
                await self._request_sweep(conn, watch)
            else:
                await watches.leave_to_end(conn, watch.tenancy.connection_id, made.subscription_id, made.expires_at)
        log.info("subscription.made", space_id=str(watch.space_id), expires_at=made.expires_at.isoformat())

    async def _ask(self, client: GraphClient, watch: Watch) -> Subscription:
        return await client.subscribe(
            watch.room_mailbox,
            notify=f"{self._terms.public_url}/graph/notifications",
            lifecycle=f"{self._terms.public_url}/graph/lifecycle",
            client_state=client_state.sign(self._terms.secrets, watch.space_id, watch.generation + 1),
            expires_at=self._wanted_expiry(watch),
        )

    async def _request_sweep(self, conn: Connection, watch: Watch) -> None:
        sweep = SweepRequested(space_id=watch.space_id, reason="subscription_created")
        await outbox.add(conn, self._codec, [(sweep, Lane.BULK)], correlation_id=str(uuid4()), now=utc_now())

    def _wanted_expiry(self, watch: Watch) -> datetime:
        return watch.now + timedelta(minutes=watch.lifetime_min or self._terms.lifetime_min)

    def _granted(self, watch: Watch, error: Refused) -> Watch | None:
        """Return the watch with the lifetime that a refusal named; None if it named none that is shorter."""
        minutes = granted_minutes(str(error), watch.lifetime_min or self._terms.lifetime_min)
        return replace(watch, lifetime_min=minutes) if minutes is not None else None

    async def _note_failure(self, watch: Watch, error: GraphError) -> None:
        state, detail = _told(watch, error)
        due = next_try(watch.now, watch.failures, watch.expires_at)
        if state == "quarantined":
            due = watch.now + QUARANTINED_FOR
        async with self._pool.acquire() as conn:
            await watches.failed(conn, watch, state, detail, due)
        log.warning(
            "subscription.failed",
            space_id=str(watch.space_id),
            state=state,
            failures=watch.failures + 1,
            error=type(error).__name__,
            due_at=due.isoformat(),
        )


def _told(watch: Watch, error: GraphError) -> tuple[State, str]:
    """Say what a failure means for the room, to an administrator."""
    has_subscription = watch.subscription_id is not None and watch.expires_at is not None
    if isinstance(error, AuthenticationFailed):
        state: State = watch.state if has_subscription else "connecting"
        return state, f"Microsoft refuses the credential of this connection: {error}. Renew it; nothing is lost."
    if isinstance(error, Forbidden):
        return "quarantined", (
            f"{watch.room_mailbox} may not be reached by this connection: {error}. Grant the application access to "
            "this mailbox, or correct the address."
        )
    if isinstance(error, NotFound | Gone):
        return "quarantined", (
            f"{watch.room_mailbox} was not found in Microsoft 365: {error}. Correct the address, or map the space to "
            "the mailbox that took its place."
        )
    if has_subscription:
        return "active", f"The subscription could not be renewed and is tried again before it expires: {error}."
    if watch.failures == 0:
        return "connecting", f"The subscription could not be made at the first try and is tried again: {error}."
    return "polling", f"Microsoft Graph refuses to notify us of this room, so it is polled instead: {error}."
