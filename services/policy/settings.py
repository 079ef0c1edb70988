"""What the policy service reads from its environment."""

from datetime import timedelta

from pydantic import Field

from libs.common.settings import Settings
from services.policy.api.settings import ApiSettings
from services.policy.commands.apply import Patience


class PatienceSettings(Settings):
    """How long to wait for Outlook and for people: what whoever decides has to know, by whatever way they are asked."""

    intent_deadline_s: float = Field(
        60, gt=0, description="Seconds for Outlook to show what was decided, before it is asked again."
    )

    settling_s: float = Field(
        5,
        ge=0,
        description="Seconds before a request is refused that only its organizer's own meetings are in the way of.",
    )

    @property
    def patience(self) -> Patience:
        """Return how long Outlook may take, and how long people's next steps are waited for."""
        return Patience(timedelta(seconds=self.intent_deadline_s), timedelta(seconds=self.settling_s))


class PolicySettings(PatienceSettings, ApiSettings):
    """The settings of the policy service."""

    policy_host: str = Field("127.0.0.1", description="Address the API listens on.")
    policy_port: int = Field(8081, description="Port the API listens on.")
    policy_probes_host: str = Field("127.0.0.1", description="Address the probes and metrics of policy listen on.")
    policy_probes_port: int = Field(8091, description="Port the probes and metrics of policy listen on.")
    keep_refused_edits_min: float = Field(
        1440,
        gt=0,
        description="Minutes to keep a room after a refused change whose invitation is gone, until it ends at most.",
    )

    history_days: int = Field(
        1095, ge=0, description="Days that reservations, after their end, and decisions are kept; 0 for ever."
    )

    @property
    def history(self) -> timedelta | None:
        """Return how long reservations and decisions are kept, None for ever."""
        return timedelta(days=self.history_days) if self.history_days else None

    @property
    def kept_for(self) -> timedelta:
        """Return how long a room is kept after a refused change whose invitation is gone."""
        return timedelta(minutes=self.keep_refused_edits_min)
