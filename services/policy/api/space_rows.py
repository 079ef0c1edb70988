"""Rows of a CSV file as what they ask of the ledger: to change the space whose id they have, or to add one.

One rule: a row is judged by the models that judge a space in JSON, so that no rule is written twice. An empty cell is a
field with nothing in it; a field whose column is left out stays as it is.
"""

import re
from collections.abc import Mapping, Sequence
from typing import get_origin
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from services.policy.api.csv_files import CsvRow, read_list
from services.policy.api.imports import RowRefused, in_columns, read_id
from services.policy.api.space_bodies import NewSpace, SpaceOut, SpacePatch
from services.policy.commands.spaces import SpaceChange, SpaceRequest

_FIELDS = NewSpace.model_fields
NEEDED = [name for name, field in _FIELDS.items() if field.is_required()]
"""The columns without which no space can be added."""

_WHOLE_NUMBER = re.compile(r"-?\d{1,18}", re.ASCII)
_TRUTHS = {"true": True, "false": False}
_IDS = TypeAdapter(list[UUID])


def read_row(row: CsvRow, known_parts: Mapping[UUID, Sequence[UUID]]) -> SpaceRequest | SpaceChange:
    """Return what a row asks for. Raises `RowRefused`.

    `known_parts` are the parts of each space that a row names. They cannot be changed, but may stand in the file.
    """
    fields = {name: _read_cell(name, cell) for name, cell in row.cells.items() if name != "id"}
    try:
        if not row.cells.get("id"):
            return NewSpace.model_validate(fields).request()
        space_id = read_id(row)
        if "parts" in fields and _are_same(fields["parts"], known_parts.get(space_id, ()), space_id):
            del fields["parts"]
        return SpacePatch.model_validate(fields).change(space_id, None, "drop")
    except ValidationError as error:
        raise RowRefused(in_columns(error.errors(), frozenset(SpaceOut.model_fields))) from error


def _read_cell(name: str, cell: str) -> object:
    field = _FIELDS[name]
    if not cell and not field.is_required():
        return field.get_default(call_default_factory=True)
    if field.annotation is int and _WHOLE_NUMBER.fullmatch(cell):
        return int(cell)
    if field.annotation is bool and cell.lower() in _TRUTHS:
        return _TRUTHS[cell.lower()]
    return read_list(cell) if get_origin(field.annotation) is list else cell


def _are_same(written: object, parts: Sequence[UUID], space_id: UUID) -> bool:
    """Whether the parts in a row are those of the space; an undivided one is its only part, and lists none."""
    try:
        return set(_IDS.validate_python(written)) == set(parts) - {space_id}
    except ValidationError:
        return False
