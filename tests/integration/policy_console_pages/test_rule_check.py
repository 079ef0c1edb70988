"""What would be decided, and which rules hold for a room and a person, in the console."""

import re
from html import unescape
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest

from tests.integration.policy_api.declining import meeting, seen
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


def letter_of(answer: httpx2.Response) -> str:
    """Return what the organizer would read, as the page shows it."""
    found = re.search(r"<pre>(.*?)</pre>", answer.text, re.DOTALL)
    assert found is not None
    return unescape(found[1])


@pytest.mark.parametrize(
    ("kind", "parameters", "effect"),
    [
        ("maximum_duration", {"minutes": 30}, "deny"),
        ("maximum_duration", {"minutes": 30}, "warn"),
        ("maximum_duration", {"minutes": 600}, "deny"),
        ("approval", {"when": "always", "approvers": ["grace@example.org"], "before_start_minutes": 60}, "deny"),
    ],
)
async def test_the_letter_is_what_an_invitation_is_then_answered(
    console: Console, kind: str, parameters: dict[str, Any], effect: str
) -> None:
    world, space = console.world, await console.world.mapped_space(time_zone="UTC")
    attach = {"scope": "space", "id": space["id"]}
    await world.made("/v1/policies", {"kind": kind, "parameters": parameters, "attach": attach, "effect": effect})
    asked = {"space": space["id"], "organizer": "ben@example.org", "start": local(at(9)), "end": local(at(10))}

    shown = await console.get(f"/rules/check?{urlencode(asked)}", role="viewer")
    answered = await seen(world, space, meeting())

    letter = letter_of(shown)
    assert letter
    assert answered.comment.startswith(letter)
    assert answered.answer == "declined" or answered.comment == letter
    assert "nobody can invite it yet" not in said(shown)


async def test_the_letter_is_written_by_the_template_of_the_connection(console: Console) -> None:
    world, space = console.world, await console.world.mapped_space(time_zone="UTC")
    connection = space["mapping"]["connection"]
    template = {"template": "Welcome to {{ room }} <b>today</b>."}
    assert (await world.call("PUT", f"/v1/connections/{connection}/answers/accept", template)).status_code == 200
    asked = {"space": space["id"], "start": local(at(9)), "end": local(at(10))}

    shown = await console.get(f"/rules/check?{urlencode(asked)}")

    assert letter_of(shown) == f"Welcome to {space['name']} <b>today</b>."
    assert "<b>today" not in shown.text


async def test_each_rule_says_whether_it_is_kept_with_its_words_and_numbers(console: Console) -> None:
    world = console.world
    space = await ruled_space(world, exempt={"channels": ["api"]})
    await world.call("PATCH", f"/v1/spaces/{space['id']}", {"time_zone": "UTC"})
    attach = {"scope": "space", "id": space["id"]}
    lead = {"kind": "lead_time", "parameters": {"minutes": 1}, "attach": attach, "effect": "shadow"}
    await world.made("/v1/policies", lead)
    excepted = {"kind": "minimum_duration", "parameters": {"minutes": 5}, "attach": attach}
    await world.made("/v1/policies", {**excepted, "exempt": {"channels": ["outlook"]}})
    asked = {"space": space["id"], "start": local(at(9)), "end": local(at(11))}

    text = await console.text(f"/rules/check?{urlencode(asked)}")

    broken = text.partition("A booking lasts 1 hour at most.<br>")[2]
    assert broken.startswith(f"<strong>It is broken.</strong> {space['name']} can be booked for 1 hour at most")
    assert "Limit 60, asked for 120." in broken
    assert "before it starts.<br><strong>It is kept.</strong>" in text
    assert "It exempts the channel outlook." in text
    assert "It would be declined" in text
    assert "This space has no room mailbox, so nobody can invite it yet." in text


def offered(answer: httpx2.Response) -> dict[str, bool]:
    """Return the spaces that can be chosen, as the form writes them, and which of them is."""
    found = re.findall(r'type="radio" name="space" value="([^"]*)"( checked)?>', answer.text)
    return {value: bool(checked) for value, checked in found}


async def asked_of(console: Console, **asked: str) -> httpx2.Response:
    return await console.get(f"/rules/check?{urlencode(asked)}", role="viewer")


async def test_a_space_is_found_by_typing_a_part_of_its_name_or_its_building(console: Console) -> None:
    name, building = fresh("Garden"), fresh("Annex")
    space = await console.world.space(name=f"{name} Juno", building=building)
    other = await console.world.space(name=f"{name} Ceres")

    by_name = await asked_of(console, find=f"{name} j".upper())
    by_building = await asked_of(console, find=building)
    nothing = await asked_of(console, find="No such room")

    for each in (by_name, by_building):
        assert f"Rules that concern {space['name']}" in said(each)
        assert offered(each) == {f"space:{space['id']}": True}
    assert nothing.status_code == 422
    assert "Space names no space" in said(nothing)
    assert f"space:{other['id']}" not in offered(by_name)


async def test_of_several_that_are_found_one_is_chosen(console: Console) -> None:
    name = fresh("Garden")
    spaces = [await console.world.space(name=f"{name}{more}") for more in ("", " Juno", " Juno south")]
    ids = [f"space:{each['id']}" for each in spaces]

    several = await asked_of(console, find=f"{name} ju")
    chosen = await asked_of(console, find=f"{name} ju", found=f"{name} ju", space=ids[2])
    called_so = await asked_of(console, find=name)

    assert several.status_code == 422
    assert "Space is not chosen yet: One of those that were found." in said(several)
    assert offered(several) == {ids[1]: False, ids[2]: False}
    assert f"Rules that concern {spaces[2]['name']}" in said(chosen)
    assert offered(chosen) == {ids[1]: False, ids[2]: True}
    assert f"Rules that concern {name}<" in said(called_so)


async def test_what_is_typed_anew_comes_before_what_was_chosen(console: Console) -> None:
    first, second = [await console.world.space(name=fresh("Room")) for _ in range(2)]

    answer = await asked_of(console, space=f"space:{first['id']}", find=second["name"], found=first["name"])

    assert f"Rules that concern {second['name']}<" in said(answer)
    assert offered(answer)[f"space:{second['id']}"]


async def test_whoever_only_looks_is_shown_what_is_found_and_keeps_what_was_chosen(console: Console) -> None:
    first, second = [await console.world.space(name=fresh("Room")) for _ in range(2)]
    group = await console.world.made("/v1/space-groups", {"name": f"{second['name']} and more"})
    kept = {"space": f"space:{first['id']}", "organizer": "ada@example.org"}

    answer = await asked_of(console, **kept, find=second["name"], found="", look="yes")

    assert answer.status_code == 200
    assert "Rules that concern" not in answer.text
    assert offered(answer) == {f"space:{first['id']}": True, f"space:{second['id']}": False}
    assert group["id"] not in answer.text
    assert 'value="ada@example.org"' in answer.text


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("space", "No such room", "Space names no space"),
        ("organizer", "nobody", "Organizer cannot be used"),
        ("start", "tomorrow", "Start is no time that exists"),
        ("start", "0001-01-01T00:00", "Start is no time that exists"),
        ("end", "2001-01-01T09:00", "End does not lie after start"),
        ("people", "a few", "People is no whole number"),
        ("people", "-1", "People is no whole number"),
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
