"""Connections as JSON."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any, Literal, cast
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from services.policy.api.fields import Body, Line, MomentOut, left_out
from services.policy.commands.connection_fields import (
    TWO_NAMES,
    ClientId,
    Cloud,
    CredentialName,
    OwnDomains,
    RefusedEdit,
    TenantId,
)
from services.policy.commands.connections import ConnectionChange, ConnectionFields, ConnectionRequest
from services.policy.core.place import ConflictDetail
from services.policy.store.connections import ConnectionRow
from services.policy.store.credentials import CredentialRow


def _all_different(names: list[str]) -> list[str]:
    if len(set(names)) < len(names):
        raise ValueError(TWO_NAMES)
    return names


Credentials = Annotated[
    list[CredentialName],
    Field(
        min_length=1,
        max_length=2,
        description="The names of one credential or of two different ones, so that one can be replaced while the other "
        "is used. A workload identity is tried first, then a certificate, then a secret; of two of one kind the first.",
    ),
    AfterValidator(_all_different),
]

ConflictDetailIn = Annotated[
    ConflictDetail,
    Field(
        description="What answers, reasons and events tell of a meeting in the way: its time and its organizer, or its "
        "time only. Of a private meeting it is the time only in any case, and what a meeting is about is never told."
    ),
]


class _NamesCredentials(Body):
    """A body that names credentials: one in `credential`, or one or two in `credentials`; both have to agree."""

    credentials: Credentials = left_out()
    credential: CredentialName = left_out()

    @field_validator("credential")
    @classmethod
    def _is_the_first(cls, credential: str, info: ValidationInfo) -> str:
        named = info.data.get("credentials")
        if named and named[0] != credential:
            raise ValueError("The first of `credentials`; one of the two fields is enough")
        return credential


def _either_will_do(schema: dict[str, Any]) -> None:
    required = [each for each in schema["required"] if each != "credential"]
    schema |= {"required": required, "anyOf": [{"required": ["credential"]}, {"required": ["credentials"]}]}


class NewConnection(_NamesCredentials):
    """A tenant to connect, by one credential or two."""

    model_config = ConfigDict(json_schema_extra=_either_will_do)

    name: Line
    cloud: Cloud = "global"
    tenant_id: TenantId
    client_id: ClientId
    credential: CredentialName
    edits_organizer_events: Annotated[bool, Field(strict=True)] = False
    refused_edit: RefusedEdit = "propose_original"
    own_domains: OwnDomains = Field([], validate_default=False)
    conflict_detail: ConflictDetailIn = "organizer"

    @model_validator(mode="before")
    @classmethod
    def _name_the_first(cls, sent: object) -> object:
        match sent:
            case {"credentials": [first, *_] as names, **rest} if "credential" not in rest:
                return {**rest, "credentials": names, "credential": first}
        return sent

    def request(self) -> ConnectionRequest:
        """Return what is asked of the ledger."""
        return ConnectionRequest(**_by_place(self.model_dump()))


class ConnectionPatch(_NamesCredentials):
    """What to change of a connection; what is left out stays. `credential` alone leaves it no second one."""

    name: Line = left_out()
    cloud: Cloud = left_out()
    tenant_id: TenantId = left_out()
    client_id: ClientId = left_out()
    edits_organizer_events: Annotated[bool, Field(strict=True)] = left_out()
    refused_edit: RefusedEdit = left_out()
    own_domains: OwnDomains = left_out()
    conflict_detail: ConflictDetailIn = left_out()

    def change(self, connection_id: UUID, expected_version: int | None) -> ConnectionChange:
        """Return what is asked of the ledger: to set the fields that were sent."""
        fields = cast("ConnectionFields", _by_place(self.model_dump(exclude_unset=True)))
        return ConnectionChange(connection_id, fields, expected_version)


def _by_place(sent: dict[str, Any]) -> dict[str, Any]:
    """Name the credentials that were sent as the ledger does: the first, and the second if there is one."""
    names = sent.pop("credentials", None) or [each for each in [sent.get("credential")] if each is not None]
    if not names:
        return sent
    return {**sent, "credential": names[0], "second_credential": names[1] if len(names) > 1 else None}


class CredentialStateOut(BaseModel):
    """How a credential is doing, as the reconciler sees it; what is null is not known, or not so."""

    name: str
    kind: Annotated[
        Literal["workload_identity", "certificate", "secret"] | None,
        Field(description="What its file holds; null until it was read."),
    ]
    expires_at: Annotated[
        MomentOut | None,
        Field(
            description="When it has to be replaced, by the certificate or by what the file of a secret says. Null for "
            "a secret whose file does not say, and for a workload identity, which does not expire."
        ),
    ]
    thumbprint: Annotated[str | None, Field(description="Of a certificate, as Microsoft Entra shows it.")]
    in_use: Annotated[bool, Field(description="Whether the token that is used now was got with it.")]
    problem: Annotated[str | None, Field(description="Why it cannot be used, as long as that is so, and what helps.")]
    problem_since: MomentOut | None


class ConnectionOut(BaseModel):
    """A connected tenant."""

    id: UUID
    name: str
    cloud: Cloud
    tenant_id: str
    client_id: str
    credential: Annotated[str, Field(description="The first of `credentials`.")]
    credentials: list[str]
    credential_states: Annotated[
        list[CredentialStateOut], Field(description="How each of the credentials is doing; it cannot be set.")
    ]
    edits_organizer_events: bool
    refused_edit: RefusedEdit
    own_domains: list[str]
    conflict_detail: ConflictDetail
    version: int
    created_at: MomentOut


class ConnectionList(BaseModel):
    """All connections, by name."""

    items: list[ConnectionOut]


def show_connection(connection: ConnectionRow, credentials: Sequence[CredentialRow]) -> ConnectionOut:
    """Show a connection with its credentials, of which those of other connections may be given too."""
    known = {each.name: each for each in credentials if each.connection_id == connection.id}
    names = list(connection.credentials)
    states = [CredentialStateOut(**asdict(known[name])) for name in names]
    return ConnectionOut(**asdict(connection), credentials=names, credential_states=states)
