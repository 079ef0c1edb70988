"""Policies by API: made, read, replaced and deleted; refused where they make no sense; changed while they judge."""

import asyncio
from itertools import count
from typing import Any
from uuid import UUID

import pytest

from libs.common.together import together
from services.policy.loops.closings import ClosingLoop
from tests.integration.policy_api.world import World, assert_problem, at, fresh

NOBODY = "00000000-0000-4000-8000-000000000000"
HOURS = {"monday": [["08:00", "12:00"], ["13:00", "18:00"]]}
GENERIC = "A value as /openapi.json describes it"


async def rule(world: World, **changed: object) -> dict[str, Any]:
    """Say a rule for a space of its own."""
    space = await world.space()
    attach = {"scope": "space", "id": space["id"]}
    return {"kind": "maximum_duration", "parameters": {"minutes": 60}, "attach": attach, **changed}


async def listed(world: World, query: str, after: str | None = None) -> list[dict[str, Any]]:
    """List policies, page by page."""
    answer = await world.call("GET", f"/v1/policies?{query}" + (f"&cursor={after}" if after is not None else ""))
    assert answer.status_code == 200, answer.text
    items, more = answer.json()["items"], answer.json()["next"]
    return [*items, *(await listed(world, query, more) if more is not None else ())]


async def test_a_policy_is_made_read_listed_replaced_and_deleted(world: World) -> None:
    body = await rule(world, name="Short", exempt={"domains": ["Board.Example.Org"], "channels": ["api"]})
    made = await world.call("POST", "/v1/policies", body)
    path, policy = made.headers["location"], made.json()

    assert (made.status_code, policy["version"], policy["effect"]) == (201, 1, "deny")
    assert {name: policy[name] for name in ("kind", "parameters", "attach", "name")} == {
        name: body[name] for name in ("kind", "parameters", "attach", "name")
    }
    assert policy["exempt"] == {"addresses": [], "domains": ["board.example.org"], "roles": [], "channels": ["api"]}
    read = await world.call("GET", path)
    assert (read.json(), read.headers["etag"]) == (policy, made.headers["etag"])
    assert policy in await listed(world, f"target_id={body['attach']['id']}")

    other = {**body, "parameters": {"minutes": 90}, "effect": "warn"}
    del other["exempt"], other["name"]
    replaced = await world.call("PUT", path, other)
    assert (replaced.status_code, replaced.json()["version"]) == (200, 2)
    assert (replaced.json()["parameters"], replaced.json()["effect"]) == ({"minutes": 90}, "warn")
    assert (replaced.json()["name"], replaced.json()["exempt"]["channels"]) == (None, [])
    assert (replaced.json()["created_at"], replaced.json()["id"]) == (policy["created_at"], policy["id"])

    again = await world.call("PUT", path, other)
    assert (again.json(), again.headers["etag"]) == (replaced.json(), replaced.headers["etag"])

    deleted = await world.call("DELETE", path)
    assert (deleted.status_code, deleted.json()) == (200, {"id": policy["id"]})
    for method, sent in (("GET", None), ("PUT", other), ("DELETE", None)):
        assert_problem(await world.call(method, path, sent), 404, "not-found", "path.policy_id")


async def test_policies_are_listed_page_by_page_in_the_order_in_which_they_were_made(world: World) -> None:
    made = [await world.made("/v1/policies", await rule(world)) for _ in range(5)]
    at_once = {"created_at": made[1]["created_at"]}
    same = sorted(({**each, **at_once} for each in made[1:4]), key=lambda each: each["id"])
    await world.pool.execute(
        "UPDATE policies SET created_at = (SELECT created_at FROM policies WHERE id = $1) WHERE id = ANY($2)",
        made[1]["id"],
        [each["id"] for each in same],
    )

    first = (await world.call("GET", "/v1/policies?limit=2")).json()

    assert len(first["items"]) == 2
    assert first["next"] is not None
    for limit in (1, 2, 3, 200):
        assert (await listed(world, f"limit={limit}"))[-5:] == [made[0], *same, made[4]]


