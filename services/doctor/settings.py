"""What the doctor reads from its environment: whatever is set of what the services read, and a little of its own."""

from pathlib import Path

from pydantic import Field, SecretStr

from libs.common.settings import Settings
from libs.graph.settings import GraphSettings
from libs.mail.settings import MailSettings


class DoctorSettings(Settings, GraphSettings):
    """The settings of `roomsync doctor`. Nothing is required: what is not set here is not looked at from here."""

    ingest_public_url: str | None = Field(None, description="Origin under which Graph reaches the webhook, with https.")
    doctor_ca_file: Path | None = Field(
        None,
        description="PEM file of authorities that the webhook's certificate may come from, besides the system's, in a "
        "test with an authority of its own. Microsoft trusts public ones only.",
    )
    doctor_outsider: str | None = Field(
        None,
        description="Address of a mailbox that the application must not reach, such as a person's; without it, an "
        "organizer of the connection's own domains stands for it.",
    )
    doctor_broker_url: SecretStr | None = Field(
        None,
        description="RabbitMQ's management API, such as https://user:password@host:15671, which tells of alarms. Tried "
        "on the host, user and password of ROOMSYNC_AMQP_URL when unset.",
    )
    sweep_interval_s: float = Field(
        300, gt=0, description="Seconds after which a room calendar is compared with the ledger again."
    )


class DoctorMailSettings(Settings, MailSettings):
    """The settings of mail, which are wrong or right together."""
