"""The settings of a connection as somebody wrote them: their types, and at which field they cannot be used.

Who is reached, and as which application, is not among them: that is what makes it this connection.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from libs.contracts.fields import Line
from libs.contracts.problems import FieldProblem
from services.policy.commands.connections import ConnectionFields
from services.policy.commands.invalid_fields import field_problems
from services.policy.commands.policy_fields import UnusableFields
from services.policy.core.place import ConflictDetail
from services.policy.core.policies.parameters import Domain, Flag

RefusedEdit = Literal["decline", "propose_original"]

OwnDomains = Annotated[
    list[Domain],
    Field(max_length=1000, description="Mail domains of the tenant; organizers of other domains are external."),
]

NAME_TAKEN = FieldProblem(field="name", problem="is taken", expected="a name no other connection has")


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    name: Line
    own_domains: OwnDomains
    conflict_detail: ConflictDetail
    edits_organizer_events: Flag
    refused_edit: RefusedEdit


def read_settings(written: Mapping[str, Any]) -> ConnectionFields:
    """Return the settings to give a connection. Raises `UnusableFields`, which names all that cannot be used."""
    try:
        return cast("ConnectionFields", _Settings.model_validate(written).model_dump())
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        at_fields = [{**each, "loc": ("body", *each["loc"])} for each in found]
        raise UnusableFields(field_problems(at_fields, frozenset())) from error
