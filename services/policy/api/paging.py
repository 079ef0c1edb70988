"""Cursor paging: a cursor is the place of the last item shown, in a form that callers cannot read anything into.

One rule: an item that is added or removed between two pages neither repeats nor hides any other item.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import Annotated, TypeVar
from uuid import UUID

import orjson
from pydantic import Field

from services.policy.api.problems import invalid

Place = TypeVar("Place")

Limit = Annotated[int, Field(ge=1, le=200, description="Most items to return, at most 200.")]
Cursor = Annotated[str, Field(max_length=2000, description="`next` of the page before; leave out for the first.")]


def cursor_at(place: str, item_id: UUID) -> str:
    """Build the cursor behind an item at `place` in the order."""
    return urlsafe_b64encode(orjson.dumps([place, str(item_id)])).rstrip(b"=").decode()


def place_of(cursor: str | None, read: Callable[[str], Place]) -> tuple[Place, UUID] | None:
    """Read a cursor. Raises the invalid-request problem if we did not build it."""
    if cursor is None:
        return None
    try:
        place, item_id = orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return read(place), UUID(item_id)
    except (ValueError, TypeError, AttributeError) as error:
        raise invalid("query.cursor", "is no cursor of ours", "`next` of the page before") from error
