"""Reservations are made, read, listed, changed and cancelled."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from services.policy.store.slices import lock_space
from tests.integration.policy_api.world import World, assert_problem, at


def but_audit(tables: dict[str, list[tuple[Any, ...]]]) -> dict[str, list[tuple[Any, ...]]]:
    """Leave out the decisions that were written down: a refusal is one too."""
    return {name: rows for name, rows in tables.items() if name != "decisions"}


async def pages(world: World, query: str, cursor: str | None = None) -> list[dict[str, Any]]:
    """Follow `next` to the end, from a cursor on if one is given."""
    items: list[dict[str, Any]] = []
    while True:
        page = (await world.call("GET", f"{query}&cursor={cursor}" if cursor else query, role="viewer")).json()
        items += page["items"]
        cursor = page["next"]
        if cursor is None:
            return items


async def test_a_reservation_is_read_as_it_was_made(world: World) -> None:
    space = await world.space()
    organizer = {"name": "Ada", "email": "Ada@Example.org"}
    answer = await world.call(
        "POST",
        "/v1/reservations",
        {
            "space_id": space["id"],
            "start": at(9).replace("Z", "+01:00"),
            "end": at(10).replace("Z", "+01:00"),
            "title": "Planning",
            "organizer": organizer,
            "attendee_count": 3,
        },
        role="service",
    )
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert answer.headers["location"] == f"/v1/reservations/{made['id']}"
    read = await world.call("GET", f"/v1/reservations/{made['id']}", role="viewer")
    assert read.json() == made
    assert read.headers["etag"] == answer.headers["etag"]
    assert read.headers["etag"].startswith(f'"{made["version"]}-')
    expected = {
        "space_id": space["id"],
        "group_id": None,
        "status": "confirmed",
        "start": at(8),
        "end": at(9),
        "time_zone": "Europe/Berlin",
        "title": "Planning",
        "organizer": {"name": "Ada", "email": "ada@example.org"},
        "attendee_count": 3,
        "origin": "api",
        "warnings": [],
        "outlook": None,
    }
    assert {name: made[name] for name in expected} == expected
    decision = made["decision"]
    assert (decision["outcome"], decision["reasons"], decision["override_reason"]) == ("accept", [], None)
    assert [(each["kind"], each["held"]) for each in decision["policies"]] == [("capacity", True)]


async def test_a_reservation_of_a_mapped_space_is_being_written_to_outlook(world: World) -> None:
    space = await world.mapped_space()
    made = await world.reservation(space["id"], 10, 11)
    assert made["outlook"] == {"ical_uid": None, "state": "writing", "answer": None, "detail": None}
    owed = [each["type"] for each in await world.outbox(space["id"])]
    assert "intent.issued.v2" in owed
    assert "reservation.confirmed.v1" in owed


async def test_a_reservation_of_an_unmapped_space_asks_nothing_of_outlook(world: World) -> None:
    space = await world.space()
    made = await world.reservation(space["id"], 10, 11)
    path = f"/v1/reservations/{made['id']}"
    moved = (await world.call("PATCH", path, {"end": at(12), "title": "Longer"})).json()
    cancelled = (await world.call("POST", f"{path}/cancel", {"comment": "Not needed."})).json()
    assert (moved["status"], cancelled["status"]) == ("confirmed", "cancelled")
    assert [each["outlook"] for each in (made, moved, cancelled)] == [None, None, None]
    assert [each["type"] for each in await world.outbox(space["id"])] == [
        "reservation.confirmed.v1",
        "reservation.changed.v1",
        "reservation.cancelled.v1",
    ]
    assert not [row for row in (await world.everything())["intents"] if space["id"] in row[0]]


async def test_a_taken_slot_is_refused_with_every_reason(world: World) -> None:
    space = await world.space()
    await world.reservation(space["id"], 10, 11)
    body = {"space_id": space["id"], "start": at(10.5), "end": at(11.5), "title": "Planning", "attendee_count": 9}
    before = await world.everything()
    answer = await world.call("POST", "/v1/reservations", body)
    assert_problem(answer, 409, "reservation-refused")
    refusal = answer.json()
    assert {reason["rule"] for reason in refusal["reasons"]} == {"capacity", "availability"}
    assert all(set(reason) == {"rule", "limit", "actual", "message"} for reason in refusal["reasons"])
    assert all(reason["message"] in refusal["detail"] for reason in refusal["reasons"])
    assert but_audit(await world.everything()) == but_audit(before)
    free = refusal["alternatives"]["next_free"]
    assert free == {"start": at(11), "end": at(12)}
    await world.made("/v1/reservations", {"space_id": space["id"], **free, "title": "Planning"})


async def test_a_refusal_tells_by_whom_and_when_it_is_taken_but_never_what_for(world: World) -> None:
    space = await world.space(time_zone="UTC")
    await world.reservation(space["id"], 10, 11, title="Layoffs", organizer={"name": "Ben", "email": "ben@example.org"})
    body = {"space_id": space["id"], "start": at(10.5), "end": at(11.5), "title": "Planning"}

    answer = await world.call("POST", "/v1/reservations", body)

    assert_problem(answer, 409, "reservation-refused")
    assert "Layoffs" not in answer.text
    assert "It is taken by Ben, " in answer.json()["detail"]
    assert "11:00-12:00 (UTC)." in answer.json()["detail"]
    decided = await world.pool.fetchval(
        "SELECT reasons::text FROM decisions WHERE outcome = 'decline' ORDER BY id DESC"
    )
    assert "Layoffs" not in decided


async def test_who_asks_for_whole_days_is_offered_whole_days(world: World) -> None:
    space = await world.space(time_zone="Pacific/Auckland")
    offset = datetime.fromisoformat(at(0)).astimezone(ZoneInfo("Pacific/Auckland")).utcoffset()
    assert offset is not None
    midnight = 24 - offset / timedelta(hours=1)
    await world.reservation(space["id"], midnight + 9, midnight + 10)
    body = {"space_id": space["id"], "start": at(midnight), "end": at(midnight + 24), "title": "Offsite"}

    answer = await world.call("POST", "/v1/reservations", body)

    assert_problem(answer, 409, "reservation-refused")
    next_day = {"start": at(midnight + 24), "end": at(midnight + 48)}
    assert answer.json()["alternatives"]["next_free"] == next_day
    assert "all day (Pacific/Auckland)" in answer.json()["detail"]


async def test_reservations_that_touch_do_not_overlap(world: World) -> None:
    space = await world.space()
    await world.reservation(space["id"], 10, 11)
    await world.reservation(space["id"], 11, 12)
    await world.reservation(space["id"], 9, 10)


async def test_only_an_administrator_can_allow_a_rule_to_be_broken(world: World) -> None:
    space = await world.space()
    made = await world.reservation(space["id"], 10, 11)
    crowd = {"attendee_count": 9, "override_reason": "Open day"}
    new = {"space_id": space["id"], "start": at(12), "end": at(13), "title": "Fair", **crowd}
    path = f"/v1/reservations/{made['id']}"
    before = await world.everything()
    for method, address, body in (("POST", "/v1/reservations", new), ("PATCH", path, crowd)):
        answer = await world.call(method, address, body, role="service")
        assert_problem(answer, 403, "forbidden", "override_reason")
        assert "Only an administrator" in answer.json()["detail"]
    assert await world.everything() == before
    changed = (await world.call("PATCH", path, crowd, role="admin")).json()
    decision = changed["decision"]
    assert [reason["rule"] for reason in decision["reasons"]] == ["override"]
    assert [(each["rule"], each["limit"], each["actual"]) for each in decision["warnings"]] == [("capacity", "8", "9")]
    assert (decision["override_reason"], [each["held"] for each in decision["policies"]]) == ("Open day", [False])


async def test_a_reservation_tells_who_made_changed_and_cancelled_it(world: World) -> None:
    space = await world.space()
    tenant = world.issuer.claims()["tid"]

    def acting_as(*roles: str, **claims: str) -> str:
        return f"Bearer {world.issuer.token(*roles, **claims)}"

    catering = acting_as("service", oid="catering", app_displayname="Catering")
    grace = acting_as("service", "admin", oid="grace", name="Grace")
    new = {"space_id": space["id"], "start": at(10), "end": at(11), "title": "Planning"}
    made = (await world.call("POST", "/v1/reservations", new, authorization=catering)).json()
    path = f"/v1/reservations/{made['id']}"
    changed = (await world.call("PATCH", path, {"title": "Gala"}, authorization=grace)).json()
    cancelled = (await world.call("POST", f"{path}/cancel", {}, authorization=grace)).json()
    by_catering = {"kind": "service", "subject": f"{tenant}:catering", "name": "Catering"}
    by_grace = {"kind": "administrator", "subject": f"{tenant}:grace", "name": "Grace"}
    assert [made[name] for name in ("made_by", "changed_by", "cancelled_by")] == [by_catering, by_catering, None]
    assert [changed[name] for name in ("made_by", "changed_by", "cancelled_by")] == [by_catering, by_grace, None]
    assert cancelled["cancelled_by"] == by_grace
    assert (await world.call("GET", path, role="viewer")).json() == cancelled
    assert [each["by"] for each in await world.outbox(space["id"])] == [by_catering, by_grace, by_grace]


async def test_of_many_that_want_one_slot_at_once_one_gets_it(world: World) -> None:
    space = await world.space()
    body = {"space_id": space["id"], "start": at(10), "end": at(11), "title": "Planning"}
    answers = await asyncio.gather(*(world.call("POST", "/v1/reservations", body) for _ in range(12)))
    assert sorted(each.status_code for each in answers) == [201] + [409] * 11


async def test_a_combined_space_is_taken_when_a_part_is(world: World) -> None:
    first, second = await world.space(), await world.space()
    both = await world.space(parts=[first["id"], second["id"]])
    await world.reservation(first["id"], 10, 11)
    body = {"space_id": both["id"], "start": at(10), "end": at(11), "title": "Planning"}
    assert_problem(await world.call("POST", "/v1/reservations", body), 409, "reservation-refused")
    await world.reservation(both["id"], 11, 12)
    body = {"space_id": second["id"], "start": at(11), "end": at(12), "title": "Planning"}
    assert_problem(await world.call("POST", "/v1/reservations", body), 409, "reservation-refused")


async def test_a_change_keeps_what_it_leaves_out(world: World) -> None:
    space = await world.mapped_space()
    made = await world.reservation(space["id"], 10, 11, attendee_count=3, organizer={"email": "ada@example.org"})
    path = f"/v1/reservations/{made['id']}"
    answer = await world.call("PATCH", path, {"end": at(12)}, if_match=f'"{made["version"]}"')
    assert answer.status_code == 200, answer.text
    changed = answer.json()
    assert changed["version"] > made["version"]
    assert answer.headers["etag"].startswith(f'"{changed["version"]}-')
    kept = ("start", "title", "organizer", "attendee_count", "status")
    assert {name: changed[name] for name in kept} == {name: made[name] for name in kept}
    assert changed["end"] == at(12)
    assert (await world.call("PATCH", path, {"title": "Retrospective"})).json()["title"] == "Retrospective"
    await world.reservation(space["id"], 12, 13)


async def test_a_change_that_cannot_be_granted_leaves_all_as_it_was(world: World) -> None:
    space = await world.space()
    made = await world.reservation(space["id"], 10, 11)
    await world.reservation(space["id"], 12, 13)
    before = await world.everything()
    answer = await world.call("PATCH", f"/v1/reservations/{made['id']}", {"end": at(12.5), "title": "Longer"})
    assert_problem(answer, 409, "reservation-refused")
    assert answer.json()["reasons"]
    assert but_audit(await world.everything()) == but_audit(before)


async def test_a_change_that_makes_no_sense_is_refused(world: World) -> None:
    space = await world.space()
    made = await world.reservation(space["id"], 10, 11)
    path = f"/v1/reservations/{made['id']}"
    before = await world.everything()
    for body, field in (
        ({"start": at(11)}, "end"),
        ({"end": at(10, day=367)}, "end"),
        ({"start": "2027-03-01T09:00:00"}, "start"),
        ({"attendee_count": "3"}, "attendee_count"),
        ({"organizer": {"email": "ada"}}, "organizer.email"),
        ({"override_reason": " "}, "override_reason"),
        ({"status": "cancelled"}, "status"),
        ({"end": at(9)}, "end"),
        ({"end": None}, "end"),
        ({"title": ""}, "title"),
        ({"space_id": space["id"]}, "space_id"),
    ):
        assert_problem(await world.call("PATCH", path, body), 422, "invalid-request", field)
    assert await world.everything() == before


async def test_what_is_cancelled_cannot_be_changed_any_more(world: World) -> None:
    space = await world.space()
    made = await world.reservation(space["id"], 10, 11)
    path = f"/v1/reservations/{made['id']}"
    await world.call("POST", f"{path}/cancel")
    before = await world.everything()
    answer = await world.call("PATCH", path, {"end": at(12)})
    assert_problem(answer, 409, "reservation-refused")
    assert [reason["rule"] for reason in answer.json()["reasons"]] == ["status"]
    assert but_audit(await world.everything()) == but_audit(before)


async def test_a_change_or_cancellation_of_a_version_gone_by_is_refused(world: World) -> None:
    space = await world.space()
    made = await world.reservation(space["id"], 10, 11)
    path = f"/v1/reservations/{made['id']}"
    await world.call("PATCH", path, {"title": "Retrospective"})
    before = await world.everything()
    tag = f'"{made["version"]}"'
    assert_problem(await world.call("PATCH", path, {"end": at(12)}, if_match=tag), 412, "stale-version")
    assert_problem(await world.call("POST", f"{path}/cancel", {}, if_match=tag), 412, "stale-version")
    assert await world.everything() == before


async def test_a_cancelled_reservation_frees_its_slot(world: World) -> None:
    space = await world.mapped_space()
    made = await world.reservation(space["id"], 10, 11)
    answer = await world.call("POST", f"/v1/reservations/{made['id']}/cancel", {"comment": "Moved online."})
    assert answer.status_code == 200, answer.text
    assert answer.json()["status"] == "cancelled"
    assert "reservation.cancelled.v1" in [each["type"] for each in await world.outbox(space["id"])]
    await world.reservation(space["id"], 10, 11)


async def test_cancelling_needs_no_body_and_may_be_repeated(world: World) -> None:
    space = await world.space()
    made = await world.reservation(space["id"], 10, 11)
    for _ in range(2):
        answer = await world.call("POST", f"/v1/reservations/{made['id']}/cancel")
        assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")


async def test_reservations_outlive_the_mapping_of_their_space(world: World) -> None:
    space = await world.mapped_space()
    made = await world.reservation(space["id"], 10, 11)
    await world.call("PATCH", f"/v1/spaces/{space['id']}", {"room_mailbox": None})
    read = (await world.call("GET", f"/v1/reservations/{made['id']}")).json()
    assert (read["status"], read["outlook"]) == ("confirmed", None)


async def test_the_list_shows_what_overlaps_the_window_and_nothing_else(world: World) -> None:
    space = await world.space()
    made = [await world.reservation(space["id"], hour, hour + 1) for hour in (8, 9, 10, 11)]
    await world.call("POST", f"/v1/reservations/{made[1]['id']}/cancel")
    query = f"/v1/reservations?space_id={space['id']}&from={at(9)}&to={at(11)}"
    assert [each["id"] for each in await pages(world, query)] == [made[1]["id"], made[2]["id"]]
    assert [each["id"] for each in await pages(world, f"{query}&status=confirmed")] == [made[2]["id"]]
    both = await pages(world, f"{query}&status=confirmed,cancelled")
    assert [each["id"] for each in both] == [made[1]["id"], made[2]["id"]]


async def test_every_reservation_is_listed_once_page_by_page_while_others_come_and_go(world: World) -> None:
    space = await world.space()
    made = [await world.reservation(space["id"], hour, hour + 0.5) for hour in range(10)]
    query = f"/v1/reservations?space_id={space['id']}&limit=3"
    first = (await world.call("GET", query)).json()
    await world.reservation(space["id"], 0.5, 1)
    rest = await pages(world, query, first["next"])
    assert [each["id"] for each in first["items"] + rest] == [each["id"] for each in made]


async def test_a_reservation_that_failed_in_outlook_says_why_and_is_tried_again_when_asked(world: World) -> None:
    space = await world.mapped_space()
    made = await world.reservation(space["id"], 10, 11)
    path = f"/v1/reservations/{made['id']}"
    await world.pool.execute(
        "UPDATE intents SET state = 'given_up', detail = 'Undone.' WHERE space_id = $1", space["id"]
    )
    failed = (await world.call("GET", path)).json()["outlook"]
    wanted = len([each for each in await world.outbox(space["id"]) if each["type"] == "intent.issued.v2"])

    answers = [(await world.call("POST", f"{path}/check")).json()["outlook"] for _ in range(2)]

    assert (failed["state"], failed["detail"]) == ("failed", "Undone.")
    assert [(each["state"], each["detail"]) for each in answers] == [("writing", None)] * 2
    issued = [each for each in await world.outbox(space["id"]) if each["type"] == "intent.issued.v2"]
    assert len(issued) == wanted + 1


async def test_what_is_wrong_in_itself_waits_for_no_other_request(world: World) -> None:
    space = await world.space()
    body = {"space_id": space["id"], "start": at(11), "end": at(10), "title": "Planning"}
    excused = {**body, "end": at(12), "override_reason": "Because."}

    async with world.pool.acquire() as other, other.transaction():
        await lock_space(other, UUID(space["id"]))
        backwards = await world.call("POST", "/v1/reservations", body)
        denied = await world.call("POST", "/v1/reservations", excused, role="service")

    assert_problem(backwards, 422, "invalid-request", "end")
    assert_problem(denied, 403, "forbidden", "override_reason")
