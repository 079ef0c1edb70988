"""What the outbound service reads from its environment."""

from pydantic import Field

from libs.common.settings import Settings
from libs.graph.settings import GraphSettings
from libs.mail.settings import MailSettings


class OutboundSettings(Settings, GraphSettings, MailSettings):
    """The settings of the outbound service."""

    outbound_host: str = Field("127.0.0.1", description="Address the probes and metrics listen on.")
    outbound_port: int = Field(8082, description="Port the probes and metrics listen on.")
