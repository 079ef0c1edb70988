"""Addresses of lists: a filter and a place in it, so that whoever has the address sees the same."""

from collections.abc import Mapping, Sequence
from typing import Annotated, TypeVar
from urllib.parse import urlencode

from pydantic import AfterValidator, Field

from libs.contracts.fields import printable

Item = TypeVar("Item")

PAGE = 25

Cursor = Annotated[str, Field(max_length=2000)]

Part = Annotated[str, Field(max_length=200), AfterValidator(printable)]
"""A part of a name to look for, without blanks around it; empty where a form has nothing in its field."""


def address_of_list(path: str, filters: Mapping[str, str | None], cursor: str | None = None) -> str:
    """Return the address of a page of a list; a filter that is empty is left out."""
    query = {name: value for name, value in {**filters, "cursor": cursor}.items() if value}
    return f"{path}?{urlencode(query)}" if query else path


def split_page(found: Sequence[Item]) -> tuple[Sequence[Item], bool]:
    """Split what was found, one more than a page at most, into the page and whether there is more."""
    return found[:PAGE], len(found) > PAGE
