"""The `Prefer` header, as far as Outlook's calendar honours it.

Source: https://learn.microsoft.com/en-us/graph/api/event-get
Source: https://learn.microsoft.com/en-us/graph/outlook-immutable-id
"""

import re
from dataclasses import dataclass, replace
from typing import Self

from aiohttp import web

from tests.graphsim.exchange import timezones

CLAUSE = re.compile(r'([\w.\-]+)\s*=\s*(?:"([^"]*)"|([^\s,;]+))')


@dataclass(frozen=True, slots=True)
class Preferences:
    """How the caller wants answers: which ids, in which zone, bodies in which form, how many on a page."""

    immutable_ids: bool = False
    zone: str = "UTC"
    body_type: str = "html"
    page_size: int | None = None
    applied: tuple[str, ...] = ()

    @classmethod
    def of(cls, request: web.Request) -> Self:
        """Read every `Prefer` header; an unknown zone is a 400, an unknown preference is ignored."""
        preferred = cls()
        for name, quoted, bare in CLAUSE.findall(", ".join(request.headers.getall("Prefer", []))):
            preferred = preferred._with(name.lower(), quoted or bare)
        return preferred

    def _with(self, name: str, value: str) -> Self:
        if name == "idtype" and value.lower() == "immutableid":
            return replace(self, immutable_ids=True, applied=(*self.applied, 'IdType="ImmutableId"'))
        if name == "outlook.timezone":
            timezones.zone(value)
            return replace(self, zone=value, applied=(*self.applied, f'outlook.timezone="{value}"'))
        if name == "outlook.body-content-type" and value in {"text", "html"}:
            return replace(self, body_type=value, applied=(*self.applied, f'outlook.body-content-type="{value}"'))
        if name == "odata.maxpagesize" and value.isdigit() and int(value) > 0:
            return replace(self, page_size=int(value), applied=(*self.applied, f"odata.maxpagesize={value}"))
        return self
