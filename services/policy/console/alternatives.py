"""What could be booked instead, as links that fill the form again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from libs.contracts.values import Window
from services.policy.console.reservation_forms import say_clock
from services.policy.console.sections import RESERVATIONS
from services.policy.core.alternatives import Alternatives

_KEPT = ("title", "organizer_name", "organizer_email", "people")


@dataclass(frozen=True, slots=True)
class AlternativeLink:
    """Something that could be booked instead: another time, or else another space of that name and capacity."""

    address: str
    window: Window | None = None
    space_name: str | None = None
    capacity: int | None = None


def links_to_alternatives(
    found: Alternatives | None, written: Mapping[str, str], zone: str, space_id: UUID, *, moves: UUID | None = None
) -> Sequence[AlternativeLink]:
    """Return a link for each; of a reservation that is moved, another time is of the form that moves it."""
    if found is None:
        return ()
    links = []
    if found.next_free is not None:
        times = {"start": say_clock(found.next_free.start, zone), "end": say_clock(found.next_free.end, zone)}
        if moves is not None:
            address = f"{RESERVATIONS.address}/{moves}/change?{urlencode(times)}"
        else:
            address = address_of_form({**written, **times}, space_id)
        links.append(AlternativeLink(address, window=found.next_free))
    links += [
        AlternativeLink(address_of_form(written, each.space_id), space_name=each.name, capacity=each.capacity)
        for each in found.spaces
    ]
    return links


def address_of_form(written: Mapping[str, str], space_id: UUID) -> str:
    """Return the address of the form for a new reservation with this written into it."""
    fields = {name: written.get(name, "") for name in ("start", "end", *_KEPT)}
    query = {"space": str(space_id), **{name: text for name, text in fields.items() if text}}
    return f"{RESERVATIONS.address}/new?{urlencode(query)}"
