"""Who is left on a list of attendees that is written."""

import pytest

from libs.graph import bodies
from libs.graph.vendor import Json

GUEST = {
    "type": "optional",
    "status": {"response": "accepted", "time": "2027-03-01T08:00:00Z"},
    "emailAddress": {"name": "Bob", "address": "bob@example.org"},
}
NAMELESS: Json = {"type": "required", "emailAddress": {"name": "Somebody"}}
WITHOUT: Json = {"type": "required", "emailAddress": None}


@pytest.mark.parametrize("written", ["birch@example.org", "Birch@Example.ORG", " birch@example.org "])
def test_the_one_who_is_taken_off_is_found_however_the_address_is_written(written: str) -> None:
    room = {"type": "resource", "emailAddress": {"name": "Birch", "address": written}}

    body = bodies.without_attendee([GUEST, room, NAMELESS, WITHOUT], "BIRCH@example.org")

    assert body == {"attendees": [GUEST, NAMELESS, WITHOUT]}
