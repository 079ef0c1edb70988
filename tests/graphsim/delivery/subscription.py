"""One subscription, as it is kept and as it is shown.

Source: https://learn.microsoft.com/en-us/graph/api/resources/subscription
"""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

from tests.graphsim.entra.applications import App, principal_id
from tests.graphsim.exchange.mailbox import SimulatedMailbox
from tests.graphsim.exchange.stored_event import Json
from tests.graphsim.graph.render import timestamp


@dataclass(slots=True)
class GraphSubscription:
    """One subscription. While `is_paused`, it waits to be authorized again, and what happens meanwhile is lost.

    `is_silent`: nothing is told any more, though it looks alive. `renewed_at` is when it was last renewed in which way.
    """

    app: App
    mailbox: SimulatedMailbox
    resource: str
    change_type: str
    url: str
    lifecycle_url: str | None
    client_state: str | None
    expires_at: datetime
    immutable_ids: bool
    tls: str = "v1_2"
    is_paused: bool = False
    is_silent: bool = False
    renewed_at: dict[str, datetime] = field(default_factory=dict)
    id: str = field(default_factory=lambda: str(uuid4()))

    @property
    def changes(self) -> frozenset[str]:
        return frozenset(self.change_type.split(","))

    def body(self) -> Json:
        return {
            "id": self.id,
            "resource": self.resource,
            "applicationId": self.app.client_id,
            "changeType": self.change_type,
            "clientState": self.client_state,
            "notificationUrl": self.url,
            "notificationQueryOptions": None,
            "lifecycleNotificationUrl": self.lifecycle_url,
            "expirationDateTime": timestamp(self.expires_at),
            "creatorId": principal_id(self.app.client_id),
            "includeResourceData": None,
            "latestSupportedTlsVersion": self.tls,
            "encryptionCertificate": None,
            "encryptionCertificateId": None,
            "notificationUrlAppId": None,
        }
