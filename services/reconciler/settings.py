"""What the reconciler reads from its environment."""

from datetime import timedelta

from pydantic import Field

from libs.common.settings import Settings
from libs.graph.settings import GraphSettings
from services.reconciler.core.pace import Pace


class ReconcilerSettings(Settings, GraphSettings):
    """The settings of the reconciler."""

    reconciler_host: str = Field("127.0.0.1", description="Address the probes and metrics listen on.")
    reconciler_port: int = Field(8083, description="Port the probes and metrics listen on.")
    sweep_interval_s: float = Field(
        300, gt=0, description="Seconds after which a room calendar is compared with the ledger again."
    )
    sweep_polling_interval_s: float = Field(
        60, gt=0, description="The same for a room without a subscription, which nothing else would tell of changes."
    )
    sweeps_at_a_time: int = Field(16, ge=1, le=256, description="Room calendars that are compared at a time.")
    sweep_look_ahead_days: int = Field(
        366, ge=1, le=1825, description="Days ahead that are compared; Graph lists no more than 1825."
    )
    imports_at_a_time: int = Field(4, ge=1, le=64, description="Room calendars that are read at a time for imports.")
    drift_grace_s: float = Field(
        2, ge=0, description="Seconds before a difference is looked at again: it may be news that is still on its way."
    )
    credential_check_interval_s: float = Field(
        3600,
        gt=0,
        description="Seconds after which Microsoft is asked again whether it accepts each credential of a connection; "
        "their files are looked at every few seconds.",
    )

    @property
    def pace(self) -> Pace:
        """Return how often rooms are compared."""
        return Pace(
            usual=timedelta(seconds=self.sweep_interval_s),
            polling=timedelta(seconds=min(self.sweep_polling_interval_s, self.sweep_interval_s)),
            quarantined=timedelta(seconds=min(self.graph_retry_interval_s, self.sweep_interval_s)),
        )

    @property
    def look_ahead(self) -> timedelta:
        """Return how far ahead calendars are compared."""
        return timedelta(days=self.sweep_look_ahead_days)
