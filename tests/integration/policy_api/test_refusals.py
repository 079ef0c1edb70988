"""Each operation lists exactly the refusals that it can give: every one that is listed is provoked here."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from tests.integration.policy_api.groups import group_body
from tests.integration.policy_api.operations import OPERATIONS, Operation, described
from tests.integration.policy_api.world import TOO_LARGE, World, assert_problem, at, fresh

NOBODY = "00000000-0000-4000-8000-000000000000"
FAULTS = {"500", "503"}
"""What no request provokes; `test_database_away` and `test_access` do."""

_RESOLVED = """
    INSERT INTO policy.conflict_resolutions (id, space_id, keep, by)
    SELECT $1::uuid, id, 'ledger', '{"kind": "administrator", "name": "grace"}' FROM policy.spaces LIMIT 1
"""


@dataclass(frozen=True)
class Asking:
    """One operation in a world: how to ask for it, with what, and what it is about."""

    world: World
    method: str
    path: str
    body: dict[str, Any] | None

    async def ask(self, path: str = "", body: object = None, **headers: str) -> httpx2.Response:
        method, sent = self.method, self.body if body is None else body
        return await self.world.call(method, path or self.path, None if method == "GET" else sent, **headers)


Provoke = Callable[[Asking], Awaitable[httpx2.Response]]


async def _conflict(asking: Asking) -> httpx2.Response:  # noqa: C901, PLR0911, PLR0912 - one for each kind
    """Ask for what another has: a name, a mailbox, or a time; for the end of what is used; for what is not mapped."""
    world, body = asking.world, dict(asking.body or {})
    if asking.path == "/v1/imports" and asking.method == "POST":
        return await asking.ask(body={"rehearsal": True, "space_ids": [(await world.space())["id"]]})
    if "imports" in asking.path and asking.method == "POST":
        await world.admin.execute("UPDATE policy.import_rooms SET state = 'done'")
        await world.admin.execute(
            "UPDATE policy.imports SET state = 'finished', running_since = NULL, ended_at = now()"
        )
        return await asking.ask()
    if asking.method in {"GET", "DELETE"} or "policies" in asking.path or "conflicts" in asking.path:
        return await asking.ask()
    if asking.path.endswith("/brake/confirm"):
        return await asking.ask()
    if "approvals" in asking.path:
        await asking.ask()
        return await asking.ask()
    if asking.path.endswith("/check"):
        if "spaces" in asking.path:
            await world.call("PATCH", asking.path.removesuffix("/check"), {"room_mailbox": None})
        return await asking.ask()
    if "space-groups" in asking.path:
        other = await world.made("/v1/space-groups", {"name": fresh("Group")})
        return await asking.ask(body={"name": other["name"]})
    if "connections" in asking.path:
        other = await world.connection()
        return await asking.ask(body={**body, "name": other["name"]})
    if "waiting-list" in asking.path:
        return await asking.ask(body={**body, "start": at(18), "end": at(19)} if body else None)
    if "spaces" in asking.path:
        other = await world.mapped_space()
        mapping = {name: other["mapping"][name] for name in ("room_mailbox", "connection")}
        return await asking.ask(body={**body, **mapping})
    if asking.path in {"/v1/reservations", "/v1/reservations:check", "/v1/reservation-groups"}:
        await world.reservation(body["space_id"], 18, 19)
    elif asking.path.endswith("/cancel"):
        made = (await world.call("GET", asking.path.removesuffix("/cancel"))).json()
        too_late = {"kind": "change_cut_off", "parameters": {"cancel_minutes": 500_000}}
        await world.made("/v1/policies", {**too_late, "attach": {"scope": "space", "id": made["space_id"]}})
        return await asking.ask()
    else:
        made = (await world.call("GET", asking.path)).json()
        await world.reservation(made["space_id"], 18, 19)
    return await asking.ask(body={**body, "start": at(18), "end": at(19)})


async def _not_found(asking: Asking) -> httpx2.Response:
    """Ask about an id in the path or in the body that nothing has."""
    if asking.path.endswith(("spaces", "reservations", ":check", "reservation-groups")):
        named = {"parts": [NOBODY]} if "spaces" in asking.path else {"space_id": NOBODY}
        return await asking.ask(body={**(asking.body or {}), **named})
    if asking.path.endswith("/imports"):
        return await asking.ask(body={"rehearsal": True, "space_ids": [NOBODY]})
    match asking.path.split("/"):
        case ["", version, kind, _, *rest]:
            return await asking.ask(path="/".join(["", version, kind, NOBODY, *rest]))
        case _:
            return await asking.ask()


PROVOKED: dict[str, Provoke] = {
    "400": lambda asking: asking.ask(if_none_match="nonsense"),
    "401": lambda asking: asking.ask(authorization="Bearer nonsense"),
    "403": lambda asking: asking.ask(role="nobody"),
    "404": _not_found,
    "409": _conflict,
    "412": lambda asking: asking.ask(if_match='"999"'),
    "413": lambda asking: asking.ask(body={"title": "x" * TOO_LARGE}),
    "415": lambda asking: asking.ask(content_type="text/plain"),
    "422": lambda asking: asking.ask(path=f"{asking.path}?colour=red&colour=blue"),
}


RULE = {"kind": "maximum_duration", "parameters": {"minutes": 800}}


async def _asking(world: World, method: str, template: str) -> Asking:
    space = await world.mapped_space(waiting_list=True)
    made = await world.reservation(space["id"], 10, 11)
    taken = {"start": at(10), "end": at(11), "title": "Review", "organizer": {"email": "ben@example.org"}}
    group = await world.made("/v1/space-groups", {"name": fresh("Group")})
    attach = {"scope": "space", "id": space["id"]}
    policy = await world.made("/v1/policies", {**RULE, "attach": attach})
    ids = {
        "space_id": space["id"],
        "reservation_id": made["id"],
        "connection_id": space["mapping"]["connection"],
        "group_id": group["id"],
        "policy_id": policy["id"],
        "answer": "decline",
    }
    if template.startswith("/v1/reservation-groups/"):
        ids["group_id"] = (await world.made("/v1/reservation-groups", group_body(space, start=at(14), end=at(15))))[
            "id"
        ]
    if "{request_id}" in template:
        ids["request_id"] = (await world.made(f"/v1/spaces/{space['id']}/waiting-list", taken))["id"]
    if "{approval_id}" in template:
        ids["approval_id"] = await _question(world)
    if "{import_id}" in template:
        asked = {"rehearsal": True, "space_ids": [space["id"]]}
        ids["import_id"] = (await world.call("POST", "/v1/imports", asked)).json()["id"]
    if "{conflict_id}" in template:
        ids["conflict_id"] = await _resolved_conflict(world)
    if (method, template) == ("delete", "/v1/space-groups/{group_id}"):
        await world.made("/v1/policies", {**RULE, "attach": {"scope": "group", "id": group["id"]}})
    wish = {"space_id": space["id"], "start": at(12), "end": at(13), "title": "Planning"}
    new: dict[tuple[str, str], dict[str, Any]] = {
        ("post", "/v1/connections"): {
            "name": fresh("tenant"),
            "tenant_id": "example.org",
            "client_id": space["id"],
            "credential": "simulator",
        },
        ("post", "/v1/space-groups"): {"name": fresh("Group")},
        ("patch", "/v1/space-groups/{group_id}"): {"name": fresh("Group")},
        ("post", "/v1/policies"): {**RULE, "attach": attach, "parameters": {"minutes": 600}},
        ("put", "/v1/policies/{policy_id}"): {**RULE, "attach": attach, "parameters": {"minutes": 700}},
        ("post", "/v1/policies:replay"): {**RULE, "attach": attach},
        ("post", "/v1/spaces"): {"name": fresh("Room"), "capacity": 4, "time_zone": "UTC"},
        ("put", "/v1/connections/{connection_id}/answers/{answer}"): {"template": "{{ room }} is taken."},
        ("post", "/v1/connections/{connection_id}/answers:preview"): {"kind": "decline"},
        ("post", "/v1/spaces/{space_id}/waiting-list"): taken,
        ("post", "/v1/reservations"): wish,
        ("post", "/v1/reservation-groups"): {**wish, "rrule": "FREQ=WEEKLY;COUNT=2"},
        ("post", "/v1/reservations:check"): wish,
        ("post", "/v1/imports"): {"rehearsal": True, "space_ids": [space["id"]]},
        ("post", "/v1/conflicts/{conflict_id}/resolve"): {"keep": "ledger"},
        ("post", "/v1/spaces/{space_id}/brake/confirm"): {"since": at(9), "cancellations": 7},
    }
    body = new.get((method, template), {})
    return Asking(world, method.upper(), template.format(**ids), None if method == "get" else body)


async def _resolved_conflict(world: World) -> str:
    """Return the id of a conflict that somebody resolved."""
    conflict_id = str(uuid4())
    await world.admin.execute(_RESOLVED, conflict_id)
    return conflict_id


async def _question(world: World) -> str:
    """Return the id of a question that waits to be decided."""
    space = await world.space()
    rule = {"kind": "approval", "parameters": {"when": "always", "approvers": ["grace@example.org"]}}
    await world.made("/v1/policies", {**rule, "attach": {"scope": "space", "id": space["id"]}})
    await world.reservation(space["id"], 9, 10)
    [found] = (await world.call("GET", f"/v1/approvals?space_id={space['id']}")).json()["items"]
    return str(found["id"])


async def test_every_operation_is_asked(world: World) -> None:
    assert set(described(world.app.openapi())) == set(OPERATIONS)


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
async def test_every_refusal_that_is_listed_can_be_given(world: World, operation: Operation) -> None:
    for status in sorted(operation.refusals - FAULTS):
        answer = await PROVOKED[status](await _asking(world, operation.method, operation.path))
        assert answer.status_code == int(status), answer.text
        assert_problem(answer, int(status))
    assert operation.refusals >= FAULTS


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
async def test_no_refusal_is_given_that_is_not_listed(world: World, operation: Operation) -> None:
    for provoke in PROVOKED.values():
        answer = await provoke(await _asking(world, operation.method, operation.path))
        assert answer.status_code < 300 or str(answer.status_code) in operation.refusals, answer.text


@pytest.mark.parametrize("kind", ["connections", "space-groups", "spaces", "reservations"])
async def test_the_headers_of_an_answer_are_described(world: World, kind: str) -> None:
    paths = world.app.openapi()["paths"]
    asking = await _asking(world, "post", f"/v1/{kind}")
    made = await asking.ask()
    address = made.headers["location"]
    assert address == f"/v1/{kind}/{made.json()['id']}"
    read = await world.call("GET", address)
    template = next(path for path in paths if path.startswith(f"/v1/{kind}/{{") and path.endswith("}"))
    described = {
        "made": (paths[f"/v1/{kind}"]["post"]["responses"]["201"], made),
        "read": (paths[template]["get"]["responses"]["200"], read),
        "known": (
            paths[template]["get"]["responses"]["304"],
            await world.call("GET", address, if_none_match=read.headers["etag"]),
        ),
        "changed": (paths[template]["patch"]["responses"]["200"], await world.call("PATCH", address, {})),
        "refused": (paths[template]["get"]["responses"]["401"], await world.http.get(address)),
    }
    for name, (answer, given) in described.items():
        assert answer["headers"], name
        assert all(header in given.headers for header in answer["headers"]), name