async def test_a_policy_that_comes_or_goes_between_two_pages_neither_repeats_nor_hides_another(world: World) -> None:
    two = {"kind": "concurrency", "parameters": {"spaces": 2}}
    made = [await world.made("/v1/policies", await rule(world, **two)) for _ in range(4)]
    query = "kind=concurrency&limit=2"
    first = (await world.call("GET", f"/v1/policies?{query}")).json()
    assert (await world.call("DELETE", f"/v1/policies/{made[1]['id']}")).status_code == 200
    added = await world.made("/v1/policies", await rule(world, **two))

    rest = await listed(world, query, first["next"])

    assert first["items"] == made[:2]
    assert rest == [*made[2:], added]


async def test_policies_are_found_by_kind_and_by_what_they_are_attached_to(world: World) -> None:
    space, group = await world.space(), await world.made("/v1/space-groups", {"name": fresh("Group")})
    of_space, of_group = ({"scope": "space", "id": space["id"]}, {"scope": "group", "id": group["id"]})
    short = await world.made("/v1/policies", await rule(world, attach=of_space))
    early = await world.made("/v1/policies", await rule(world, attach=of_space, kind="lead_time"))
    grouped = await world.made("/v1/policies", await rule(world, attach=of_group))

    assert await listed(world, f"target_id={space['id']}") == [short, early]
    assert await listed(world, f"target_id={group['id']}") == [grouped]
    assert await listed(world, f"target_id={space['id']}&kind=lead_time") == [early]
    assert await listed(world, f"target_id={NOBODY}") == []
    assert {each["kind"] for each in await listed(world, "kind=lead_time")} == {"lead_time"}


async def test_a_policy_changes_only_in_the_version_that_was_read(world: World) -> None:
    body = await rule(world)
    made = await world.call("POST", "/v1/policies", body)
    path, first = made.headers["location"], made.headers["etag"]
    longer = {**body, "parameters": {"minutes": 90}}
    replaced = await world.call("PUT", path, longer, if_match=first)
    assert replaced.status_code == 200
    before = await world.everything()

    assert (await world.call("GET", path, if_none_match=replaced.headers["etag"])).status_code == 304
    assert_problem(await world.call("PUT", path, body, if_match=first), 412, "stale-version")
    assert_problem(await world.call("DELETE", path, if_match=first), 412, "stale-version")
    assert await world.everything() == before

    assert (await world.call("DELETE", path, if_match=replaced.headers["etag"])).status_code == 200


async def test_a_repeated_request_with_its_key_sets_replaces_and_deletes_once(world: World) -> None:
    body = await rule(world)
    path = ""
    for method, sent in (("POST", body), ("PUT", {**body, "effect": "warn"}), ("DELETE", None)):
        key = fresh("key")
        first = await world.call(method, path or "/v1/policies", sent, idempotency_key=key)
        assert first.status_code in {200, 201}, first.text
        before = await world.everything()
        again = await world.call(method, path or "/v1/policies", sent, idempotency_key=key)
        assert (again.status_code, again.json()) == (first.status_code, first.json())
        assert again.headers["idempotency-replayed"] == "true"
        assert await world.everything() == before
        path = path or first.headers["location"]


