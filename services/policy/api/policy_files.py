"""Policies as a CSV file: a row for each, with its id and every field that can be set.

A cell is a field of a policy in JSON; those within `attach`, `exempt` and `dates` have columns of their own. The
parameters, which each kind has its own of, are one JSON object in one cell. `target_name` is for people to read: an id
says nothing to them.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from fastapi import Response

from services.policy.api.csv_files import write_csv
from services.policy.api.policy_bodies import show_policy
from services.policy.store.policies import PolicyRow, PolicyTarget

Json = dict[str, Any]

FIELD_OF: Mapping[str, tuple[str, ...]] = {
    "name": ("name",),
    "kind": ("kind",),
    "scope": ("attach", "scope"),
    "target": ("attach", "id"),
    "parameters": ("parameters",),
    "effect": ("effect",),
    "exempt_addresses": ("exempt", "addresses"),
    "exempt_domains": ("exempt", "domains"),
    "exempt_roles": ("exempt", "roles"),
    "exempt_channels": ("exempt", "channels"),
    "from": ("dates", "from"),
    "until": ("dates", "until"),
}
"""Where the field that each column stands for is in a policy as JSON."""

COLUMNS = ("id", "name", "kind", "scope", "target", "target_name", *list(FIELD_OF)[4:])


def write_policies(found: Iterable[PolicyRow], targets: Iterable[PolicyTarget]) -> Response:
    """Answer with a file that has a row for each policy, given the names of what they are attached to."""
    names = {each.id: each.name for each in targets}
    return write_csv("policies.csv", COLUMNS, (_as_row(each, names) for each in found))


def _as_row(found: PolicyRow, names: Mapping[UUID, str]) -> Json:
    target_id, body = found.policy.attach.id, show_policy(found).model_dump(mode="json")
    row: Json = {column: read_field(body, column) for column in FIELD_OF}
    row["parameters"] = json.dumps(row["parameters"], ensure_ascii=False)
    return {**row, "id": found.policy.id, "target_name": names.get(target_id) if target_id is not None else None}


def read_field(body: Json, column: str) -> Any:  # noqa: ANN401 - any JSON
    """Return from a policy as JSON what belongs into a column; None if there is nothing."""
    found: Any = body
    for name in FIELD_OF[column]:
        found = (found or {}).get(name)
    return found


def set_field(body: Json, column: str, value: object) -> None:
    """Set in a policy as JSON what a column says."""
    *within, name = FIELD_OF[column]
    for each in within:
        body = body.setdefault(each, {})
    body[name] = value


def column_of(field: str) -> str:
    """Name the column in which a field is, or the one to change where several fields do not go together."""
    for place, column in _COLUMN_OF.items():
        if field == place or field.startswith(f"{place}."):
            return column + field.removeprefix(place)
    return field


_COLUMN_OF: Mapping[str, str] = {
    **{".".join(place): column for column, place in FIELD_OF.items()},
    "attach": "target",
    "exempt": "exempt_channels",
    "dates": "until",
    "path.policy_id": "id",
}
