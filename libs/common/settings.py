"""Settings: what every service reads from its environment, as one validated object.

They are read once, in `wiring`, and passed on as values. Each is an environment variable ``ROOMSYNC_<NAME>``, or a file
``roomsync_<name>`` in the directory that ``ROOMSYNC_SECRETS_DIR`` names. `.env.example` is made from these fields.
"""

import os
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SecretsSettingsSource, SettingsConfigDict


class Settings(BaseSettings):
    """The settings all services share."""

    model_config = SettingsConfigDict(
        env_prefix="ROOMSYNC_",
        frozen=True,
        extra="ignore",
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the signature is given; we read no such file
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - it would know only a fixed directory
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read arguments, then the environment, then the directory of secrets that the environment names now."""
        directory = os.environ.get("ROOMSYNC_SECRETS_DIR")
        secrets = (SecretsSettingsSource(settings_cls, secrets_dir=directory),) if directory else ()
        return init_settings, env_settings, *secrets

    postgres_url: SecretStr = Field(
        SecretStr("postgresql://127.0.0.1:5432/roomsync"),
        description="PostgreSQL database; each service takes on its own role and schema in it.",
    )
    amqp_url: SecretStr = Field(
        SecretStr("amqp://127.0.0.1:5672/"), description="RabbitMQ virtual host; Roomsync declares what it needs there."
    )
    shards: int = Field(
        8, ge=1, le=64, description="Queues per consumer and lane. Drain all queues before changing it."
    )
    bus_namespace: str = Field("roomsync", description="Prefix of every exchange and queue.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="Least level that is logged.")
    log_format: Literal["json", "console"] = Field("json", description="Log lines for machines or for people.")
    otlp_endpoint: str | None = Field(None, description="OTLP/HTTP collector for traces; none are sent when unset.")
    drain_deadline_s: float = Field(20, gt=0, description="Seconds to finish work in hand when told to stop.")
