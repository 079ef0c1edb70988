"""What is told to subscribers: changes of events, and the troubles of subscriptions themselves.

Source: https://learn.microsoft.com/en-us/graph/api/resources/changenotification
Source: https://learn.microsoft.com/en-us/graph/change-notifications-lifecycle-events
"""

from uuid import uuid4

from tests.graphsim.delivery.dispatcher import Dispatcher
from tests.graphsim.delivery.subscription import GraphSubscription
from tests.graphsim.delivery.subscriptions import Subscriptions
from tests.graphsim.entra.applications import TENANT_ID
from tests.graphsim.exchange.stored_event import Json
from tests.graphsim.exchange.world import EventChange, World
from tests.graphsim.graph.render import timestamp


class Notifier:
    """Turns changes of the world into notifications."""

    def __init__(self, world: World, subscriptions: Subscriptions, dispatcher: Dispatcher) -> None:
        self._world = world
        self._subscriptions = subscriptions
        self._dispatcher = dispatcher
        world.listeners.append(self.on_change)
        dispatcher.on_given_up.append(self.on_given_up)

    def on_change(self, change: EventChange) -> None:
        """Tell each subscriber of the mailbox: of the change, and of some updates that Exchange makes of it."""
        date = self._date_of(change)
        for subscription in self._subscriptions.of_mailbox(change.mailbox):
            if not (subscription.is_paused or subscription.is_silent):
                kinds = [change.change] + ["updated"] * self._dispatcher.extra_updates()
                for kind in kinds:
                    if kind in subscription.changes:
                        self._dispatcher.give(subscription, self._notification(subscription, change, kind))
                if date is not None and date.change in subscription.changes:
                    self._dispatcher.give(subscription, self._notification(subscription, date, date.change))

    def _date_of(self, change: EventChange) -> EventChange | None:
        """The same change under the id of the exception, where that is told of; which ids Graph uses is not documented.

        Source: https://github.com/microsoftgraph/msgraph-sdk-dotnet/issues/2822
        """
        changed = change.occurrence
        if changed is None or not self._dispatcher.settings.tells_exceptions:
            return None
        return EventChange(change.mailbox, changed.immutable_id, changed.default_id, changed.etag, "updated")

    def lifecycle(
        self,
        subscription: GraphSubscription,
        event: str,
        *,
        pauses: bool = False,
        shape: str = "tenantId",
        tells: bool = True,
    ) -> None:
        """Make a lifecycle event happen to the subscription, and tell the address for that, if there is one."""
        if event == "subscriptionRemoved":
            self._subscriptions.remove(subscription)
        subscription.is_paused = subscription.is_paused or pauses
        if tells and subscription.lifecycle_url is not None:
            item = {**self._envelope(subscription), "lifecycleEvent": event}
            if shape == "organizationId":
                item = _as_seen_in_2026(subscription, item)
            self._dispatcher.give_at_once(subscription, subscription.lifecycle_url, item)

    def make_noise(self, subscription: GraphSubscription, count: int) -> None:
        """Tell of so many changes of events that nobody has, as genuinely as of any other."""
        ids = self._world.ids
        for _ in range(count):
            etag = f'W/"{ids.change_key()}"'
            change = EventChange(subscription.mailbox, ids.immutable(), ids.default(), etag, "updated")
            self._dispatcher.give(subscription, self._notification(subscription, change, "updated"))

    def on_given_up(self, subscription: GraphSubscription) -> None:
        """Own up to what was lost, once."""
        if self._subscriptions.is_active(subscription):
            self.lifecycle(subscription, "missed")

    def _notification(self, subscription: GraphSubscription, change: EventChange, kind: str) -> Json:
        ident = change.event_id if subscription.immutable_ids else change.default_id
        path = f"Users/{change.mailbox.user_id}/Events/{ident}"
        return {
            **self._envelope(subscription),
            "id": str(uuid4()),
            "changeType": kind,
            "resource": path,
            "resourceData": {
                "@odata.type": "#Microsoft.Graph.Event",
                "@odata.id": path,
                "@odata.etag": change.etag,
                "id": ident,
            },
        }

    def _envelope(self, subscription: GraphSubscription) -> Json:
        secret = {} if self._dispatcher.settings.omits_client_state else {"clientState": subscription.client_state}
        return {
            "subscriptionId": subscription.id,
            "subscriptionExpirationDateTime": timestamp(subscription.expires_at),
            **secret,
            "tenantId": TENANT_ID,
        }


def _as_seen_in_2026(subscription: GraphSubscription, item: Json) -> Json:
    """The same in a shape that is not documented: the tenant goes by another name, and there is a resource.

    Source: https://github.com/microsoftgraph/msgraph-sdk-dotnet/issues/3103
    """
    path = f"Subscriptions/{subscription.id}"
    return {
        **{name: value for name, value in item.items() if name != "tenantId"},
        "organizationId": item["tenantId"],
        "resource": path,
        "resourceData": {"@odata.id": path, "@odata.type": "#microsoft.graph.subscription", "id": subscription.id},
        "encryptedContent": None,
        "resourceChangeType": None,
    }
