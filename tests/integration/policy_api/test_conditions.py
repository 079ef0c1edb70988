"""Conditional requests: what a reader has already is not sent again, and no condition is ignored."""

from typing import Any

import pytest

from tests.integration.policy_api.world import World, assert_problem, at


async def resources(world: World) -> list[str]:
    """Make one resource of each kind; return their addresses."""
    space = await world.mapped_space()
    made = await world.reservation(space["id"], 10, 11)
    return [
        f"/v1/connections/{space['mapping']['connection']}",
        f"/v1/spaces/{space['id']}",
        f"/v1/reservations/{made['id']}",
    ]


async def test_what_a_reader_has_already_is_not_sent_again(world: World) -> None:
    for path in await resources(world):
        tag = (await world.call("GET", path)).headers["etag"]
        for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
            for method in ("GET", "HEAD"):
                answer = await world.call(method, path, if_none_match=known)
                assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)
        for other in ('"1"', '"nonsense"', '"1-0123456789abcdef"'):
            answer = await world.call("GET", path, if_none_match=other)
            assert (answer.status_code, answer.headers["etag"]) == (200, tag)
            assert answer.json()["id"] in path


async def test_what_changes_without_a_new_version_is_sent_again(world: World) -> None:
    _, _, path = await resources(world)
    before = await world.call("GET", path)
    written = "UPDATE intents SET state = 'written' WHERE key_reservation_id = $1"
    await world.pool.execute(written, before.json()["id"])

    after = await world.call("GET", path, if_none_match=before.headers["etag"])

    assert after.status_code == 200
    assert (before.json()["outlook"]["state"], after.json()["outlook"]["state"]) == ("writing", "in_sync")
    assert before.json()["version"] == after.json()["version"]
    changed = await world.call("PATCH", path, {"title": "Gala"}, if_match=before.headers["etag"])
    assert changed.status_code == 200, "the version it names is still the one that counts"


@pytest.mark.parametrize("tag", ["1", "", '"1', "W/1", '"1" "2"'])
async def test_what_is_no_etag_is_said_to_be_none(world: World, tag: str) -> None:
    for path in await resources(world):
        answer = await world.call("GET", path, if_none_match=tag)
        assert_problem(answer, 400, "malformed-header", "header.If-None-Match")


async def test_a_weak_etag_is_said_to_be_weak_and_not_stale(world: World) -> None:
    for path in await resources(world):
        tag = (await world.call("GET", path)).headers["etag"]
        answer = await world.call("PATCH", path, {}, if_match=f"W/{tag}")
        assert_problem(answer, 412, "weak-etag", "header.If-Match")
        assert "changed" not in answer.json()["title"]
        assert "weak ETag" in answer.json()["detail"]
        assert "Somebody changed this" not in answer.json()["detail"]


async def test_a_condition_that_would_be_ignored_is_refused(world: World) -> None:
    space = await world.space()
    new: dict[str, Any] = {"space_id": space["id"], "start": at(12), "end": at(13), "title": "Planning"}
    before = await world.everything()

    for path in await resources(world):
        before = await world.everything()
        answer = await world.call("PATCH", path, {}, if_none_match="*")
        assert_problem(answer, 400, "malformed-header", "header.If-None-Match")
    for header, value in (("if_none_match", '"1"'), ("if_match", '"1"'), ("if_match", "*")):
        answer = await world.call("POST", "/v1/reservations", new, **{header: value})
        assert_problem(answer, 400, "malformed-header")
    assert await world.everything() == before

    assert (await world.call("POST", "/v1/reservations", new, if_none_match="*")).status_code == 201
