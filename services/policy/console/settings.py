"""What the console has to be told: where browsers reach it, and how people sign in to it."""

from datetime import timedelta
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, model_validator

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class ConsoleSettings(BaseModel):
    """Settings of the console, mixed into the settings of the service. Without a client id there is no console."""

    secrets_dir: Path | None = Field(
        None,
        description="Directory with one file per credential: a client secret, a certificate with its key as PEM, or "
        "the token of a workload identity. docs/credentials.md says what each looks like.",
    )
    console_client_id: str | None = Field(
        None,
        min_length=1,
        description="Client id of the application that people sign in to, which has the app roles: that of the API. "
        "Without it there is no console.",
    )
    console_authority: str | None = Field(
        None,
        pattern=r"^https://[^/?#\s]+/[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$",
        description="Tenant in which people sign in to the console: https://login.microsoftonline.com/<tenant id>",
    )
    console_url: str | None = Field(
        None,
        pattern=r"^https?://[^/?#\s]+$",
        description="Origin under which browsers reach the console, such as https://rooms.contoso.com; the application "
        "has <origin>/console/sign-in/callback and <origin>/console/signed-out registered. Plain HTTP only on this "
        "machine.",
    )
    console_credential: str = Field(
        "console",
        min_length=1,
        description="Name of the credential in ROOMSYNC_SECRETS_DIR by which the console proves to be its application.",
    )
    console_idle_min: float = Field(
        120, ge=1, description="Minutes without use after which people have to sign in to the console again."
    )
    console_session_min: float = Field(
        720, ge=1, description="Minutes after which people have to sign in to the console again, however they use it."
    )

    @model_validator(mode="after")
    def _can_sign_people_in(self) -> Self:
        if self.console_client_id is None:
            return self
        if self.console_authority is None or self.console_url is None:
            raise ValueError("ROOMSYNC_CONSOLE_CLIENT_ID needs ROOMSYNC_CONSOLE_AUTHORITY and ROOMSYNC_CONSOLE_URL")
        parts = urlsplit(self.console_url)
        if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
            raise ValueError("ROOMSYNC_CONSOLE_URL must begin with https://, or browsers do not keep who signed in")
        return self

    @property
    def console_idle(self) -> timedelta:
        """Return after how long without use a session expires."""
        return timedelta(minutes=self.console_idle_min)

    @property
    def console_session(self) -> timedelta:
        """Return after how long a session ends, however it is used."""
        return timedelta(minutes=self.console_session_min)
