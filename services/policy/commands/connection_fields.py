"""The fields of a connection as somebody wrote them: their types, and at which field they cannot be used.

There are three parts, each changed by itself: its settings; the tenant that is reached, and as which application; and
the names of its credentials. A new connection has all of them.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from libs.contracts.fields import Line, matching
from libs.contracts.problems import FieldProblem
from services.policy.commands.connections import ConnectionFields, ConnectionRequest
from services.policy.commands.invalid_fields import field_problems
from services.policy.commands.policy_fields import UnusableFields
from services.policy.core.place import ConflictDetail
from services.policy.core.policies.parameters import Domain, Flag

Cloud = Literal["global", "us_gov", "us_dod", "china", "simulator"]
TenantId = Annotated[
    str,
    matching(
        r"[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?",
        "A tenant is named by its id or by a domain it has verified",
    ),
]
ClientId = Annotated[
    str,
    matching(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", "An application is named by its id, a UUID"),
]
CredentialName = Annotated[
    str,
    matching(
        r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}(\.[A-Za-z0-9_-]{1,16})?",
        "The name of a secret that was given to the services: letters, digits, - and _; never the secret itself",
    ),
    Field(description="The name of a secret that was given to the services; never the secret itself."),
]
RefusedEdit = Literal["decline", "propose_original"]

OwnDomains = Annotated[
    list[Domain],
    Field(max_length=1000, description="Mail domains of the tenant; organizers of other domains are external."),
]

TWO_NAMES = "Two credentials have two names"
NAME_TAKEN = FieldProblem(field="name", problem="is taken", expected="a name no other connection has")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class _Settings(_Part):
    name: Line
    own_domains: OwnDomains
    conflict_detail: ConflictDetail
    edits_organizer_events: Flag
    refused_edit: RefusedEdit


class _Tenant(_Part):
    cloud: Cloud
    tenant_id: TenantId
    client_id: ClientId


class _Credentials(_Part):
    credential: CredentialName
    second_credential: CredentialName | None = None

    @field_validator("second_credential")
    @classmethod
    def _is_another(cls, second: str | None, info: ValidationInfo) -> str | None:
        if second is not None and second == info.data.get("credential"):
            raise ValueError(TWO_NAMES)
        return second


class _New(_Settings, _Tenant, _Credentials):
    pass


def read_settings(written: Mapping[str, Any]) -> ConnectionFields:
    """Return the settings to give a connection. Raises `UnusableFields`, which names all that cannot be used."""
    return cast("ConnectionFields", _read(_Settings, written))


def read_tenant(written: Mapping[str, Any]) -> ConnectionFields:
    """Return which tenant a connection is to reach, as which application. Raises `UnusableFields`, as above."""
    return cast("ConnectionFields", _read(_Tenant, written))


def read_credentials(written: Mapping[str, Any]) -> ConnectionFields:
    """Return which credentials a connection is to name; no second one if none is written. Raises as above."""
    return cast("ConnectionFields", _read(_Credentials, written))


def read_new_connection(written: Mapping[str, Any]) -> ConnectionRequest:
    """Return the connection to make. Raises as above."""
    return ConnectionRequest(**_read(_New, written))


def _read(part: type[_Part], written: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return part.model_validate(written).model_dump()
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        at_fields = [{**each, "loc": ("body", *each["loc"])} for each in found]
        raise UnusableFields(field_problems(at_fields, frozenset())) from error
