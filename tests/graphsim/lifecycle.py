"""What is told to subscribers: changes of events, and the troubles of subscriptions themselves.

Source: https://learn.microsoft.com/en-us/graph/api/resources/changenotification
Source: https://learn.microsoft.com/en-us/graph/change-notifications-lifecycle-events
"""

from uuid import uuid4

from tests.graphsim.delivery import Delivery
from tests.graphsim.entra import TENANT_ID
from tests.graphsim.errors import GraphError
from tests.graphsim.event import Json
from tests.graphsim.render import timestamp
from tests.graphsim.subscriptions import Subscription, Subscriptions
from tests.graphsim.world import Change, World

EVENTS = ("reauthorizationRequired", "subscriptionRemoved", "missed")


class Notifier:
    """Turns changes of the world into notifications."""

    def __init__(self, world: World, subscriptions: Subscriptions, delivery: Delivery) -> None:
        self._world = world
        self._subscriptions = subscriptions
        self._delivery = delivery
        world.listeners.append(self.on_change)

    def on_change(self, change: Change) -> None:
        """Tell each subscriber of the mailbox: of the change, and of some updates that Exchange makes of it."""
        for subscription in self._subscriptions.active():
            if subscription.mailbox == change.mailbox and not subscription.is_paused:
                kinds = [change.change] + ["updated"] * self._delivery.extra_updates()
                for kind in kinds:
                    if kind in subscription.changes:
                        self._delivery.give(subscription, self._notification(subscription, change, kind))

    def lifecycle(self, subscription: Subscription, event: str, *, pauses: bool = False) -> None:
        """Make a lifecycle event happen to the subscription, and tell of it if there is an address for that."""
        if event not in EVENTS:
            raise GraphError(400, "InvalidSetting", f"event is {event!r}, not one of {', '.join(EVENTS)}.")
        if event == "subscriptionRemoved":
            self._subscriptions.remove(subscription)
        subscription.is_paused = subscription.is_paused or pauses
        if subscription.lifecycle_url is not None:
            item = {**self._envelope(subscription), "lifecycleEvent": event}
            self._delivery.give_at_once(subscription, subscription.lifecycle_url, item)

    def on_given_up(self, subscription: Subscription) -> None:
        """Own up to what was lost, once."""
        if self._subscriptions.is_active(subscription):
            self.lifecycle(subscription, "missed")

    def _notification(self, subscription: Subscription, change: Change, kind: str) -> Json:
        mailbox = self._world.mailbox(change.mailbox)
        ident = change.event_id if subscription.immutable_ids else change.default_id
        path = f"Users/{mailbox.user_id}/Events/{ident}"
        gone = (each for each in reversed(mailbox.deleted) if each.immutable_id == change.event_id)
        event = next(gone, None) if change.change == "deleted" else mailbox.event(change.event_id)
        return {
            **self._envelope(subscription),
            "id": str(uuid4()),
            "changeType": kind,
            "resource": path,
            "resourceData": {
                "@odata.type": "#Microsoft.Graph.Event",
                "@odata.id": path,
                "@odata.etag": event.etag if event else 'W/""',
                "id": ident,
            },
        }

    def _envelope(self, subscription: Subscription) -> Json:
        return {
            "subscriptionId": subscription.id,
            "subscriptionExpirationDateTime": timestamp(subscription.expires_at),
            "clientState": subscription.client_state,
            "tenantId": TENANT_ID,
        }
