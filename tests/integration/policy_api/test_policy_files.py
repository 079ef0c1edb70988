"""Policies leave as a CSV file and come back as one: all of its rows, or none."""

import csv
from io import StringIO
from typing import Any
from uuid import UUID

from libs.common.together import together
from services.policy_listing import EXAMPLES
from tests.integration.policy_api.files import export, imported, send
from tests.integration.policy_api.policy_files import HEADER, POLICIES, policy, read, rows_of, rule, table
from tests.integration.policy_api.world import World, assert_problem, at, fresh

SET = ("name", "kind", "attach", "parameters", "effect", "exempt", "dates")
"""The fields of a policy that can be set."""

PYTHON_READS_CELLS_UP_TO = 131_072
"""Characters, unless it is told otherwise. Source: https://docs.python.org/3/library/csv.html#csv.field_size_limit"""

NOBODY: dict[str, list[str]] = {"addresses": [], "domains": [], "roles": [], "channels": []}
DEFAULTS = {"exempt": NOBODY, "effect": "deny", "name": None}
SOMEBODY = {
    "addresses": ["=ada@example.org", "ben@example.org"],
    "domains": ["board.example.org", "example.org"],
    "roles": ["viewer", "admin"],
    "channels": ["api", "command"],
}


async def all_kinds(world: World) -> list[dict[str, Any]]:
    """Set a policy of each kind, with all that one can have."""
    space, group = await world.space(), await world.made("/v1/space-groups", {"name": fresh("Group")})
    at_space, at_group = {"scope": "space", "id": space["id"]}, {"scope": "group", "id": group["id"]}
    made = []
    for number, (kind, example) in enumerate(EXAMPLES.items()):
        attach = at_space if number % 2 else at_group
        dates = {"from": "2027-04-05", "until": "2027-07-16"} if number % 3 else {"from": None, "until": "2027-12-31"}
        all_of_it = {**example, "dates": dates, "exempt": SOMEBODY, "name": "=1+1, “ä”\u200b"}
        made.append(await world.made(POLICIES, {"kind": kind, **all_of_it, "attach": attach}))
        made.append(await world.made(POLICIES, {"kind": kind, **example, "attach": attach}))
    return made


async def test_all_that_can_be_set_of_a_policy_stands_in_its_row(world: World) -> None:
    group = await world.made("/v1/space-groups", {"name": fresh("Labs, old")})
    made = await policy(
        world,
        kind="opening_hours",
        parameters={"weekly": {"monday": [["08:00", "12:00"], ["13:00", "24:00"]]}},
        attach={"scope": "group", "id": group["id"]},
        effect="warn",
        exempt=SOMEBODY,
        dates={"from": "2027-04-05"},
        name="Mornings",
    )
    [row] = [each for each in rows_of(await export(world, POLICIES)) if each["id"] == made["id"]]
    assert row == {
        "id": made["id"],
        "name": "Mornings",
        "kind": "opening_hours",
        "scope": "group",
        "target": group["id"],
        "target_name": group["name"],
        "parameters": '{"weekly": {"monday": [["08:00", "12:00"], ["13:00", "24:00"]]}}',
        "effect": "warn",
        "exempt_addresses": "'=ada@example.org;ben@example.org",
        "exempt_domains": "board.example.org;example.org",
        "exempt_roles": "viewer;admin",
        "exempt_channels": "api;command",
        "from": "2027-04-05",
        "until": "",
    }


async def test_an_exported_file_with_every_kind_imported_again_changes_nothing(world: World) -> None:
    made = await all_kinds(world)
    file = await export(world, POLICIES)
    cells = [cell for row in csv.reader(StringIO(file)) for cell in row]
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)
    before = await world.everything()

    report = await imported(world, POLICIES, file)

    assert {row["outcome"] for row in report["rows"]} == {"unchanged"}
    assert report["counts"] == {"created": 0, "changed": 0, "unchanged": len(report["rows"]), "failed": 0}
    assert {each["id"] for each in made} <= {row["policy_id"] for row in report["rows"]}
    assert await world.everything() == before


async def test_every_kind_comes_back_from_a_file_as_it_was_deleted(world: World) -> None:
    made = await all_kinds(world)
    exported = {row["id"]: row for row in rows_of(await export(world, POLICIES))}
    for each in made:
        assert (await world.call("DELETE", f"{POLICIES}/{each['id']}")).status_code == 200

    report = await imported(world, POLICIES, table(*({**exported[each["id"]], "id": ""} for each in made)))

    assert report["counts"]["created"] == len(made) == 2 * len(EXAMPLES)
    for before, row in zip(made, report["rows"], strict=True):
        after = await read(world, row["policy_id"])
        assert {name: after[name] for name in SET} == {name: before[name] for name in SET}
        assert (after["version"], row["name"]) == (1, before["name"])