@pytest.mark.parametrize(
    ("kind", "parameters", "field"),
    [
        ("longest_duration", {"minutes": 60}, "kind"),
        ("maximum_duration", {}, "parameters.minutes"),
        ("maximum_duration", {"minutes": 60, "hours": 1}, "parameters.hours"),
        ("maximum_duration", {"minutes": 60, "kind": "maximum_duration"}, "parameters.kind"),
        ("maximum_duration", {"minutes": 0}, "parameters.minutes"),
        ("maximum_duration", {"minutes": -60}, "parameters.minutes"),
        ("maximum_duration", {"minutes": 10**9}, "parameters.minutes"),
        ("maximum_duration", {"minutes": 2**62}, "parameters.minutes"),
        ("maximum_duration", {"minutes": "60"}, "parameters.minutes"),
        ("maximum_duration", {"minutes": 60.5}, "parameters.minutes"),
        ("maximum_duration", {"minutes": True}, "parameters.minutes"),
        ("maximum_duration", {"minutes": None}, "parameters.minutes"),
        ("maximum_duration", [60], "parameters"),
        ("lead_time", {"minutes": -1}, "parameters.minutes"),
        ("advance_window", {"days": -1}, "parameters.days"),
        ("advance_window", {"days": 100_000}, "parameters.days"),
        ("advance_window", {"days": 7, "opens_at": "24:00"}, "parameters.opens_at"),
        ("advance_window", {"days": 7, "opens_at": "8:00"}, "parameters.opens_at"),
        ("change_cut_off", {}, "parameters"),
        ("booking_dates", {}, "parameters"),
        ("booking_dates", {"from": "2027-03-02", "until": "2027-03-01"}, "parameters"),
        ("booking_dates", {"from": "2027-02-30"}, "parameters.from"),
        ("booking_dates", {"from": "next week"}, "parameters.from"),
        ("blackout", {"from": at(10), "to": at(10), "title": "Painting"}, "parameters"),
        ("blackout", {"from": at(10), "to": at(9), "title": "Painting"}, "parameters"),
        ("blackout", {"from": "2027-03-01", "to": at(9), "title": "Painting"}, "parameters.from"),
        ("blackout", {"from": at(9), "to": at(10), "title": " "}, "parameters.title"),
        ("blackout", {"from": at(9), "to": at(10)}, "parameters.title"),
        ("opening_hours", {"weekly": {}}, "parameters.weekly"),
        ("opening_hours", {"weekly": {"monday": []}}, "parameters.weekly"),
        ("opening_hours", {"weekly": {"monday": [["18:00", "08:00"]]}}, "parameters.weekly"),
        ("opening_hours", {"weekly": {"monday": [["08:00", "08:00"]]}}, "parameters.weekly"),
        ("opening_hours", {"weekly": {"monday": [["08:00", "12:00"], ["11:00", "18:00"]]}}, "parameters.weekly"),
        ("opening_hours", {"weekly": {"monday": [["08:00"]]}}, "parameters.weekly.monday.0.1"),
        ("opening_hours", {"weekly": {"monday": [["08:00", "12:00", "18:00"]]}}, "parameters.weekly.monday.0"),
        ("opening_hours", {"weekly": {"monday": [["8 am", "18:00"]]}}, "parameters.weekly.monday.0.0"),
        ("opening_hours", {"weekly": {"monday": [["08:00", "25:00"]]}}, "parameters.weekly.monday.0.1"),
        ("opening_hours", {"weekly": {"moonday": [["08:00", "18:00"]]}}, "parameters.weekly.moonday.[key]"),
        ("opening_hours", {"weekly": [["08:00", "18:00"]]}, "parameters.weekly"),
        ("time_grid", {"minutes": 0}, "parameters.minutes"),
        ("time_grid", {"minutes": 30, "lengths": []}, "parameters.lengths"),
        ("all_day", {"allowed": "no"}, "parameters.allowed"),
        ("all_day", {"allowed": True}, "parameters"),
        ("all_day", {"allowed": False, "most_days": 2}, "parameters"),
        ("all_day", {"allowed": True, "most_days": 0}, "parameters.most_days"),
        ("capacity", {"margin": -1}, "parameters.margin"),
        ("capacity", {"at_least": 0}, "parameters.at_least"),
        ("who_may_book", {}, "parameters"),
        ("who_may_book", {"external": "perhaps"}, "parameters.external"),
        ("who_may_book", {"domains": ["@example.org"]}, "parameters.domains.0"),
        ("who_may_book", {"domains": ["*.example.org"]}, "parameters.domains.0"),
        ("who_may_book", {"domains": "example.org"}, "parameters.domains"),
        ("who_may_book", {"addresses": ["ada"]}, "parameters.addresses.0"),
        ("quota", {"limit": -1, "measure": "bookings", "per": "day"}, "parameters.limit"),
        ("quota", {"limit": 1, "measure": "meetings", "per": "day"}, "parameters.measure"),
        ("quota", {"limit": 1, "measure": "bookings", "per": "decade"}, "parameters.per"),
        ("quota", {"limit": 1, "measure": "bookings", "per": "day", "peak": {}}, "parameters.peak"),
        ("concurrency", {"spaces": 0}, "parameters.spaces"),
        ("series", {"allowed": True, "on_conflict": "panic"}, "parameters.on_conflict"),
        ("approval", {"when": "always"}, "parameters.approvers"),
        ("approval", {"when": "always", "approvers": []}, "parameters.approvers"),
        ("approval", {"when": {}, "approvers": ["ada@example.org"]}, "parameters.when"),
        ("approval", {"when": "often", "approvers": ["ada@example.org"]}, "parameters.when"),
        ("approval", {"when": {"minutes_over": -1}, "approvers": ["ada@example.org"]}, "parameters.when.minutes_over"),
    ],
    ids=str,
)
async def test_a_rule_that_makes_no_sense_is_refused(world: World, kind: str, parameters: Any, field: str) -> None:
    await refuse(world, await rule(world, kind=kind, parameters=parameters), field)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"attach": {"scope": "space", "id": NOBODY}}, "attach.id"),
        ({"attach": {"scope": "group", "id": NOBODY}}, "attach.id"),
        ({"attach": {"scope": "space"}}, "attach"),
        ({"attach": {"scope": "all", "id": NOBODY}}, "attach"),
        ({"attach": {"scope": "building", "id": NOBODY}}, "attach.scope"),
        ({"attach": {"scope": "space", "id": "room"}}, "attach.id"),
        ({"attach": {"scope": "all", "where": 1}}, "attach.where"),
        ({"attach": "all"}, "attach"),
        ({"effect": "explode"}, "effect"),
        ({"dates": {"from": "2027-03-02", "until": "2027-03-01"}}, "dates"),
        ({"dates": {"from": "2027-13-01"}}, "dates.from"),
        ({"dates": {"until": 7}}, "dates.until"),
        ({"dates": {"since": "2027-03-01"}}, "dates.since"),
        ({"exempt": {"channels": ["outlook", "api", "command"]}}, "exempt"),
        ({"exempt": {"roles": ["viewer", "approver", "admin", "service"], "channels": ["outlook"]}}, "exempt"),
        ({"exempt": {"channels": ["fax"]}}, "exempt.channels.0"),
        ({"exempt": {"roles": "admin"}}, "exempt.roles"),
        ({"exempt": {"domains": ["*"]}}, "exempt.domains.0"),
        ({"exempt": {"people": ["ada@example.org"]}}, "exempt.people"),
        ({"name": " "}, "name"),
        ({"colour": "red"}, "colour"),
        ({"version": 2}, "version"),
    ],
    ids=str,
)
async def test_a_policy_that_cannot_hold_is_refused(world: World, changed: dict[str, Any], field: str) -> None:
    await refuse(world, await rule(world, **changed), field)


