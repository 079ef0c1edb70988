"""Spaces as a CSV file: a row for each, with its id and every field that can be set, under the names of the fields."""

from collections.abc import Iterable

from fastapi import Response

from services.policy.api.csv_files import write_csv
from services.policy.api.space_bodies import NewSpace
from services.policy.store.spaces import WatchedSpace

COLUMNS = ("id", *NewSpace.model_fields)


def write_spaces(found: Iterable[WatchedSpace]) -> Response:
    """Answer with a file that has a row for each space."""
    return write_csv("spaces.csv", COLUMNS, map(_as_row, found))


def _as_row(found: WatchedSpace) -> dict[str, object]:
    elsewhere = {"parts": found.parts, "groups": found.groups, "connection": found.space.connection_id}
    return {name: elsewhere[name] if name in elsewhere else getattr(found.space, name) for name in COLUMNS}
