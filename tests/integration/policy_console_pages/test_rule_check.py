"""What would be decided, and which rules hold for a room and a person, in the console."""

from urllib.parse import urlencode

import pytest

from tests.integration.policy_api.world import at, fresh
from tests.integration.policy_console_pages.console import Console, said
from tests.integration.policy_console_pages.test_rules import ruled_space


def local(moment: str) -> str:
    """Return an instant of the tests, which are in UTC, as the form of a space in UTC sends it."""
    return moment[:16]


async def test_a_request_is_judged_rule_by_rule_and_nothing_is_booked(console: Console) -> None:
    space = await ruled_space(console.world)
    await console.world.call("PATCH", f"/v1/spaces/{space['id']}", {"time_zone": "UTC"})
    asked = {"space": space["name"], "organizer": "ada@example.org", "start": local(at(9)), "people": "2"}

    long = await console.text(f"/rules/check?{urlencode({**asked, 'end': local(at(11))})}", role="viewer")
    short = await console.text(f"/rules/check?{urlencode({**asked, 'end': local(at(10))})}", role="viewer")

    assert "It would be declined" in long
    assert "can be booked for 1 hour at most, and this lasts 2 hours." in long
    assert "It would be accepted" in short
    made = (await console.world.call("GET", f"/v1/reservations?space_id={space['id']}")).json()["items"]
    assert made == []


async def test_rules_of_a_room_say_whether_they_judge_somebody_and_why_not(console: Console) -> None:
    space = await ruled_space(console.world, exempt={"addresses": ["ada@example.org"]})

    ada = await console.text(f"/rules/check?space={space['id']}&organizer=ada@example.org")
    ben = await console.text(f"/rules/check?space={space['id']}&organizer=ben@example.org")

    assert "It exempts the address ada@example.org." in ada
    assert "It exempts" not in ben
    assert "A booking lasts 1 hour at most.<br><strong>It judges.</strong>" in ben


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("space", "No such room", "Space names no space"),
        ("organizer", "nobody", "Organizer cannot be used"),
        ("start", "tomorrow", "Start is no time that exists"),
        ("end", "2001-01-01T09:00", "End does not lie after start"),
    ],
)
async def test_what_cannot_be_used_has_its_sentence(console: Console, field: str, value: str, sentence: str) -> None:
    space = await console.world.space(name=fresh("Asked"))
    asked = {"space": space["name"], "start": local(at(9)), "end": local(at(10)), field: value}

    answer = await console.get(f"/rules/check?{urlencode(asked)}")

    assert answer.status_code == 422
    assert sentence in said(answer)
    assert f'id="{field}-wrong"' in answer.text


async def test_names_are_text_and_nothing_else(console: Console) -> None:
    name = "<script>alert(1)</script>{{7*7}}"
    space = await console.world.space(name=name)

    answer = await console.get(f"/rules/check?space={space['id']}")

    assert "<script>alert" not in answer.text
    assert "{{7*7}}" in answer.text
