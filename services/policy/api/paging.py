"""Paging by cursor, as the parameters of a list."""

from collections.abc import Callable
from typing import Annotated, TypeVar
from uuid import UUID

from pydantic import Field

from services.policy.api.problems import invalid
from services.policy.commands.cursors import NotACursor, cursor_at, read_cursor

__all__ = ["Cursor", "Limit", "cursor_at", "place_of"]

Place = TypeVar("Place")

Limit = Annotated[int, Field(ge=1, le=200, description="Most items to return, at most 200.")]
Cursor = Annotated[str, Field(max_length=2000, description="`next` of the page before; leave out for the first.")]


def place_of(cursor: str | None, read: Callable[[str], Place]) -> tuple[Place, UUID] | None:
    """Read a cursor. Raises the invalid-request problem if we did not build it."""
    if cursor is None:
        return None
    try:
        return read_cursor(cursor, read)
    except NotACursor as error:
        raise invalid("query.cursor", "is no cursor of ours", "`next` of the page before") from error
