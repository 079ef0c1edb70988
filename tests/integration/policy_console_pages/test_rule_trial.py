"""Rules on trial in the console: what they would have done, whose and which, and the way to put them in force."""

import re
from typing import Any
from uuid import UUID

import pytest

from services.policy.core.snapshot import PolicyVersion
from services.policy.store import trials
from tests.integration.policy_api.world import at
from tests.integration.policy_console_pages.console import Console, said
from tests.integration.policy_console_pages.test_rule_forms import fields_of
from tests.integration.policy_console_pages.test_rules import ruled_space

ADA = {"name": "Ada", "email": "ada@example.org"}
BEN = {"name": "Ben", "email": "ben@example.org"}


def figure(text: str, name: str) -> str:
    """Return a figure of the page by its name."""
    found = re.search(rf"<dt>{name}</dt><dd>(\d+)</dd>", text)
    assert found is not None, name
    return found[1]


def path_of(space: dict[str, Any]) -> str:
    return f"/rules/{space['rule']['id']}"


async def test_a_rule_on_trial_shows_what_it_would_have_done_whose_and_which(console: Console) -> None:
    world, space = console.world, await ruled_space(console.world, effect="shadow")
    long = await world.reservation(space["id"], 9, 11, organizer=ADA)
    await world.reservation(space["id"], 12, 13, organizer=BEN)
    taken = {"space_id": space["id"], "start": at(10), "end": at(12.5), "title": "Review", "organizer": BEN}
    assert (await world.call("POST", "/v1/reservations", taken)).status_code == 409

    text = await console.text(path_of(space), role="viewer")

    assert figure(text, "Requests that broke it") == "2"
    assert figure(text, "Would have been declined") == "1"
    assert figure(text, "Would have waited for approval") == "0"
    assert "<li>ada@example.org: 1</li>" in text
    assert "<li>ben@example.org" not in text
    assert f'<a href="/console/reservations/{long["id"]}">{space["name"]}</a>' in text
    assert "Declined it<br>" in text
    assert "Nothing else<br>" in text
    assert "can be booked for 1 hour at most, and this lasts 2 hours." in text
    assert "Put it in force" not in text
    assert "Broken by 2 requests" in await console.text(f"/rules?target={space['name']}", role="viewer")


async def test_what_an_administrator_allowed_or_the_rule_leaves_to_one_is_told_apart(console: Console) -> None:
    world = console.world
    approval = {"when": "always", "approvers": ["grace@example.org"]}
    space = await ruled_space(world, kind="approval", parameters=approval, effect="shadow")
    await world.reservation(space["id"], 9, 10, organizer=ADA)
    await world.reservation(space["id"], 11, 12, organizer=BEN, override_reason="It is the open day.")

    text = await console.text(path_of(space))

    assert figure(text, "Requests that broke it") == "2"
    assert figure(text, "Would have been declined") == "0"
    assert figure(text, "Would have waited for approval") == "1"
    assert "Asked for approval<br>" in text


async def test_a_changed_rule_is_on_trial_anew_and_one_in_force_is_on_none(console: Console) -> None:
    world, space = console.world, await ruled_space(console.world, effect="shadow")
    await world.reservation(space["id"], 9, 11, organizer=ADA)
    attach = {"scope": "space", "id": space["id"]}
    body = {"kind": "maximum_duration", "parameters": {"minutes": 90}, "attach": attach}

    await world.call("PUT", f"/v1/policies/{space['rule']['id']}", {**body, "effect": "shadow"})
    changed = await console.text(path_of(space))
    listed = await console.text(f"/rules?target={space['name']}")
    await world.call("PUT", f"/v1/policies/{space['rule']['id']}", {**body, "effect": "deny"})
    in_force = await console.text(path_of(space))

    assert "No request has broken it." in changed
    assert "Broken by 0 requests" in listed
    assert "What it would have done" not in in_force
    assert "Broken by" not in await console.text(f"/rules?target={space['name']}")


async def test_other_rules_on_trial_have_figures_of_their_own(console: Console) -> None:
    world, space = console.world, await ruled_space(console.world, effect="shadow")
    attach = {"scope": "space", "id": space["id"]}
    other = {"kind": "minimum_duration", "parameters": {"minutes": 60}, "attach": attach, "effect": "shadow"}
    made = await world.made("/v1/policies", other)
    await world.reservation(space["id"], 9, 11, organizer=ADA)

    assert figure(await console.text(path_of(space)), "Requests that broke it") == "1"
    assert "No request has broken it." in await console.text(f"/rules/{made['id']}")


async def test_a_list_counts_no_more_of_one_rule_than_it_shows(console: Console) -> None:
    world, space = console.world, await ruled_space(console.world, effect="shadow")
    await world.reservation(space["id"], 9, 11, organizer=ADA)
    await world.reservation(space["id"], 12, 14, organizer=BEN)
    version = PolicyVersion(id=UUID(space["rule"]["id"]), version=1)

    async with world.app.state.context.reading() as conn:
        counted = [await trials.count_each(conn, [version], most) for most in (1, 2, 1_000)]

    assert counted == [{version.id: count} for count in (1, 2, 2)]


async def test_it_is_put_in_force_by_the_form_of_a_change(console: Console) -> None:
    world, space = console.world, await ruled_space(console.world, effect="shadow")
    path = path_of(space)

    text = await console.text(path, role="admin")
    form = await console.get(f"{path}/change?effect=deny", role="admin")
    before = (await world.call("GET", f"/v1/policies/{space['rule']['id']}")).json()
    sent = await console.post(f"{path}/change", fields_of(form), role="admin")

    assert f'<a class="button" href="/console{path}/change?effect=deny">Put it in force</a>' in text
    assert fields_of(form)["effect"] == ["deny"]
    assert (before["effect"], before["version"]) == ("shadow", 1)
    assert sent.status_code == 303, said(sent)
    after = (await world.call("GET", f"/v1/policies/{space['rule']['id']}")).json()
    assert (after["effect"], after["parameters"]) == ("deny", before["parameters"])
    refused = {"space_id": space["id"], "start": at(9), "end": at(11), "title": "Planning"}
    assert (await world.call("POST", "/v1/reservations", refused)).status_code == 409


async def test_the_requests_are_paged_the_latest_first(console: Console) -> None:
    world, space = console.world, await ruled_space(console.world, effect="shadow", parameters={"minutes": 15})
    for number in range(26):
        organizer = {"name": "Ada", "email": f"ada-{number:02}@example.org"}
        await world.reservation(space["id"], number / 2, (number + 1) / 2, organizer=organizer)

    first = await console.get(path_of(space))
    found = re.search(r'<a href="([^"]+)" rel="next"', first.text)
    assert found is not None
    second = await console.get(found[1].replace("&amp;", "&").removeprefix("/console"))

    rows = [re.findall(r'"Organizer">([^<]+)<', each.text) for each in (first, second)]
    assert [len(each) for each in rows] == [25, 1]
    assert rows[0][0] == "ada-25@example.org"
    assert rows[1] == ["ada-00@example.org"]
    assert "First page" in second.text
    assert figure(said(second), "Requests that broke it") == "26"


@pytest.mark.parametrize("query", ["cursor=nonsense", "cursor=WyJub3ciLCJ4Il0"])
async def test_a_place_in_the_list_that_makes_no_sense_is_answered_with_a_page(console: Console, query: str) -> None:
    space = await ruled_space(console.world, effect="shadow")

    answer = await console.get(f"{path_of(space)}?{query}")

    assert answer.status_code == 422
    assert "This address cannot be used." in answer.text
