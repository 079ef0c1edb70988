"""What the smaller calls of the control surface take, in bodies and in queries."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from tests.graphsim.delivery.subscriptions import Choice
from tests.graphsim.graph.times import moment
from tests.graphsim.quantities import Count


@dataclass(frozen=True, slots=True)
class OneMailbox:
    mailbox: str | None = None


@dataclass(frozen=True, slots=True)
class AskedRecords:
    since: str | None = None
    mailbox: str | None = None

    @property
    def moment(self) -> datetime | None:
        """A plus sign that was not encoded arrives as a space; without an offset it is UTC."""
        if self.since is None:
            return None
        when = moment("since", self.since.replace(" ", "+"))
        return when.replace(tzinfo=UTC) if when.tzinfo is None else when


@dataclass(frozen=True, slots=True)
class WantedGraphToken:
    app: str
    expires_in: float = 24 * 3600


@dataclass(frozen=True, slots=True)
class TokenLifetime:
    expires_in: float


@dataclass(frozen=True, slots=True)
class NoiseOrder:
    count: Count
    mailbox: str | None = None


@dataclass(frozen=True, slots=True)
class CopyOrder:
    event: str
    ical_uid: str | None = None
    properties: bool = False


@dataclass(frozen=True, slots=True)
class LifecycleOrder:
    event: Literal["reauthorizationRequired", "subscriptionRemoved", "missed"]
    id: str | None = None
    mailbox: str | None = None
    pauses: bool = False
    tells: bool = True
    shape: Literal["tenantId", "organizationId"] = "tenantId"

    @property
    def choice(self) -> Choice:
        return Choice(self.id, self.mailbox)
