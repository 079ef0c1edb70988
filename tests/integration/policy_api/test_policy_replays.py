"""A draft of a policy by API: what it would have come to, and what cannot be asked."""

from tests.integration.policy_api.world import World, assert_problem, at

ADA = {"name": "Ada", "email": "ada@example.org"}


async def test_a_draft_is_judged_against_what_was_decided_and_sets_nothing(world: World) -> None:
    space = await world.space()
    made = await world.reservation(space["id"], 9, 11, organizer=ADA)
    attach = {"scope": "space", "id": space["id"]}
    draft = {"kind": "maximum_duration", "parameters": {"minutes": 60}, "attach": attach}

    answer = await world.call("POST", "/v1/policies:replay", draft)

    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["counts"] == {"declined": 1, "asked": 0, "accepted": 0}
    assert found["organizers"] == [{"organizer": "ada@example.org", "declined": 1}]
    assert found["is_cut_short"] is False
    [item] = found["items"]
    assert (item["reservation_id"], item["outcome"], item["became"]) == (made["id"], "accept", "declined")
    assert [each["rule"] for each in item["reasons"]] == ["maximum_duration"]
    assert (await world.call("GET", f"/v1/policies?target_id={space['id']}")).json()["items"] == []


async def test_what_was_decided_before_or_after_is_left_out(world: World) -> None:
    space = await world.space()
    await world.reservation(space["id"], 9, 11, organizer=ADA)
    attach = {"scope": "space", "id": space["id"]}
    draft = {"kind": "maximum_duration", "parameters": {"minutes": 60}, "attach": attach, "until": at(-200)}

    found = (await world.call("POST", "/v1/policies:replay", draft)).json()

    assert (found["judged"], found["items"]) == (0, [])


async def test_a_draft_that_cannot_be_used_is_refused_with_the_field(world: World) -> None:
    draft = {"kind": "maximum_duration", "parameters": {"minutes": 0}, "attach": {"scope": "all"}}

    refused = await world.call("POST", "/v1/policies:replay", draft)
    viewer = await world.call("POST", "/v1/policies:replay", draft, role="viewer")

    assert_problem(refused, 422, "invalid-request", "parameters.minutes")
    assert_problem(viewer, 403)