async def test_a_row_with_an_id_replaces_that_policy_and_one_without_adds_one(world: World) -> None:
    kept, changed = await policy(world, exempt=SOMEBODY), await policy(world, exempt=SOMEBODY, name="Short")
    ids = {"scope": "space", "target": kept["attach"]["id"], "kind": "maximum_duration"}
    text = table(
        {"id": kept["id"], **ids, "parameters": {"minutes": 60}},
        {"id": changed["id"], **ids, "target": changed["attach"]["id"], "parameters": {"minutes": 90}},
        {"id": "", **ids, "kind": "lead_time", "parameters": {"minutes": 30}},
    )

    report = await imported(world, POLICIES, text)

    assert [(row["row"], row["outcome"], row["name"], row["errors"]) for row in report["rows"]] == [
        (2, "unchanged", None, []),
        (3, "changed", "Short", []),
        (4, "created", None, []),
    ]
    assert report["counts"] == {"created": 1, "changed": 1, "unchanged": 1, "failed": 0}
    assert report["dry_run"] is False
    assert await read(world, kept["id"]) == kept
    after = await read(world, changed["id"])
    assert (after["parameters"], after["exempt"], after["name"], after["version"]) == (
        {"minutes": 90},
        changed["exempt"],
        "Short",
        2,
    )
    added = await read(world, report["rows"][2]["policy_id"])
    assert {name: added[name] for name in DEFAULTS} == DEFAULTS
    assert (added["kind"], added["parameters"], added["attach"]) == ("lead_time", {"minutes": 30}, kept["attach"])
    versions = "SELECT version, by ->> 'kind' AS by FROM policy_versions WHERE policy_id = $1 ORDER BY 1"
    found = [tuple(row) for row in await world.pool.fetch(versions, UUID(changed["id"]))]
    assert found == [(1, "administrator"), (2, "administrator")]


async def test_a_column_that_is_left_out_stays_and_an_empty_cell_empties(world: World) -> None:
    dates = {"from": "2027-04-05", "until": "2027-07-16"}
    made = await policy(world, kind="capacity", parameters={"margin": 2}, exempt=SOMEBODY, dates=dates, effect="warn")

    await imported(world, POLICIES, table({"id": made["id"], "exempt_roles": "approver", "until": ""}))

    partly = {**made["exempt"], "roles": ["approver"]}, {"from": "2027-04-05", "until": None}
    once = await read(world, made["id"])
    assert (once["exempt"], once["dates"]) == partly
    assert {name: once[name] for name in ("parameters", "effect", "attach")} == {
        name: made[name] for name in ("parameters", "effect", "attach")
    }

    emptied = {"parameters": "", "effect": "", "exempt_addresses": "", "scope": "all", "target": "", "name": "Full"}
    other = {"exempt_domains": "new.example.org"}
    await imported(world, POLICIES, table({"id": made["id"], **emptied, **other}))

    twice = await read(world, made["id"])
    assert (twice["parameters"], twice["effect"]) == ({"margin": 0}, "deny")
    assert twice["attach"] == {"scope": "all", "id": None}
    assert twice["exempt"] == {**partly[0], "addresses": [], "domains": ["new.example.org"]}
    assert (twice["dates"], twice["name"]) == (partly[1], "Full")


async def test_an_imported_rule_judges_at_once(world: World) -> None:
    row = await rule(world)
    report = await imported(world, POLICIES, table(row))
    window = {"start": at(9), "end": at(11)}
    asked = {"space_id": row["target"], **window, "title": "Planning"}
    answer = await world.call("POST", "/v1/reservations", asked)
    assert_problem(answer, 409, "reservation-refused")
    [reason] = answer.json()["reasons"]
    assert (reason["rule"], reason["limit"]) == ("maximum_duration", "60")
    assert report["counts"]["created"] == 1


async def test_a_preview_says_what_would_become_of_each_row_and_stores_nothing(world: World) -> None:
    made = await policy(world)
    new, wrong = await rule(world, name="New"), await rule(world, minutes=0)
    text = table({"id": "", **new}, {**new, "id": made["id"], "name": "Changed"}, {"id": "", **wrong})
    before = await world.everything()

    report = await imported(world, POLICIES, text.replace("Changed", "Short"), "?dry_run=true")

    assert [(row["outcome"], row["policy_id"], row["name"]) for row in report["rows"]] == [
        ("created", None, "New"),
        ("failed", made["id"], "Short"),
        ("failed", None, None),
    ]
    assert report["counts"] == {"created": 1, "changed": 0, "unchanged": 0, "failed": 2}
    assert report["dry_run"] is True
    changed = await imported(world, POLICIES, table({"id": made["id"], "name": "Short"}), "?dry_run=true")
    assert [(row["outcome"], row["policy_id"]) for row in changed["rows"]] == [("changed", made["id"])]
    assert await world.everything() == before


