"""Settings: what every service reads from its environment, as one validated object.

They are read once, in `wiring`, and passed on as values. Each is an environment variable ``ROOMSYNC_<NAME>``, or a file
``roomsync_<name>`` in the directory that ``ROOMSYNC_SECRETS_DIR`` names. `.env.example` is made from these fields.
"""

import os
from collections.abc import Collection
from datetime import timedelta
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SecretsSettingsSource, SettingsConfigDict

SECRETS_DIR = "ROOMSYNC_SECRETS_DIR"
"""The variable that names the directory of secrets."""


class Settings(BaseSettings):
    """The settings all services share.

    The addresses of servers have no default: it would be somebody else's server that listens there by chance.
    """

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
        directory = os.environ.get(SECRETS_DIR)
        secrets = (
            (SecretsSettingsSource(settings_cls, secrets_dir=directory),)
            if directory and Path(directory).is_dir()
            else ()
        )
        return init_settings, env_settings, *secrets

    postgres_url: SecretStr | None = Field(
        None,
        description="PostgreSQL database, such as postgresql://user:password@host:5432/roomsync; each service takes on "
        "its own role and schema in it. Required.",
    )
    amqp_url: SecretStr | None = Field(
        None,
        description="RabbitMQ virtual host, such as amqps://user:password@host:5671/roomsync; services declare what "
        "they need there. Required, except for all services in one process.",
    )
    shards: int = Field(
        8, ge=1, le=64, description="Queues per consumer and lane. Drain all queues before changing it."
    )
    bus_namespace: str = Field("roomsync", description="Prefix of every exchange and queue.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="Least level that is logged.")
    log_format: Literal["json", "console"] = Field("json", description="Log lines for machines or for people.")
    otlp_endpoint: str | None = Field(
        None,
        description="OTLP/HTTP collector for traces, such as http://collector:4318; they go to /v1/traces below it. "
        "None are sent when unset.",
    )
    commit: str | None = Field(None, description="Commit that was built, shown by the metric roomsync_build_info.")
    series_occurrences: int = Field(
        150, ge=1, le=999, description="Occurrences of one series that are booked at most; later ones as time passes."
    )
    series_ahead_days: int = Field(
        366, ge=1, le=1825, description="Days ahead that series are booked; later dates as time passes."
    )
    drain_deadline_s: float = Field(20, gt=0, description="Seconds to finish work in hand when told to stop.")

    @field_validator("postgres_url")
    @classmethod
    def _is_of_postgres(cls, url: SecretStr | None) -> SecretStr | None:
        return _address(url, {"postgresql", "postgres"}, "postgresql://user:password@host:5432/roomsync")

    @field_validator("amqp_url")
    @classmethod
    def _is_of_a_broker(cls, url: SecretStr | None) -> SecretStr | None:
        return _address(url, {"amqp", "amqps"}, "amqps://user:password@host:5671/roomsync")

    @property
    def series_ahead(self) -> timedelta:
        """Return how far ahead series are booked."""
        return timedelta(days=self.series_ahead_days)

    @property
    def database_address(self) -> str:
        """Return the address of the database, for processes that were read with it as needed."""
        return _given(self.postgres_url)

    @property
    def broker_address(self) -> str:
        """Return the address of the broker, for processes that were read with it as needed."""
        return _given(self.amqp_url)


def _given(address: SecretStr | None) -> str:
    if address is None:
        raise ValueError("an address was not asked for when the settings were read")
    return address.get_secret_value()


def _address(url: SecretStr | None, schemes: Collection[str], example: str) -> SecretStr | None:
    """Refuse what is no URL of these schemes, or has been cut by a character of its password. Never shows it."""
    if url is None or _is_address(url.get_secret_value(), schemes):
        return url
    raise ValueError(f"must be an address such as {example}, with : / ? # @ in a password percent-encoded")


def _is_address(url: str, schemes: Collection[str]) -> bool:
    try:
        parts = urlsplit(url)
        is_whole = parts.port is None or parts.port > 0
    except ValueError:
        return False
    has_host = bool(parts.hostname) or "host=" in parts.query
    return is_whole and parts.scheme in schemes and has_host and "@" not in parts.path + parts.query + parts.fragment
