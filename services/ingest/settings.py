"""What the ingest service reads from its environment."""

from datetime import timedelta
from pathlib import Path

from pydantic import Field, SecretStr

from libs.common.settings import Settings
from libs.graph.settings import GraphSettings


class IngestSettings(Settings, GraphSettings):
    """The settings of the ingest service."""

    ingest_host: str = Field("127.0.0.1", description="Address the webhook listens on.")
    ingest_port: int = Field(8080, description="Port the webhook listens on.")
    ingest_probes_host: str = Field("127.0.0.1", description="Address the probes and metrics of ingest listen on.")
    ingest_probes_port: int = Field(8090, description="Port the probes and metrics of ingest listen on.")
    ingest_cert_file: Path | None = Field(None, description="PEM certificate of the webhook; plain HTTP if unset.")
    ingest_key_file: Path | None = Field(None, description="PEM key of the webhook's certificate.")
    ingest_public_url: str = Field(description="Origin under which Graph reaches the webhook, with https.")
    client_state_secrets: SecretStr = Field(
        min_length=16,
        description="Secret of 16 or more characters that proves notifications; after a comma the old one, for an hour "
        "of rotation.",
    )
    subscription_lifetime_min: int = Field(
        10_000, ge=45, le=10_080, description="Minutes to ask for; lowered to what Graph grants."
    )
    watch_interval_s: float = Field(1, gt=0, description="Seconds between two looks at which subscriptions are due.")
    reads_at_a_time: int = Field(16, ge=1, description="Meetings read from Graph at a time, of all rooms together.")
    absence_grace_s: float = Field(
        1.0, ge=0, description="Seconds between the two looks that must miss a meeting before it is called absent."
    )

    discovery_interval_min: int = Field(
        60, ge=1, description="Minutes between two listings of the rooms that the directory of places knows."
    )

    @property
    def discovery_interval(self) -> timedelta:
        """Return the time between two listings of rooms."""
        return timedelta(minutes=self.discovery_interval_min)

    @property
    def public_origin(self) -> str:
        """Return the webhook's origin without a slash at its end."""
        return self.ingest_public_url.rstrip("/")

    @property
    def secrets(self) -> list[str]:
        """Return the secrets that prove notifications: the first one signs, all of them verify."""
        return [each.strip() for each in self.client_state_secrets.get_secret_value().split(",") if each.strip()]