async def test_a_target_may_be_given_by_its_name(world: World) -> None:
    group, space = await world.made("/v1/space-groups", {"name": fresh("Group")}), await world.space()
    await world.space(name="Twins")
    await world.space(name="Twins")
    row = {"kind": "lead_time", "target": "", "parameters": {"minutes": 30}}
    by_name = [
        {**row, "scope": "group", "target_name": group["name"]},
        {**row, "scope": "space", "target_name": space["name"]},
    ]
    report = await imported(world, POLICIES, table(*by_name))
    made = [(await read(world, each["policy_id"]))["attach"] for each in report["rows"]]
    assert made == [{"scope": "group", "id": group["id"]}, {"scope": "space", "id": space["id"]}]

    moved = {"id": report["rows"][0]["policy_id"], "scope": "space", "target": "", "target_name": fresh("Room")}
    other = await world.space(name=moved["target_name"])
    await imported(world, POLICIES, table(moved))
    assert (await read(world, str(moved["id"])))["attach"] == {"scope": "space", "id": other["id"]}

    answer = await send(world, POLICIES, table({**row, "scope": "space", "target_name": "Twins"}))
    assert_problem(answer, 422, "invalid-request", "row 2: target_name")
    assert answer.json()["rows"][0]["errors"][0]["problem"] == "names 2 spaces"


async def test_a_cell_may_be_as_long_as_a_body_lets_it(world: World) -> None:
    addresses = sorted(f"{'x' * 150}{number}@example.org" for number in range(1000))
    made = await policy(world, exempt={"addresses": addresses})
    [row] = [each for each in rows_of(await export(world, POLICIES)) if each["id"] == made["id"]]
    assert len(row["exempt_addresses"]) > PYTHON_READS_CELLS_UP_TO
    text = table({"id": made["id"], "exempt_addresses": row["exempt_addresses"]})
    assert (await imported(world, POLICIES, text))["counts"]["unchanged"] == 1


async def test_a_file_is_not_cut_into_pages_and_has_what_is_asked_for(world: World) -> None:
    made = [await policy(world, kind="concurrency", parameters={"spaces": 2}) for _ in range(3)]
    rows = rows_of(await export(world, f"{POLICIES}?kind=concurrency&target_id={made[1]['attach']['id']}"))
    assert [row["id"] for row in rows] == [made[1]["id"]]
    assert [row["id"] for row in rows_of(await export(world, POLICIES))][-3:] == [each["id"] for each in made]
    for query in ("limit=1", "cursor=W10"):
        answer = await world.call("GET", f"{POLICIES}?{query}", accept="text/csv")
        assert_problem(answer, 422, "invalid-request", f"query.{query.partition('=')[0]}")
    listed = await world.call("GET", POLICIES, accept="application/json")
    assert (listed.headers["content-type"], listed.headers["vary"]) == ("application/json", "Accept")


async def test_the_same_file_again_under_its_key_is_imported_once(world: World) -> None:
    text, key = table(await rule(world)), fresh("key")
    first = await send(world, POLICIES, text, idempotency_key=key)
    before = await world.everything()
    again = await send(world, POLICIES, text, idempotency_key=key)
    assert (again.json(), again.headers["idempotency-replayed"]) == (first.json(), "true")
    assert await world.everything() == before


async def test_of_equal_files_imported_at_once_one_is_stored_whole(world: World) -> None:
    rows = [await rule(world, name=fresh("Rule")) for _ in range(5)]
    files = [table(*rows), table(*reversed(rows))] * 4
    answers = await together(send(world, POLICIES, each) for each in files)
    assert sorted(each.status_code for each in answers) == [200] + [422] * 7
    names = [row["name"] for row in rows]
    assert await world.pool.fetchval("SELECT count(*) FROM policies WHERE name = ANY($1)", names) == len(rows)


async def test_a_file_keeps_what_others_change_meanwhile_in_columns_that_it_has_not(world: World) -> None:
    made = await policy(world)
    for effect in ("warn", "approve", "shadow", "deny", "warn"):
        name = fresh("Name")
        changes: list[dict[str, object]] = [{"effect": effect}, {"name": name}, {"until": "2027-07-16"}]
        await together(imported(world, POLICIES, table({"id": made["id"], **each})) for each in changes)
        after = await read(world, made["id"])
        assert (after["effect"], after["name"], after["dates"]["until"]) == (effect, name, "2027-07-16")


async def test_a_file_without_rows_changes_nothing(world: World) -> None:
    before = await world.everything()
    assert (await imported(world, POLICIES, f"{HEADER}\n"))["rows"] == []
    assert await world.everything() == before
