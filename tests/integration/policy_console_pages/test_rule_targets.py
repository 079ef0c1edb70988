"""Where a rule holds, chosen in its form: spaces and groups are found by their names, and what is written stays."""

import re
from html import unescape
from uuid import uuid4

import httpx2

from tests.integration.policy_api.world import fresh
from tests.integration.policy_console_pages.console import Console, said
from tests.integration.policy_console_pages.test_rule_forms import fields_of
from tests.integration.policy_console_pages.test_rules import ruled_space

SHORT = {"kind": "maximum_duration", "parameters.minutes": "60", "effect": "deny", "target": "all"}


def offered(answer: httpx2.Response) -> dict[str, str]:
    """Return what a rule can be attached to, each by what it is called."""
    found = re.findall(r'type="radio"[^>]* name="target" value="([^"]*)"[^>]*> <span>(.*?)</span></label>', answer.text)
    return {unescape(re.sub(r"<[^>]+>", "", called)): value for value, called in found}


async def test_spaces_and_groups_are_found_by_a_part_of_their_name_or_building(console: Console) -> None:
    world, name = console.world, fresh("Garden")
    room = await world.space(name=f"{name} Juno", capacity=12, building=fresh("Annex"))
    group = await world.made("/v1/space-groups", {"name": f"{name} wing"})
    await world.call("PATCH", f"/v1/spaces/{room['id']}", {"groups": [group["id"]]})

    by_name = await console.post("/rules/target", {**SHORT, "find": name.upper()}, role="admin")
    by_building = await console.post("/rules/target", {**SHORT, "find": room["building"].lower()}, role="admin")
    nothing = await console.post("/rules/target", {**SHORT, "find": "No such room"}, role="admin")

    called = f"{name} Juno a space for 12 people, {room['building']}"
    assert offered(by_name) == {
        "All spaces": "all",
        f"{name} wing a group of 1 space": f"group:{group['id']}",
        called: f"space:{room['id']}",
    }
    assert offered(by_building) == {"All spaces": "all", called: f"space:{room['id']}"}
    assert "No space and no group has this in its name, and no building." in said(nothing)


async def test_what_is_written_and_chosen_stays_whatever_is_looked_for(console: Console) -> None:
    space = await console.world.space(name=fresh("Kept"))
    chosen = {**SHORT, "parameters.minutes": "lots", "name": "Mine", "target": f"space:{space['id']}"}

    answer = await console.post("/rules/target", {**chosen, "find": "No such room"}, role="admin")

    shown = fields_of(answer)
    assert {each: shown[each] for each in chosen} == {each: [value] for each, value in chosen.items()}
    assert shown["find"] == ["No such room"]
    assert any(each.startswith(space["name"]) for each in offered(answer))
    assert "No space and no group has this in its name, and no building." in said(answer)
    listed = (await console.world.call("GET", f"/v1/policies?target_id={space['id']}")).json()["items"]
    assert listed == []


async def test_a_rule_is_set_for_the_group_that_is_chosen(console: Console) -> None:
    group = await console.world.made("/v1/space-groups", {"name": fresh("Wing")})
    found = await console.post("/rules/target", {**SHORT, "find": group["name"]}, role="admin")
    [value] = [each for each in offered(found).values() if each != "all"]

    made = await console.post("/rules", {**fields_of(found), "target": value}, role="admin")

    assert made.status_code == 303, said(made)
    [rule] = (await console.world.call("GET", f"/v1/policies?target_id={group['id']}")).json()["items"]
    assert rule["attach"] == {"scope": "group", "id": group["id"]}


async def test_while_one_looks_in_a_change_it_stays_the_change_of_that_version(console: Console) -> None:
    space, other = await ruled_space(console.world), await console.world.space(name=fresh("Other"))
    path = f"/rules/{space['rule']['id']}/change"
    fields = fields_of(await console.get(path, role="admin"))
    assert fields["target"] == [f"space:{space['id']}"]

    found = await console.post("/rules/target", {**fields, "find": other["name"]}, role="admin")
    sent = await console.post(path, {**fields_of(found), "target": f"space:{other['id']}"}, role="admin")

    assert f'action="/console{path}"' in found.text
    assert sent.status_code == 303, said(sent)
    after = (await console.world.call("GET", f"/v1/policies/{space['rule']['id']}")).json()
    assert (after["attach"], after["version"]) == ({"scope": "space", "id": other["id"]}, 2)


