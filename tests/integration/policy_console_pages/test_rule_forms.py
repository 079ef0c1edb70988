"""The forms of rules: made from the models, sent, refused with what was written, and changed by two at once."""

import re
from html import unescape
from typing import Any
from uuid import UUID

import httpx2
import pytest

from services.policy.core.policies.policy import KINDS
from tests.integration.policy_api.world import at, fresh
from tests.integration.policy_console_pages.console import Console, said, unknown_id
from tests.integration.policy_console_pages.test_rules import ruled_space

WEEK = {"monday": [["08:00", "12:00"], ["13:00", "18:00"]], "friday": [["09:00", "24:00"]]}
APPROVAL = {"when": {"minutes_over": 60, "external": True}, "approvers": ["grace@example.org"], "mode": "compete"}
EXAMPLES: dict[str, dict[str, Any]] = {
    "maximum_duration": {"minutes": 90},
    "minimum_duration": {"minutes": 15},
    "lead_time": {"minutes": 30},
    "change_cut_off": {"cancel_minutes": 60},
    "advance_window": {"days": 14, "opens_at": "08:00"},
    "booking_dates": {"from": "2027-03-01"},
    "opening_hours": {"weekly": WEEK},
    "blackout": {"from": "2027-03-01T09:00:00Z", "to": "2027-03-01T10:00:30Z", "title": "Painting"},
    "time_grid": {"minutes": 30, "lengths": [30, 60]},
    "all_day": {"allowed": False},
    "capacity": {"margin": 2, "at_least": 3},
    "who_may_book": {"domains": ["example.org"], "addresses": ["ada@example.org"], "external": "approval"},
    "quota": {"limit": 3, "measure": "bookings", "per": "week", "peak": WEEK},
    "concurrency": {"spaces": 2},
    "series": {"allowed": True, "open_ended": False, "on_conflict": "skip_conflicts"},
    "approval": APPROVAL,
}

_SELECT = re.compile(r'<select id="([^"]+)".*?</select>', re.DOTALL)
_CHOSEN = re.compile(r'<option value="([^"]*)" selected>')
_AREA = re.compile(r'<textarea id="[^"]+" name="([^"]+)"[^>]*>\n?(.*?)</textarea>', re.DOTALL)


def fields_of(answer: httpx2.Response) -> dict[str, list[str]]:
    """Return the fields of the form of a rule as a browser would send them."""
    page = answer.text.partition("<main")[2]
    found: dict[str, list[str]] = {}
    for tag in re.findall(r"<input [^>]*>", page):
        name = re.search(r' name="([^"]+)"', tag)
        value = re.search(r' value="([^"]*)"', tag)
        is_chosen_from = 'type="checkbox"' in tag or 'type="radio"' in tag
        is_sent = not is_chosen_from or " checked" in tag
        if name is not None and is_sent:
            found.setdefault(name[1], []).append(unescape(value[1]) if value is not None else "on")
    for each in _SELECT.finditer(page):
        chosen = _CHOSEN.search(each[0])
        found[each[1]] = [chosen[1] if chosen is not None else ""]
    for name_of, text in _AREA.findall(page):
        found[name_of] = [unescape(text)]
    return found


@pytest.mark.parametrize("kind", KINDS)
async def test_the_form_of_each_kind_holds_its_values_and_sends_them_back(console: Console, kind: str) -> None:
    space = await console.world.space(name=fresh("Form"))
    attach = {"scope": "space", "id": space["id"]}
    exempt = {"addresses": ["ben@example.org"], "domains": [], "roles": ["service"], "channels": ["api"]}
    body = {"kind": kind, "parameters": EXAMPLES[kind], "attach": attach, "exempt": exempt, "effect": "warn"}
    made = await console.world.made("/v1/policies", {**body, "name": "Ours", "dates": {"until": "2027-12-31"}})

    shown = await console.get(f"/rules/{made['id']}/change", role="admin")
    fields = fields_of(shown)
    sent = await console.post(f"/rules/{made['id']}/change", {**fields, "name": "Theirs"}, role="admin")

    assert sent.status_code == 303, said(sent)
    after = (await console.world.call("GET", f"/v1/policies/{made['id']}")).json()
    same = ("kind", "parameters", "attach", "exempt", "effect", "dates")
    assert {name: after[name] for name in same} == {name: made[name] for name in same}
    assert (after["name"], after["version"]) == ("Theirs", 2)


