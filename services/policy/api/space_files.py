"""Spaces as a CSV file: a row for each, with its id and every field that can be set, under the names of the fields."""

from collections.abc import Iterable
from typing import Any

from fastapi import Response

from services.policy.api.csv_files import MEDIA_TYPE, write_csv
from services.policy.api.problems import invalid
from services.policy.api.space_bodies import NewSpace
from services.policy.store.spaces import WatchedSpace

COLUMNS = ("id", *NewSpace.model_fields)
AS_FILE: dict[int | str, dict[str, Any]] = {200: {"content": {MEDIA_TYPE: {"schema": {"type": "string"}}}}}
"""Describes the answer of a route that lists spaces as a file too: pass it as `responses`."""


def write_spaces(found: Iterable[WatchedSpace]) -> Response:
    """Answer with a file that has a row for each space."""
    return write_csv("spaces.csv", COLUMNS, map(_as_row, found))


def check_is_not_paged(asked: Iterable[str]) -> None:
    """Raise a problem if a page was asked for, because a file always has all spaces."""
    for name in asked:
        raise invalid(f"query.{name}", "goes with JSON only", "Leave it out: a file has all spaces")


def _as_row(found: WatchedSpace) -> dict[str, object]:
    elsewhere = {"parts": found.parts, "groups": found.groups, "connection": found.space.connection_id}
    return {name: elsewhere[name] if name in elsewhere else getattr(found.space, name) for name in COLUMNS}
