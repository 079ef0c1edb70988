"""A file of policies that cannot be used: each row says what is wrong with it, and none is stored."""

from typing import Any

import pytest

from tests.integration.policy_api.files import imported, send
from tests.integration.policy_api.policy_files import HEADER, POLICIES, policy, read, rule, table
from tests.integration.policy_api.world import World, assert_problem, fresh

GONE = "00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize(
    ("changed", "field", "problem"),
    [
        ({"id": GONE}, "id", "names no policy"),
        ({"id": "nonsense"}, "id", "is no id"),
        ({"kind": "longest_duration"}, "kind", "cannot be used"),
        ({"kind": ""}, "kind", "cannot be used"),
        ({"scope": "building"}, "scope", "cannot be used"),
        ({"scope": ""}, "scope", "cannot be used"),
        ({"scope": "all"}, "target", "cannot be used"),
        ({"target": ""}, "target", "cannot be used"),
        ({"target": "Hall"}, "target", "is no id"),
        ({"target": GONE}, "target", "names no space"),
        ({"scope": "group", "target": GONE}, "target", "names no space group"),
        ({"parameters": ""}, "parameters.minutes", "is missing"),
        ({"parameters": "60"}, "parameters", "has the wrong type"),
        ({"parameters": "[60]"}, "parameters", "has the wrong type"),
        ({"parameters": "null"}, "parameters", "has the wrong type"),
        ({"parameters": "minutes: 60"}, "parameters", "is not JSON"),
        ({"parameters": "{“minutes”: 60}"}, "parameters", "is not JSON"),
        ({"parameters": '{"minutes": NaN}'}, "parameters", "is not JSON"),
        ({"parameters": r'{"minutes": "\ud800"}'}, "parameters", "is not JSON"),
        ({"parameters": '{"minutes": ' + "[" * 5000 + "]" * 5000 + "}"}, "parameters", "is not JSON"),
        ({"parameters": '{"minutes": ' + "9" * 5000 + "}"}, "parameters", "is not JSON"),
        ({"parameters": '{"minutes": ' + "9" * 50 + "}"}, "parameters.minutes", "is too large"),
        ({"parameters": {"minutes": 60, "hours": 1}}, "parameters.hours", "is not known here"),
        ({"parameters": {"minutes": 60, "kind": "lead_time"}}, "parameters.kind", "is not known here"),
        ({"parameters": {"minutes": "60"}}, "parameters.minutes", "has the wrong type"),
        ({"kind": "change_cut_off", "parameters": "{}"}, "parameters", "cannot be used"),
        ({"effect": "explode"}, "effect", "cannot be used"),
        ({"exempt_addresses": "ada"}, "exempt_addresses.0", "cannot be used"),
        ({"exempt_domains": "example.org;*"}, "exempt_domains.1", "cannot be used"),
        ({"exempt_roles": "admin;king"}, "exempt_roles.1", "cannot be used"),
        ({"exempt_channels": "outlook;api;command"}, "exempt_channels", "cannot be used"),
        ({"exempt_roles": "viewer;approver;admin;service", "exempt_channels": "outlook"}, "exempt_channels", ""),
        ({"from": "05.04.2027"}, "from", "cannot be used"),
        ({"until": "2027-02-30"}, "until", "is no date that exists"),
        ({"from": "2027-03-02", "until": "2027-03-01"}, "until", "cannot be used"),
        ({"name": "two\nlines"}, "name", "cannot be used"),
        ({"target_name": "Hall"}, "target_name", "is not the name of the target"),
        ({"target": "", "target_name": "Nowhere"}, "target_name", "names no space"),
        ({"scope": "group", "target": "", "target_name": "Nowhere"}, "target_name", "names no space group"),
        ({"scope": "all", "target": "", "target_name": "Hall"}, "target_name", "does not go with the scope all"),
    ],
    ids=lambda value: str(value)[:60],
)
async def test_a_row_that_cannot_be_used_fails_by_column_and_keeps_all_from_being_stored(
    world: World, changed: dict[str, Any], field: str, problem: str
) -> None:
    good, bad = await rule(world), await rule(world, **changed)
    text = table({"id": "", **good}, {"id": "", **bad})
    before = await world.everything()

    answer = await send(world, POLICIES, text, idempotency_key=fresh("key"))

    assert_problem(answer, 422, "invalid-request", f"row 3: {field}")
    assert "1 of 2 rows" in answer.json()["detail"]
    first, second = answer.json()["rows"]
    assert (first["outcome"], first["errors"], second["outcome"]) == ("created", [], "failed")
    [error] = [each for each in second["errors"] if each["field"] == field]
    assert problem in error["problem"]
    assert error["expected"] not in {None, "", "A value as /openapi.json describes it"}
    assert await world.everything() == before
    preview = await imported(world, POLICIES, text, "?dry_run=true")
    assert preview["rows"] == [{**first, "policy_id": None}, second]
    assert await world.everything() == before