@pytest.mark.parametrize("kind", KINDS)
async def test_the_empty_form_of_each_kind_explains_its_fields(console: Console, kind: str) -> None:
    answer = await console.get(f"/rules/new?kind={kind}", role="admin")

    assert answer.status_code == 200
    properties = KINDS[kind].model_json_schema()["properties"]
    for name, each in properties.items():
        if name != "kind":
            assert " ".join(each["description"].replace("`", "").split()) in said(answer), name
    assert not re.search(r"<script(?![^>]*\ssrc=)|\son\w+=|\sstyle=", answer.text)


async def test_a_rule_is_set_for_a_space_that_is_chosen_and_holds_at_once(console: Console) -> None:
    space = await console.world.space(name=fresh("Named"))
    fields = {"kind": "maximum_duration", "parameters.minutes": "60", "target": f"space:{space['id']}"}

    made = await console.post("/rules", {**fields, "effect": "deny", "name": "Short"}, role="admin")

    assert made.status_code == 303, said(made)
    text = await console.text(made.headers["location"].removeprefix("/console"), role="viewer")
    assert "A booking lasts 1 hour at most." in text
    assert space["name"] in text
    refused = await console.world.call("POST", "/v1/reservations", _two_hours(space))
    assert refused.status_code == 409
    assert "1 hour at most" in refused.text


@pytest.mark.parametrize(
    ("fields", "name", "sentence"),
    [
        ({"parameters.minutes": "lots"}, "parameters.minutes", "A whole number from 1 to 527,040."),
        ({"parameters.minutes": "0"}, "parameters.minutes", "Minutes is too small"),
        ({}, "parameters.minutes", "Minutes is missing"),
        ({"parameters.minutes": "60", "effect": "kill"}, "effect", "Effect cannot be used"),
        ({"parameters.minutes": "60", "target": "space:No such room"}, "target", "names no space"),
        ({"parameters.minutes": "60", "target": f"group:{UUID(int=7)}"}, "target", "names no space group"),
        ({"parameters.minutes": "60", "dates.from": "31 May"}, "dates.from", "A date is written YYYY-MM-DD"),
        ({"parameters.minutes": "60", "exempt.domains": "@"}, "exempt.domains", "looks like example.org"),
    ],
)
async def test_a_refused_form_comes_back_as_it_was_written_with_a_sentence_at_the_field(
    console: Console, fields: dict[str, str], name: str, sentence: str
) -> None:
    sent = {"kind": "maximum_duration", "target": "all", "effect": "deny", "name": "<b>Mine</b>", **fields}

    answer = await console.post("/rules", sent, role="admin")

    assert answer.status_code == 422
    assert sentence in said(answer)
    field = re.search(rf'<(?:input|select|textarea) id="{re.escape(name)}"[^>]*>', answer.text)
    assert field is not None
    assert 'aria-invalid="true"' in field[0]
    assert f"{name}-wrong" in field[0]
    assert f'id="{name}-wrong"' in answer.text
    shown = fields_of(answer)
    for each in set(sent) - {"kind", "effect"}:
        assert shown[each] == [sent[each]], each
    assert "<b>Mine" not in answer.text


async def test_what_no_single_field_is_wrong_about_is_said_above_the_fields(console: Console) -> None:
    fields = {"kind": "change_cut_off", "target": "all", "effect": "deny"}

    answer = await console.post("/rules", fields, role="admin")

    assert answer.status_code == 422
    assert "change_minutes or cancel_minutes is given, or both" in said(answer)


async def test_a_form_in_which_nothing_is_chosen_says_so_at_the_field(console: Console) -> None:
    fields = {"kind": "maximum_duration", "parameters.minutes": "60", "effect": "deny"}

    answer = await console.post("/rules", fields, role="admin")

    assert answer.status_code == 422
    assert "Target is missing" in said(answer)
    assert 'id="target-wrong"' in answer.text


