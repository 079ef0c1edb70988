"""Cursors of paged lists: each is the place of the last item shown, in a form that nobody can read anything into.

One rule: an item that is added or removed between two pages neither repeats nor hides any other item.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import Annotated, TypeVar
from uuid import UUID

import orjson
from pydantic import Field, TypeAdapter

Place = TypeVar("Place")

_NUMBER: TypeAdapter[int] = TypeAdapter(Annotated[int, Field(ge=0, lt=2**63)])


class NotACursor(ValueError):
    """What was given as a cursor is none of ours. Begin with the first page."""


def cursor_at(place: str, item_id: UUID) -> str:
    """Build the cursor behind an item at `place` in the order."""
    return urlsafe_b64encode(orjson.dumps([place, str(item_id)])).rstrip(b"=").decode()


def read_cursor(cursor: str, read: Callable[[str], Place]) -> tuple[Place, UUID]:
    """Read a cursor. Raises `NotACursor` if we did not build it."""
    try:
        place, item_id = orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return read(place), UUID(item_id)
    except (ValueError, TypeError, AttributeError) as error:
        raise NotACursor("no cursor of ours") from error


def read_number(place: str) -> int:
    """Read a place that is the number of a row. Raises ValueError if no row can have it."""
    return _NUMBER.validate_python(place)
