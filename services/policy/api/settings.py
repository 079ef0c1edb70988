"""What the API has to be told: whose tokens it believes, and how much it reads."""

from pathlib import Path

from pydantic import BaseModel, Field


class ApiSettings(BaseModel):
    """Settings of the API, mixed into the settings of the service."""

    api_audience: str = Field(
        "api://roomsync",
        description="Audiences, with commas between, of which access tokens must name one (`aud`): the application's "
        "id URI in tokens of version 1.0, its client id in those of version 2.0.",
    )
    api_issuer: str = Field(
        description="Issuers, with commas between, of which access tokens must name one (`iss`): "
        "https://sts.windows.net/<tenant id>/ in tokens of version 1.0, "
        "https://login.microsoftonline.com/<tenant id>/v2.0 in those of version 2.0."
    )
    api_jwks_url: str = Field(
        description="Address of the issuer's signing keys: "
        "https://login.microsoftonline.com/<tenant id>/discovery/v2.0/keys"
    )
    api_ca_file: Path | None = Field(
        None, description="PEM file of the authority behind the address of the signing keys; the system's if unset."
    )
    api_database_timeout_s: float = Field(
        2.5,
        gt=0,
        le=30,
        description="Seconds the database has for each step of a request; then the caller is told to try again later.",
    )
    api_max_body_bytes: int = Field(262_144, description="Largest request body that is read, in bytes.")