async def test_the_same_rule_twice_is_refused_with_what_to_do(console: Console) -> None:
    space = await ruled_space(console.world)
    fields = {"kind": "maximum_duration", "parameters.minutes": "60", "target": f"space:{space['id']}"}

    answer = await console.post("/rules", {**fields, "effect": "deny"}, role="admin")

    assert answer.status_code == 422
    assert "which is attached alike" in said(answer)


async def test_the_second_of_two_administrators_is_told_how_the_rule_stands_and_loses_nothing(console: Console) -> None:
    space = await ruled_space(console.world)
    path = f"/rules/{space['rule']['id']}/change"
    fields = fields_of(await console.get(path, role="admin"))
    first = await console.post(path, {**fields, "parameters.minutes": "90"}, role="admin")

    second = await console.post(path, {**fields, "parameters.minutes": "120"}, role="admin")

    assert (first.status_code, second.status_code) == (303, 412)
    assert "Somebody changed this since you read it." in said(second)
    assert "It is now: A booking lasts 1 hour 30 minutes at most." in said(second)
    assert fields_of(second)["parameters.minutes"] == ["120"]
    again = await console.post(path, fields_of(second), role="admin")
    assert again.status_code == 303
    after = (await console.world.call("GET", f"/v1/policies/{space['rule']['id']}")).json()
    assert (after["parameters"], after["version"]) == ({"minutes": 120}, 3)


async def test_a_rule_is_deleted_after_it_was_said_what_that_means(console: Console) -> None:
    space = await ruled_space(console.world)
    path = f"/rules/{space['rule']['id']}"

    asked = await console.text(f"{path}/delete", role="admin")
    stale = await console.post(f"{path}/delete", {"version": "7"}, role="admin")
    gone = await console.post(f"{path}/delete", {"version": "1"}, role="admin")

    assert "What was decided stays as it is" in asked
    assert stale.status_code == 412
    assert (gone.status_code, gone.headers["location"]) == (303, "/console/rules")
    assert (await console.world.call("GET", f"/v1/policies/{space['rule']['id']}")).status_code == 404
    assert (await console.get(path)).status_code == 404


async def test_who_may_not_change_rules_sees_no_form_and_is_told_which_role_it_needs(console: Console) -> None:
    space = await ruled_space(console.world)
    path = f"/rules/{space['rule']['id']}"

    text = await console.text(path, role="viewer")
    assert f"{path}/change" not in text
    assert f"{path}/delete" not in text
    assert "/rules/new" not in await console.text("/rules", role="approver")
    for role in ("viewer", "approver"):
        for answer in (
            await console.get("/rules/new", role=role),
            await console.get(f"{path}/change", role=role),
            await console.post("/rules", {"kind": "capacity"}, role=role),
            await console.post(f"{path}/change", {"kind": "capacity"}, role=role),
            await console.post(f"{path}/delete", {"version": "1"}, role=role),
        ):
            assert answer.status_code == 403
            assert "needs the app role admin" in said(answer)


async def test_nonsense_is_answered_by_a_page_and_changes_nothing(console: Console) -> None:
    space = await ruled_space(console.world)
    path = f"/rules/{space['rule']['id']}"

    forged = await console.post(f"{path}/delete", {"csrf_token": "forged", "version": "1"}, role="admin")
    no_kind = await console.post("/rules", {"kind": "nonsense"}, role="admin")
    unknown = [await console.get(f"/rules/{unknown_id()}{each}", role="admin") for each in ("", "/change", "/delete")]

    assert (forged.status_code, no_kind.status_code) == (403, 400)
    assert [each.status_code for each in unknown] == [404, 404, 404]
    assert all("There is no policy with this id." in said(each) for each in unknown)
    assert (await console.world.call("GET", f"/v1/policies/{space['rule']['id']}")).status_code == 200
    assert "Choose what the rule is about." in await console.text("/rules/new?kind=nonsense", role="admin")


def _two_hours(space: dict[str, Any]) -> dict[str, Any]:
    return {"space_id": space["id"], "start": at(9), "end": at(11), "title": "Planning"}
