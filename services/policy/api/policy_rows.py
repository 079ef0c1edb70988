"""Rows of a CSV file as what they ask of the ledger: to replace the policy whose id they have, or to add one.

One rule: a row is judged by the models that judge a policy in JSON, so that no rule is written twice. An empty cell is
a field with nothing in it; a field whose column is left out stays as it is.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from pydantic_core import from_json

from services.policy.api.csv_files import CsvRow, read_list
from services.policy.api.imports import Errors, RowRefused, explain, in_columns, read_id
from services.policy.api.invalid import field_problems
from services.policy.api.policy_bodies import NewPolicy, show_policy
from services.policy.api.policy_files import FIELD_OF, Json, column_of, read_field, set_field
from services.policy.api.problems import FieldProblem
from services.policy.commands.policies import PolicyRequest
from services.policy.commands.policy_imports import PolicyReplacement
from services.policy.commands.unknown import UnknownPolicy
from services.policy.core.policies.policy import Attachment
from services.policy.store.policies import PolicyRow, PolicyTarget

NEEDED = ("kind", "scope", "parameters")
"""The columns without which no policy can be added."""

_WHAT: Mapping[object, str] = {"group": "space group", "space": "space"}
_DEFAULT_EFFECT = NewPolicy.model_fields["effect"].default


def read_row(
    row: CsvRow, known: Mapping[UUID, PolicyRow], targets: Sequence[PolicyTarget]
) -> PolicyRequest | PolicyReplacement:
    """Return what a row asks for. Raises `RowRefused`.

    `known` are the policies that rows name, of which they keep what the file has no column for. `targets` are all that
    a policy can be attached to.
    """
    if not row.cells.get("id"):
        return _read_request(row, {}, targets)
    policy_id = read_id(row)
    if policy_id not in known:
        raise RowRefused(explain(UnknownPolicy(policy_id), column_of))
    before = show_policy(known[policy_id]).model_dump(mode="json", include=set(NewPolicy.model_fields))
    return PolicyReplacement(policy_id, _read_request(row, before, targets))


def _read_request(row: CsvRow, body: Json, targets: Sequence[PolicyTarget]) -> PolicyRequest:
    for column in FIELD_OF:
        if column in row.cells:
            set_field(body, column, _read_cell(column, row.cells[column]))
    name = row.cells.get("target_name")
    if name and read_field(body, "target") is None:
        set_field(body, "target", _find_target(read_field(body, "scope"), name, targets))
    try:
        request = NewPolicy.model_validate(body).request()
    except ValidationError as error:
        raise RowRefused(_name_columns(in_columns(error.errors(), frozenset()))) from error
    except RequestValidationError as error:
        raise RowRefused(_name_columns(field_problems(error.errors(), frozenset()))) from error
    if name:
        _check_name(request.attach, name, targets)
    return request


def _read_cell(column: str, cell: str) -> object:
    match column:
        case "kind" | "scope":
            return cell
        case "parameters":
            return _read_json(cell) if cell else {}
        case "effect":
            return cell or _DEFAULT_EFFECT
        case _ if column.startswith("exempt_"):
            return read_list(cell)
        case _:
            return cell or None


def _read_json(cell: str) -> object:
    try:
        return from_json(cell, allow_inf_nan=False)
    except ValueError as error:
        expected = 'A JSON object with straight quotes, such as {"minutes": 60}'
        raise _refuse("parameters", "is not JSON", expected) from error


def _find_target(scope: object, name: str, targets: Sequence[PolicyTarget]) -> str | None:
    """Return the id of the group or the space that has this name; None where the scope is none of these."""
    if scope not in _WHAT:
        return None
    found = [each.id for each in targets if each.scope == scope and each.name == name]
    what = _WHAT[scope]
    if len(found) != 1:
        problem = f"names {len(found)} {what}s" if found else f"names no {what}"
        raise _refuse("target_name", problem, f"the name of one {what}, or its id in target")
    return str(found[0])


def _check_name(attach: Attachment, name: str, targets: Sequence[PolicyTarget]) -> None:
    """Refuse a name that is not that of the target, which somebody may have changed for the target to follow."""
    if attach.scope == "all":
        raise _refuse("target_name", "does not go with the scope all", "an empty cell, or the scope group or space")
    for each in targets:
        if (each.scope, each.id) == (attach.scope, attach.id) and each.name != name:
            raise _refuse("target_name", "is not the name of the target", f"{each.name}, or an empty cell in target")


def _refuse(column: str, problem: str, expected: str) -> RowRefused:
    return RowRefused([FieldProblem(field=column, problem=problem, expected=expected)])


def _name_columns(errors: Errors) -> Errors:
    return [each.model_copy(update={"field": column_of(each.field)}) for each in errors]
