"""Events that Graph shows otherwise than they are stored, as people report of payloads that nobody can make on purpose.

An overlay changes what is written, never what is stored: `$filter`, `$orderby`, free/busy and notifications go by the
stored event.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson

from tests.graphsim.exchange.mailbox import SimulatedMailbox
from tests.graphsim.exchange.stored_event import Json, StoredEvent
from tests.graphsim.graph.render import ALWAYS_KEPT, EXTENDED, View, event_bytes

EventType = Literal["singleInstance", "occurrence", "exception", "seriesMaster"]


@dataclass(frozen=True, slots=True)
class Overlay:
    """How the events of a mailbox are shown whose stored subject starts with `subject`; no `types` are all.

    `set` puts other values in for properties of the JSON object, `drop` leaves properties out; then each pair of
    `replace` swaps text of the JSON text, so that anything can be put on the wire, such as half a surrogate pair.
    """

    mailbox: str
    subject: str = ""
    types: tuple[EventType, ...] = ()
    set: dict[str, Any] = field(default_factory=dict)
    drop: tuple[str, ...] = ()
    replace: tuple[tuple[str, str], ...] = ()

    def covers(self, mailbox: SimulatedMailbox, event: StoredEvent) -> bool:
        is_here = self.mailbox.lower() in mailbox.names
        is_of_type = not self.types or event.type in self.types
        return is_here and is_of_type and event.details.subject.startswith(self.subject)


class Overlays:
    """The overlays in force; those of one event apply in their order."""

    def __init__(self) -> None:
        self.in_force: Sequence[Overlay] = ()

    def reset(self) -> None:
        self.in_force = ()

    def show(
        self, mailbox: SimulatedMailbox, event: StoredEvent, view: View, *, only: frozenset[str] | None = None
    ) -> bytes:
        """Render an event to JSON as the overlays have it; `only` names all the properties that a bare one has."""
        rendered = event_bytes(mailbox, event, view)
        chosen = [each for each in self.in_force if each.covers(mailbox, event)]
        if not chosen and only is None:
            return rendered
        body = orjson.loads(rendered)
        for overlay in chosen:
            body.update((name, value) for name, value in overlay.set.items() if _is_asked_for(name, view))
            for name in overlay.drop:
                body.pop(name, None)
        return _swapped(body if only is None else _bare(body, only), chosen)


def _bare(body: Json, only: frozenset[str]) -> Json:
    return {name: value for name, value in body.items() if name in only}


def _swapped(body: Json, overlays: Sequence[Overlay]) -> bytes:
    text = orjson.dumps(body).decode()
    for overlay in overlays:
        for old, new in overlay.replace:
            text = text.replace(old, new)
    return text.encode()


def _is_asked_for(name: str, view: View) -> bool:
    if name == EXTENDED:
        return bool(view.expand)
    return view.select is None or name in view.select or name in ALWAYS_KEPT
