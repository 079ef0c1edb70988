"""What the policy service reads from its environment."""

from datetime import timedelta
from typing import Self

from pydantic import Field, SecretStr, field_validator, model_validator

from libs.common.settings import Settings
from services.policy.api.settings import ApiSettings
from services.policy.commands.apply import Patience
from services.policy.console.settings import ConsoleSettings
from services.policy.core.groups.plan import PlanLimits
from services.policy.core.links import LinkSigner
from services.policy.store.retention import MATTERS_FOR

SHORTEST_SECRET = 32
"""How many characters a secret has at least that signs links.

Source: https://www.rfc-editor.org/rfc/rfc7518#section-3.2
"""


def _split(secrets: SecretStr | None) -> list[str]:
    """Return the secrets in a setting that has commas between them."""
    given = secrets.get_secret_value() if secrets is not None else ""
    return [each.strip() for each in given.split(",") if each.strip()]


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

    suggestions_s: float = Field(
        60,
        gt=0,
        description="Seconds in which an answer has to be sent, before what it suggests is looked up anew.",
    )
    proposal_deadline_min: float = Field(
        1440,
        gt=0,
        description="Minutes for an organizer to accept another time that the back office wants, until either begins.",
    )

    policy_public_url: str | None = Field(
        None,
        pattern=r"^https?://[^/?#\s]+/?$",
        description="Origin under which people's browsers reach the API, for links in mails and answers, such as "
        "https://rooms.contoso.com; without it they have none. Needs ROOMSYNC_LINK_SECRETS.",
    )
    link_secrets: SecretStr | None = Field(
        None,
        description="Secret of 32 or more characters that signs those links; after a comma the old one, until the "
        "links that it signed have expired.",
    )

    @field_validator("link_secrets")
    @classmethod
    def _are_long_enough(cls, given: SecretStr | None) -> SecretStr | None:
        if not all(len(each) >= SHORTEST_SECRET for each in _split(given)):
            raise ValueError(f"must have {SHORTEST_SECRET} or more characters, each of them if there are several")
        return given

    @model_validator(mode="after")
    def _links_are_signed(self) -> Self:
        if self.policy_public_url is not None and not _split(self.link_secrets):
            raise ValueError("ROOMSYNC_POLICY_PUBLIC_URL needs ROOMSYNC_LINK_SECRETS, which signs the links below it")
        return self

    @property
    def links(self) -> LinkSigner | None:
        """Return what makes links, None if they are not set up."""
        if self.policy_public_url is None:
            return None
        return LinkSigner(self.policy_public_url, _split(self.link_secrets))

    @property
    def patience(self) -> Patience:
        """Return how long Outlook may take, how long people's next steps are waited for, and how they may act."""
        return Patience(
            timedelta(seconds=self.intent_deadline_s),
            timedelta(seconds=self.settling_s),
            timedelta(minutes=self.proposal_deadline_min),
            timedelta(seconds=self.suggestions_s),
            self.links,
            PlanLimits(self.series_occurrences, self.series_ahead),
        )


class PolicySettings(PatienceSettings, ApiSettings, ConsoleSettings):
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

    import_report_days: int = Field(
        90, ge=1, le=90, description="Days after the end of an import that it is kept, with what became of each item."
    )

    personal_data_days: int = Field(
        400,
        ge=0,
        description="Days after the end of a reservation that titles, names, addresses and comments are kept, at least "
        "90; from then on a pseudonym stands for each organizer. 0 keeps them as long as the reservation.",
    )

    @field_validator("personal_data_days")
    @classmethod
    def _leaves_time_to_change(cls, days: int) -> int:
        if 0 < days < MATTERS_FOR.days:
            raise ValueError(
                f"must be 0 or at least {MATTERS_FOR.days}: a meeting that is over may still be moved or cancelled"
            )
        return days

    @property
    def personal_data(self) -> timedelta | None:
        """Return how long personal data stays with what is over, None for as long as the reservation."""
        return timedelta(days=self.personal_data_days) if self.personal_data_days else None

    @property
    def import_reports(self) -> timedelta:
        """Return how long what became of an import is kept."""
        return timedelta(days=self.import_report_days)

    @property
    def history(self) -> timedelta | None:
        """Return how long reservations and decisions are kept, None for ever."""
        return timedelta(days=self.history_days) if self.history_days else None

    @property
    def kept_for(self) -> timedelta:
        """Return how long a room is kept after a refused change whose invitation is gone."""
        return timedelta(minutes=self.keep_refused_edits_min)
