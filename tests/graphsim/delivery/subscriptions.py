"""Subscriptions: who is told about changes, where, and until when.

Both addresses are asked to echo a token before a subscription comes to be.

Source: https://learn.microsoft.com/en-us/graph/api/resources/subscription
Source: https://learn.microsoft.com/en-us/graph/change-notifications-delivery-webhooks
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.graphsim.delivery.handshake import Handshake
from tests.graphsim.delivery.subscription import GraphSubscription
from tests.graphsim.delivery.subscription_body import (
    check_types,
    mailbox_named,
    read_address,
    read_change_type,
    read_expiration,
    unreadable_subscription,
)
from tests.graphsim.entra.access import Access
from tests.graphsim.entra.applications import App
from tests.graphsim.exchange.mailbox import SimulatedMailbox
from tests.graphsim.exchange.stored_event import Json
from tests.graphsim.exchange.world import World
from tests.graphsim.refusals import CallRefused

QUOTA = 1000
APART = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Choice:
    """Subscriptions by id or by mailbox; without either, all of them."""

    id: str | None = None
    mailbox: str | None = None


class Subscriptions:
    """All subscriptions. An expired one is gone; `longest` is the ceiling of a lifetime.

    `renewing_twice_silences`: one that is both reauthorized and prolonged within ten minutes goes silent.
    Source: https://learn.microsoft.com/en-us/graph/change-notifications-lifecycle-events
    """

    def __init__(self, world: World, access: Access, handshake: Handshake, longest: Callable[[], timedelta]) -> None:
        self._world = world
        self._access = access
        self._handshake = handshake
        self._longest = longest
        self.renewing_twice_silences = False
        self._all: dict[str, GraphSubscription] = {}
        self._of_mailbox: dict[str, dict[str, GraphSubscription]] = defaultdict(dict)

    def reset(self) -> None:
        """Forget all; one whose handshake is still going on will not come to be either."""
        self.renewing_twice_silences = False
        self._all = {}
        self._of_mailbox = defaultdict(dict)

    def active(self) -> Iterator[GraphSubscription]:
        now = self._world.clock()
        return (each for each in list(self._all.values()) if each.expires_at > now)

    def of_mailbox(self, mailbox: SimulatedMailbox) -> list[GraphSubscription]:
        """The active ones; those that have expired are forgotten."""
        now, own = self._world.clock(), self._of_mailbox[mailbox.user_id]
        for expired in [each for each in own.values() if each.expires_at <= now]:
            self.remove(expired)
        return list(own.values())

    def is_active(self, subscription: GraphSubscription) -> bool:
        return self._all.get(subscription.id) is subscription and subscription.expires_at > self._world.clock()

    def of(self, app: App) -> list[GraphSubscription]:
        return [each for each in self.active() if each.app == app]

    def find(self, app: App, subscription_id: str) -> GraphSubscription:
        """The caller's own subscription; 404 once it is gone."""
        found = self._all.get(subscription_id)
        if found is None or found.app != app or not self.is_active(found):
            raise CallRefused(404, "ResourceNotFound", f"The object '{subscription_id}' was not found.")
        return found

    def selected(self, choice: Choice) -> list[GraphSubscription]:
        """The active subscriptions that the control surface chooses."""
        found = self.active() if choice.mailbox is None else self.of_mailbox(self._world.mailbox(choice.mailbox))
        return [each for each in found if choice.id is None or each.id == choice.id]

    async def create(self, app: App, body: Json, *, immutable_ids: bool) -> GraphSubscription:
        """Check, shake hands with both addresses, and only then subscribe."""
        check_types(body)
        mailbox = self._reachable(app, mailbox_named(body["resource"]))
        lifecycle_url = body.get("lifecycleNotificationUrl")
        made = GraphSubscription(
            app=app,
            mailbox=mailbox,
            resource=body["resource"],
            change_type=read_change_type(body["changeType"]),
            url=read_address("notificationUrl", body["notificationUrl"]),
            lifecycle_url=None if lifecycle_url is None else read_address("lifecycleNotificationUrl", lifecycle_url),
            client_state=body.get("clientState"),
            expires_at=self._expiration(body),
            immutable_ids=immutable_ids,
            tls=body.get("latestSupportedTlsVersion") or "v1_2",
        )
        self._refuse_twin(made)
        registry, own = self._all, self._of_mailbox[mailbox.user_id]
        await self._handshake.both(made.url, made.lifecycle_url)
        self._refuse_twin(made)
        registry[made.id] = own[made.id] = made
        return made

    async def update(self, subscription: GraphSubscription, body: Json) -> None:
        """Prolong, or point elsewhere; either renews the authorization as well."""
        if "lifecycleNotificationUrl" in body or not {"expirationDateTime", "notificationUrl"} & body.keys():
            raise unreadable_subscription(
                "Only expirationDateTime and notificationUrl can be changed, and one of them must be."
            )
        expires_at = self._expiration(body) if "expirationDateTime" in body else None
        if "notificationUrl" in body:
            url = read_address("notificationUrl", body["notificationUrl"])
            await self._handshake.both(url, None)
            subscription.url = url
        if expires_at is not None:
            subscription.expires_at = expires_at
        self.renew(subscription, "prolonged")

    def renew(self, subscription: GraphSubscription, how: str) -> None:
        """End a pause; two ways of renewing within ten minutes may leave the subscription silent for good."""
        now = self._world.clock()
        others = [at for other, at in subscription.renewed_at.items() if other != how]
        if self.renewing_twice_silences and any(now - at < APART for at in others):
            subscription.is_silent = True
        subscription.renewed_at[how] = now
        subscription.is_paused = False

    def remove(self, subscription: GraphSubscription) -> None:
        self._all.pop(subscription.id, None)
        self._of_mailbox[subscription.mailbox.user_id].pop(subscription.id, None)

    def _reachable(self, app: App, name: str) -> SimulatedMailbox:
        """The mailbox of that name, if the application reaches it and there is room for one more subscription."""
        try:
            mailbox = self._world.user(name)
        except CallRefused as unknown:
            raise _from_exchange(404, "NotFound", "REST API is not yet supported for this mailbox.") from unknown
        if not self._access.reaches(app, mailbox.address, is_room=mailbox.is_room):
            raise _from_exchange(403, "Forbidden", "Access is denied. Check credentials and try again.")
        if len(self.of_mailbox(mailbox)) >= QUOTA:
            raise CallRefused(403, "ExtensionError", f"The mailbox has {QUOTA} subscriptions, which is the quota.")
        return mailbox

    def _expiration(self, body: Json) -> datetime:
        return read_expiration(body["expirationDateTime"], self._world.clock(), self._longest())

    def _refuse_twin(self, wanted: GraphSubscription) -> None:
        for each in self.of_mailbox(wanted.mailbox):
            if (each.app, each.changes) == (wanted.app, wanted.changes):
                raise CallRefused(
                    409, "Conflict", f"Subscription Id <{each.id}> already exists for the requested combination"
                )


def _from_exchange(status: int, reason: str, message: str) -> CallRefused:
    return CallRefused(
        status,
        "ExtensionError",
        f"Operation: Create; Exception: [Status Code: {reason}; Reason: {message}]",
    )