async def test_whoever_looks_by_the_button_that_saves_is_shown_what_is_found_and_saves_nothing(
    console: Console,
) -> None:
    space = await console.world.space(name=fresh("Sought"))
    looked = {**SHORT, "find": space["name"], "found": "", "name": fresh("Not yet")}

    found = await console.post("/rules", looked, role="admin")
    chosen = {**fields_of(found), "target": f"space:{space['id']}"}
    saved = await console.post("/rules", chosen, role="admin")

    assert found.status_code == 200
    assert f"space:{space['id']}" in offered(found).values()
    assert fields_of(found)["found"] == [space["name"]]
    assert saved.status_code == 303, said(saved)
    rules = (await console.world.call("GET", f"/v1/policies?target_id={space['id']}")).json()["items"]
    assert [each["name"] for each in rules] == [looked["name"]]
    everywhere = await console.text(f"/rules?kind={SHORT['kind']}&scope=all")
    assert looked["name"] not in everywhere


async def test_a_change_is_not_saved_either_while_one_looks(console: Console) -> None:
    space, other = await ruled_space(console.world), await console.world.space(name=fresh("Sought"))
    path = f"/rules/{space['rule']['id']}/change"
    fields = fields_of(await console.get(path, role="admin"))

    found = await console.post(path, {**fields, "find": other["name"]}, role="admin")

    assert found.status_code == 200
    assert f"space:{other['id']}" in offered(found).values()
    assert f'action="/console{path}"' in found.text
    after = (await console.world.call("GET", f"/v1/policies/{space['rule']['id']}")).json()
    assert after["version"] == 1


async def test_the_first_button_of_the_form_which_enter_presses_saves(console: Console) -> None:
    form = (await console.get("/rules/new?kind=maximum_duration", role="admin")).text
    first = re.search(r"<button[^>]*>[^<]*</button>", form.partition('action="/console/rules"')[2])

    assert first is not None
    assert first[0].endswith(">Set this rule</button>")
    assert "formaction" not in first[0]


async def test_no_more_are_listed_than_one_can_look_over(console: Console) -> None:
    name = fresh("Many")
    for number in range(11):
        await console.world.space(name=f"{name} no {number:02}")

    many = await console.post("/rules/target", {**SHORT, "find": name}, role="admin")
    one = await console.post("/rules/target", {**SHORT, "find": f"{name} no 10"}, role="admin")

    assert len(offered(many)) == 11
    assert "There are more." in said(many)
    assert len(offered(one)) == 2
    assert "There are more." not in said(one)


async def test_what_was_chosen_and_is_gone_is_said_at_the_field(console: Console) -> None:
    gone = f"space:{uuid4()}"

    answer = await console.post("/rules", {**SHORT, "target": gone}, role="admin")

    assert answer.status_code == 422
    assert "Target names no space: a space or a group of spaces that is listed." in said(answer)
    assert offered(answer)["A space or a group that is gone"] == gone
    assert fields_of(answer)["target"] == [gone]


async def test_names_are_text_and_who_may_not_change_rules_finds_nothing(console: Console) -> None:
    hostile = '"><script>alert(1)</script>{{7*7}}'
    await console.world.space(name=hostile, building=hostile)

    answer = await console.post("/rules/target", {**SHORT, "find": hostile, "target": hostile}, role="admin")
    unstorable = {**SHORT, "find": f"{chr(0)}>{chr(0)}", "target": chr(0)}
    found = await console.post("/rules/target", unstorable, role="admin")
    viewer = await console.post("/rules/target", {**SHORT, "find": hostile}, role="viewer")
    forged = await console.post("/rules/target", {**SHORT, "csrf_token": "forged"}, role="admin")

    assert "<script>alert" not in answer.text
    assert "{{7*7}}" in answer.text
    assert '"><script>' in "".join(offered(found))
    assert (viewer.status_code, forged.status_code) == (403, 403)
