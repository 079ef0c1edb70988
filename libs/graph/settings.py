"""What a service that talks to Graph reads from its environment."""

from pathlib import Path

from pydantic import BaseModel, Field

from libs.graph.admission import AdmissionRules


class GraphSettings(BaseModel):
    """Settings of the Graph client, mixed into the settings of a service."""

    secrets_dir: Path | None = Field(
        None,
        description="Directory with one file per credential: a client secret, a certificate with its key as PEM, or "
        "the token of a workload identity. docs/credentials.md says what each looks like.",
    )
    graph_simulator_url: str | None = Field(None, description="Root of a simulated Graph, for connections to it.")
    graph_simulator_login: str | None = Field(None, description="Origin of the simulator's login service.")
    graph_ca_file: Path | None = Field(None, description="PEM file of the authority to trust; the system's if unset.")
    graph_requests_per_mailbox: int = Field(
        4, ge=4, le=64, description="Requests at a time per mailbox, of all services together."
    )
    graph_requests_per_10_min: int = Field(
        9500, ge=100, description="Requests per mailbox in ten minutes, of all services together."
    )
    graph_timeout_s: float = Field(30, gt=0, description="Seconds to wait for one answer of Graph.")
    graph_retry_interval_s: float = Field(
        10, gt=0, description="Seconds between two tries to reach a mailbox or connection that could not be reached."
    )
    admits_shared_mailboxes: bool = Field(
        False, description="Whether a space may be mapped to a shared mailbox; a person's mailbox is refused always."
    )
    admits_unverified_mailboxes: bool = Field(
        True,
        description="Whether a space may be mapped to a mailbox whose kind the application may not read, for want of "
        "MailboxSettings.Read and Place.Read.All.",
    )

    @property
    def admission(self) -> AdmissionRules:
        """Return which mailboxes may be watched besides rooms and equipment."""
        return AdmissionRules(shared=self.admits_shared_mailboxes, unverified=self.admits_unverified_mailboxes)