async def test_equal_rules_in_one_file_name_each_other_by_row(world: World) -> None:
    there, row = await policy(world), await rule(world)
    same_as_there = await rule(world, target=there["attach"]["id"])
    text = table(row, {**row, "effect": "warn", "name": "Again"}, same_as_there)
    before = await world.everything()

    answer = await send(world, POLICIES, text)

    assert_problem(answer, 422, "invalid-request", "row 3: parameters")
    first, second, third = answer.json()["rows"]
    assert first["outcome"] == "created"
    assert second["errors"] == [
        {
            "field": "parameters",
            "problem": "are those of row 2, which is attached alike",
            "expected": "one row for each rule",
        }
    ]
    assert there["id"] in third["errors"][0]["problem"]
    assert await world.everything() == before


async def test_one_id_twice_is_refused_however_it_is_written(world: World) -> None:
    made = await policy(world)
    text = table(*({"id": each, "effect": "warn"} for each in (made["id"], made["id"].replace("-", "").upper())))
    answer = await send(world, POLICIES, text)
    assert_problem(answer, 422, "invalid-request", "row 3: id")
    assert answer.json()["rows"][1]["errors"][0]["problem"] == "is that of row 2 too"
    assert await read(world, made["id"]) == made


async def test_a_rule_that_one_row_gives_up_can_be_set_by_a_row_below_it(world: World) -> None:
    short = await policy(world)
    longer = await policy(world, attach=short["attach"], parameters={"minutes": 90})
    down = {"id": longer["id"], "parameters": {"minutes": 120}}
    up = {"id": short["id"], "parameters": {"minutes": 90}}

    answer = await send(world, POLICIES, table(up, down))

    assert_problem(answer, 422, "invalid-request", "row 2: parameters")
    [error] = answer.json()["rows"][0]["errors"]
    assert error["problem"].startswith("are still those of the policy in row 3")
    assert error["expected"] == "that row above this one"
    report = await imported(world, POLICIES, table(down, up))
    assert [row["outcome"] for row in report["rows"]] == ["changed", "changed"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "body is empty"),
        (f"{HEADER},colour\n", "column 5 has a name that is not known here"),
        (HEADER.replace(",", "|"), "with commas between them"),
        (f"{HEADER},kind\n", "the column kind more than once"),
        ("kind,scope\nlead_time,all\n", "lacks the column parameters"),
        ('kind,parameters\nlead_time,"{""minutes"": 30}"\n', "lacks the column scope"),
        (f'{HEADER}\n"lead_time,all,,\n', "cannot be read as CSV at line 2"),
        (f"{HEADER},name\nlead_time,all,,{{}},Gr\u00f6\u00dfe\n".encode("latin-1"), "body is not UTF-8"),
        (f"{HEADER}\n" + "lead_time,all,,{}\n" * 1001, "At most 1,000 of them"),
    ],
    ids=lambda value: str(value)[:30],
)
async def test_a_file_that_cannot_be_used_is_refused_in_a_sentence(world: World, text: str | bytes, said: str) -> None:
    before = await world.everything()
    for query in ("", "?dry_run=true"):
        answer = await send(world, POLICIES, text, query)
        assert_problem(answer, 422, "invalid-request", "body")
        assert said in answer.json()["detail"]
        assert answer.json()["rows"] is None
    assert await world.everything() == before


async def test_a_row_with_a_cell_too_few_fails_as_a_row(world: World) -> None:
    report = await imported(world, POLICIES, f"{HEADER}\nlead_time,all\n", "?dry_run=true")
    [error] = report["rows"][0]["errors"]
    assert (error["field"], error["problem"]) == ("row", "has 2 cells")


async def test_a_body_that_is_not_declared_csv_is_refused(world: World) -> None:
    answer = await send(world, POLICIES, f"{HEADER}\n", content_type="application/json")
    assert_problem(answer, 415, "unsupported-media-type")