async def refuse(world: World, body: dict[str, Any], field: str) -> None:
    """Check that a policy is neither set nor put in place of another, and that the answer says what would be right."""
    policy = await world.made("/v1/policies", await rule(world))
    before = await world.everything()
    for method, path in (("POST", "/v1/policies"), ("PUT", f"/v1/policies/{policy['id']}")):
        answer = await world.call(method, path, body, idempotency_key=fresh("key"))
        assert_problem(answer, 422, "invalid-request", field)
        for each in answer.json()["errors"]:
            assert each["expected"] not in ("", GENERIC), each
    assert await world.everything() == before


async def test_two_equal_rules_are_refused_and_the_first_is_named(world: World) -> None:
    body = await rule(world)
    first = await world.made("/v1/policies", body)
    other = await world.made("/v1/policies", {**body, "parameters": {"minutes": 90}})
    before = await world.everything()

    for method, path in (("POST", "/v1/policies"), ("PUT", f"/v1/policies/{other['id']}")):
        answer = await world.call(method, path, {**body, "effect": "warn", "name": "Another"})
        assert_problem(answer, 422, "invalid-request", "parameters")
        assert first["id"] in answer.json()["detail"]
    assert await world.everything() == before


async def test_a_rule_equal_to_the_one_that_was_there_from_the_start_is_refused(world: World) -> None:
    page = (await world.call("GET", "/v1/policies?kind=capacity&limit=200")).json()["items"]
    [first] = [each for each in page if each["name"] == "Capacity"]
    same = {name: first[name] for name in ("kind", "attach", "parameters")}

    answer = await world.call("POST", "/v1/policies", same)

    assert_problem(answer, 422, "invalid-request", "parameters")
    assert first["id"] in answer.json()["detail"]


