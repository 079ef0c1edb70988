"""Rules in the console: which are listed, and what they ask for in plain words."""

import re
from typing import Any

import pytest

from tests.integration.policy_api.world import World, fresh
from tests.integration.policy_console_pages.console import Console, said


async def ruled_space(world: World, kind: str = "maximum_duration", **different: Any) -> dict[str, Any]:
    """Make a space with a rule of its own; return the space, with the rule as `rule`."""
    space = await world.space(name=fresh("Ruled"))
    body = {"kind": kind, "parameters": {"minutes": 60}, "attach": {"scope": "space", "id": space["id"]}}
    return {**space, "rule": await world.made("/v1/policies", {**body, **different})}


async def test_the_list_says_each_rule_in_plain_words_with_where_it_holds(console: Console) -> None:
    space = await ruled_space(console.world, exempt={"domains": ["board.example.org"]}, effect="shadow")

    text = await console.text(f"/rules?target={space['name']}", role="viewer")

    assert "A booking lasts 1 hour at most." in text
    assert "It does not hold for everybody of board.example.org." in text
    assert space["name"] in text
    assert '<span class="state ">Shadow</span>' in text


async def test_filters_find_by_attachment_kind_effect_and_name(console: Console) -> None:
    world = console.world
    space = await ruled_space(world)
    group = await world.made("/v1/space-groups", {"name": fresh("Wing")})
    attach = {"scope": "group", "id": group["id"]}
    rule = {"kind": "lead_time", "parameters": {"minutes": 30}, "attach": attach, "effect": "warn"}
    await world.made("/v1/policies", rule)

    async def shows(filters: str, names: str) -> bool:
        return names in await console.text(f"/rules?{filters}")

    assert await shows(f"target={space['name'].lower()}&scope=&kind=&effect=", f">{space['name']}<")
    assert not await shows(f"target={space['name']}", group["name"])
    assert await shows(f"target={group['name']}&scope=group&kind=lead_time&effect=warn", f"Group {group['name']}")
    assert not await shows(f"target={group['name']}&scope=space", f"Group {group['name']}")
    assert not await shows(f"target={group['name']}&kind=quota", f"Group {group['name']}")
    assert not await shows(f"target={group['name']}&effect=deny", f"Group {group['name']}")
    assert "No rule fits this filter." in await console.text(f"/rules?target={space['name']}&effect=warn")


@pytest.mark.parametrize("wrong", ["kind=nonsense", "effect=kill", "scope=house", "cursor=nonsense", "target=%00"])
async def test_a_filter_that_nothing_can_match_is_answered_with_a_sentence(console: Console, wrong: str) -> None:
    answer = await console.get(f"/rules?{wrong}")

    assert answer.status_code == 422
    assert "This address cannot be used." in said(answer)


async def test_the_list_is_paged(console: Console) -> None:
    space = await console.world.space(name=fresh("Paged"))
    attach = {"scope": "space", "id": space["id"]}
    for minutes in range(1, 27):
        rule = {"kind": "quota", "parameters": {"limit": minutes, "measure": "bookings", "per": "day"}}
        await console.world.made("/v1/policies", {**rule, "attach": attach})

    first = await console.get(f"/rules?target={space['name']}")
    found = re.search(r'<a href="([^"]+)" rel="next"', first.text)
    assert found is not None
    second = await console.get(found[1].replace("&amp;", "&").removeprefix("/console"))

    assert "25 bookings a day" in first.text
    assert "26 bookings a day" not in first.text
    assert "26 bookings a day" in second.text
    assert "25 bookings a day" not in second.text


async def test_names_of_spaces_and_rules_are_text_and_nothing_else(console: Console) -> None:
    name = "<script>alert(1)</script>{{7*7}}"
    space = await ruled_space(console.world, name=name)
    await console.world.call("PATCH", f"/v1/spaces/{space['id']}", {"name": name})

    answer = await console.get("/rules?target=%3Cscript%3E")

    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{7*7}}" in answer.text
