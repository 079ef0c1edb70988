"""A cancellation that comes too late by the policies is refused to callers of the API, who may be allowed to do so."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.integration.policy_api.world import World, assert_problem


async def soon(world: World, **policy: Any) -> dict[str, Any]:
    """Reserve a space that starts in an hour, and can be cancelled until two hours before."""
    space = await world.space()
    attach = {"scope": "space", "id": space["id"]}
    rule = {"kind": "change_cut_off", "parameters": {"change_minutes": 120, "cancel_minutes": 120}, "attach": attach}
    start = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    body = {
        "space_id": space["id"],
        "start": start.isoformat(),
        "end": (start + timedelta(hours=1)).isoformat(),
        "title": "Planning",
    }
    made: dict[str, Any] = await world.made("/v1/reservations", body)
    await world.made("/v1/policies", {**rule, **policy})
    return made


async def test_a_late_cancellation_is_refused_with_the_limit_and_the_time_left(world: World) -> None:
    made = await soon(world)

    answer = await world.call("POST", f"/v1/reservations/{made['id']}/cancel", {}, role="service")

    assert_problem(answer, 409, "reservation-refused")
    [reason] = answer.json()["reasons"]
    assert (reason["rule"], reason["limit"]) == ("change_cut_off", "120")
    assert int(reason["actual"]) in {58, 59, 60}
    assert (await world.call("GET", f"/v1/reservations/{made['id']}")).json()["status"] == "confirmed"


async def test_a_late_change_is_refused_but_a_new_title_is_not(world: World) -> None:
    made = await soon(world)
    path = f"/v1/reservations/{made['id']}"

    refused = await world.call("PATCH", path, {"attendee_count": 2}, role="service")
    retitled = await world.call("PATCH", path, {"title": "Review"}, role="service")

    assert [each["rule"] for each in refused.json()["reasons"]] == ["change_cut_off"]
    assert retitled.status_code == 200


async def test_an_administrator_may_cancel_late_for_a_reason_and_it_is_said_to_be_late(world: World) -> None:
    made = await soon(world)
    path = f"/v1/reservations/{made['id']}/cancel"

    denied = await world.call("POST", path, {"override_reason": "Burst pipe."}, role="service")
    granted = await world.call("POST", path, {"override_reason": "Burst pipe."}, role="admin")

    assert_problem(denied, 403, "forbidden", "override_reason")
    shown = granted.json()
    assert (shown["status"], shown["decision"]["late_cancellation"]) == ("cancelled", True)
    assert shown["decision"]["override_reason"] == "Burst pipe."


@pytest.mark.parametrize(("effect", "is_late"), [("warn", True), ("shadow", False)])
async def test_a_rule_that_only_warns_lets_it_be_cancelled(world: World, effect: str, is_late: bool) -> None:
    made = await soon(world, effect=effect)

    answer = await world.call("POST", f"/v1/reservations/{made['id']}/cancel", {}, role="service")

    assert answer.status_code == 200
    assert answer.json()["decision"]["late_cancellation"] is is_late


async def test_whom_the_rule_exempts_may_cancel_late(world: World) -> None:
    made = await soon(world, exempt={"roles": ["admin"]})
    path = f"/v1/reservations/{made['id']}/cancel"

    denied = await world.call("POST", path, {}, role="service")
    granted = await world.call("POST", path, {}, role="admin")

    assert (denied.status_code, granted.status_code) == (409, 200)
