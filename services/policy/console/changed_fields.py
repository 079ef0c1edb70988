"""What a form changes of a reservation or a series: only what differs from what is booked is asked for."""

from collections.abc import Mapping
from typing import Any, TypeAlias

from services.policy.console.reservation_forms import read_instants, read_number, read_organizer, say_clock
from services.policy.store.group_states import ShownGroup
from services.policy.store.reading import ShownReservation

Booked: TypeAlias = ShownReservation | ShownGroup

NOTHING_DIFFERS = {"form": "Nothing is different from what is booked. Change something first."}


def as_written(found: Booked) -> dict[str, str]:
    """Return what is booked as the fields of a form have it; of a series, the times of its first date."""
    return {
        "start": say_clock(found.starts_at, found.time_zone),
        "end": say_clock(found.ends_at, found.time_zone),
        "title": found.title or "",
        "organizer_name": found.organizer_name or "",
        "organizer_email": found.organizer_address or "",
        "people": str(found.attendee_count),
        "override_reason": "",
    }


def read_times(found: Booked, written: Mapping[str, str]) -> dict[str, Any]:
    """Read the times that are to be others, as RFC 3339 has them. Raises `NotUsable`."""
    before, instants = as_written(found), read_instants(written, found.time_zone)
    return {name: instant for name, instant in instants.items() if written[name] != before[name]}


def read_people_and_title(found: Booked, written: Mapping[str, str]) -> dict[str, Any]:
    """Read how it is to be called otherwise, and for whom and how many it is to be. Raises `NotUsable`."""
    before = as_written(found)
    body: dict[str, Any] = {}
    if written["title"] != before["title"]:
        body["title"] = written["title"]
    if any(written[name] != before[name] for name in ("organizer_name", "organizer_email")):
        body["organizer"] = read_organizer(written)
    if written["people"] != before["people"]:
        body["attendee_count"] = read_number(written, "people") or 0
    return body
