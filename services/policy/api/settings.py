"""What the API has to be told: whose tokens it believes, and how much it reads."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field


def split_names(names: str) -> list[str]:
    """Return the names in a setting that has commas between them."""
    return [name.strip() for name in names.split(",") if name.strip()]


def _at_least_one(names: str) -> str:
    if not split_names(names):
        raise ValueError("must name at least one, because no token would count")
    return names


Names = Annotated[str, AfterValidator(_at_least_one)]


class ApiSettings(BaseModel):
    """Settings of the API, mixed into the settings of the service.

    The audience has no default: a new application's id URI has to contain the id of the application or of its tenant.
    Source: https://learn.microsoft.com/entra/identity-platform/identifier-uri-restrictions
    """

    api_audience: Names = Field(
        description="Audiences, with commas between, of which access tokens must name one (`aud`): "
        "api://<client id>,<client id>. The first is the application's id URI, in tokens of version 1.0; the second "
        "is in tokens of version 2.0.",
    )
    api_issuer: Names = Field(
        description="Issuers, with commas between, of which access tokens must name one (`iss`): "
        "https://sts.windows.net/<tenant id>/ in tokens of version 1.0, "
        "https://login.microsoftonline.com/<tenant id>/v2.0 in those of version 2.0."
    )
    api_jwks_url: str = Field(
        description="Address of the issuer's signing keys: "
        "https://login.microsoftonline.com/<tenant id>/discovery/v2.0/keys"
    )
    api_ca_file: Path | None = Field(
        None,
        description="PEM file of the authority behind the address of the signing keys, and behind "
        "ROOMSYNC_CONSOLE_AUTHORITY; the system's if unset.",
    )
    api_database_timeout_s: float = Field(
        2.5,
        gt=0,
        le=30,
        description="Seconds the database has for each step of a request; then the caller is told to try again later.",
    )
    api_max_body_bytes: int = Field(
        2_097_152,
        description="Largest request body that is read, in bytes: a file of 1,000 rows fits in, and 10,000 mappings to "
        "rehearse.",
    )