async def test_a_rule_may_be_as_long_as_its_parameters_allow(world: World) -> None:
    addresses = [f"{fresh('somebody')}.{number}@example.org" for number in range(1000)]
    long = await rule(world)
    body = {**long, "kind": "who_may_book", "parameters": {"addresses": addresses}}

    made = await world.made("/v1/policies", body)

    assert_problem(await world.call("POST", "/v1/policies", body), 422, "invalid-request", "parameters")
    found = (await world.call("GET", f"/v1/policies/{made['id']}")).json()
    assert sorted(found["parameters"]["addresses"]) == sorted(addresses)


async def test_the_policies_of_a_deleted_space_go_with_it(world: World) -> None:
    space, other = await world.space(), await world.space()
    body = {"kind": "maximum_duration", "parameters": {"minutes": 60}}
    gone, stays = [
        await world.made("/v1/policies", {**body, "attach": {"scope": "space", "id": each["id"]}})
        for each in (space, other)
    ]
    assert (await world.call("DELETE", f"/v1/spaces/{space['id']}")).status_code == 200

    await ClosingLoop(world.pool, world.app.state.context.codec).once()

    assert_problem(await world.call("GET", f"/v1/policies/{gone['id']}"), 404, "not-found", "path.policy_id")
    assert (await world.call("GET", f"/v1/policies/{stays['id']}")).status_code == 200
    versions = "SELECT version, by ->> 'kind' FROM policy_versions WHERE policy_id = $1 ORDER BY version DESC"
    assert tuple((await world.pool.fetch(versions, UUID(gone["id"])))[0]) == (2, "system")


async def test_of_equal_rules_set_at_once_one_is_set(world: World) -> None:
    body = await rule(world)
    answers = await together(world.call("POST", "/v1/policies", body) for _ in range(8))
    assert sorted(each.status_code for each in answers) == [201] + [422] * 7


async def test_each_decision_names_one_version_of_a_rule_that_changes_and_goes_meanwhile(world: World) -> None:
    space = await world.space()
    body = {"kind": "maximum_duration", "attach": {"scope": "space", "id": space["id"]}}
    limits = {version: (20 if version % 2 else 40) + version % 10 for version in range(1, 21)}
    policy = await world.made("/v1/policies", {**body, "parameters": {"minutes": limits[1]}})
    path = f"/v1/policies/{policy['id']}"

    days, is_gone = count(1), asyncio.Event()

    async def change_then_delete() -> None:
        for version in range(2, 21):
            changed = await world.call("PUT", path, {**body, "parameters": {"minutes": limits[version]}})
            assert (changed.status_code, changed.json()["version"]) == (200, version)
        assert (await world.call("DELETE", path)).status_code == 200
        is_gone.set()

    async def reserve_until_gone() -> None:
        is_last = False
        while not is_last:
            is_last, day = is_gone.is_set(), next(days)
            window = {"start": at(9, day=day), "end": at(9.5, day=day)}
            asked = {"space_id": space["id"], **window, "title": "Planning"}
            assert (await world.call("POST", "/v1/reservations", asked)).status_code in {201, 409}

    await together([change_then_delete(), *(reserve_until_gone() for _ in range(4))])

    named, outcomes = set(), set()
    for outcome, reasons, judged_by in await decisions_of(world, space["id"]):
        ours = [each for each in judged_by if each["policy_id"] == policy["id"]]
        broken = [each for each in ours if each["breach"] is not None]
        assert len(ours) <= 1
        named |= {each["version"] for each in ours}
        outcomes.add(outcome)
        assert all((limits[each["version"]] < 30) == (each in broken) for each in ours)
        assert [each["breach"]["limit"] for each in broken] == [limits[each["version"]] for each in broken]
        assert [(each["version"], each["rule"]["minutes"]) for each in reasons] == [
            (each["version"], limits[each["version"]]) for each in broken
        ]
        assert outcome == ("decline" if broken else "accept")
    assert len(named) > 1, "the rule did not change while it judged"
    assert outcomes == {"accept", "decline"}


async def decisions_of(world: World, space_id: str) -> list[tuple[str, list[dict[str, Any]], list[dict[str, Any]]]]:
    """Read what was decided about a space: the outcome, the reasons, and the policies that judged."""
    rows = await world.pool.fetch("SELECT outcome, reasons, policies FROM decisions WHERE space_id = $1", space_id)
    return [tuple(row) for row in rows]
