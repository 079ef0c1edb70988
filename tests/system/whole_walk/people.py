"""Everybody who acts on one room, by name, and what one of them does, as data that hypothesis can draw and print."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from tests.system.series_walk.organizer import Organizer
from tests.system.whole_walk.meddler import Meddler
from tests.system.whole_walk.meetings import Meetings
from tests.system.whole_walk.office import Office
from tests.system.whole_walk.rules import Rules

Who = Literal["organizer", "meetings", "office", "rules", "meddler"]


class Deed(NamedTuple):
    """Who does what, with which arguments."""

    who: Who
    what: str
    how: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class People:
    """Everybody who acts on one room."""

    organizer: Organizer
    meetings: Meetings
    office: Office
    rules: Rules
    meddler: Meddler

    async def do(self, deed: Deed) -> str:
        """Have it done; returns a sentence. Raises `NothingToDo`, `WasRefused`, and `RequestRefused` of Outlook."""
        return str(await getattr(getattr(self, deed.who), deed.what)(**deed.how))
