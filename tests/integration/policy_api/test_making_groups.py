"""Groups made by the API: every date of a recurrence is reserved, or none, or all but those that cannot be."""

from asyncio import gather
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.policy.commands.forgetting import forget_people
from tests.integration.policy_api.groups import GROUPS, dates_of, group_body, holds_of, make_group
from tests.integration.policy_api.world import World, assert_problem, at, fresh


async def test_a_group_reserves_every_date_and_is_held_by_one_recurring_event(world: World) -> None:
    space = await world.mapped_space()

    answer = await world.call("POST", GROUPS, group_body(space))

    assert answer.status_code == 201, answer.text
    group = answer.json()
    assert answer.headers["location"] == f"{GROUPS}/{group['id']}"
    assert answer.headers["etag"].startswith('"1-')
    assert (group["status"], group["counts"]["confirmed"], group["is_complete"]) == ("confirmed", 4, True)
    assert group["outlook"] == {"state": "writing", "holds": "recurring", "detail": None}
    assert group["rrule"].startswith("RRULE:FREQ=WEEKLY")
    assert group["recurrence"]["pattern"]["type"] == "weekly"
    dates = await dates_of(world, group)
    assert [each["start"] for each in dates] == [at(9, day=7 * number) for number in range(4)]
    assert {(each["status"], each["group_id"], each["outlook"]["state"]) for each in dates} == {
        ("confirmed", group["id"], "writing")
    }
    (hold,) = await holds_of(world, space)
    assert hold["reservation_id"] == group["id"]
    assert hold["series"]["recurrence"]["range"]["endDate"] == dates[-1]["original_date"]
    assert hold["series"]["exceptions"] == []


async def test_every_date_is_told_and_audited(world: World) -> None:
    space = await world.space()

    group = await world.made(GROUPS, group_body(space))

    told = [each for each in await world.outbox(space["id"]) if each["type"].startswith("reservation.confirmed")]
    assert [each["group_id"] for each in told] == [group["id"]] * 4
    first = (await dates_of(world, group))[0]
    timeline = (await world.call("GET", f"/v1/reservations/{first['id']}/timeline")).json()["items"]
    assert [each["step"] for each in timeline].count("decided") == 2


async def test_one_conflict_refuses_all_and_names_its_date(world: World) -> None:
    space = await world.space()
    await world.reservation(space["id"], 24 * 7 + 9, 24 * 7 + 10)
    before = await world.everything()

    answer = await world.call("POST", GROUPS, group_body(space))

    assert_problem(answer, 409, "reservation-refused")
    problem = answer.json()
    assert [each["original_date"] for each in problem["occurrences"]] == [at(9, day=7)[:10]]
    assert problem["occurrences"][0]["outcome"] == "decline"
    assert problem["reasons"][0]["rule"] == "availability"
    assert await world.everything() == before


async def test_skip_conflicts_leaves_out_the_dates_that_fail_and_lists_them(world: World) -> None:
    space = await world.mapped_space()
    await world.reservation(space["id"], 24 * 7 + 9, 24 * 7 + 10)

    group = await world.made(GROUPS, group_body(space, on_conflict="skip_conflicts"))

    assert group["counts"] == {"confirmed": 3, "pending": 0, "declined": 1, "cancelled": 0}
    left_out = [each for each in await dates_of(world, group) if each["status"] == "declined"]
    assert [each["start"] for each in left_out] == [at(9, day=7)]
    assert left_out[0]["decision"]["reasons"][0]["rule"] == "availability"
    hold = (await holds_of(world, space))[-1]
    assert hold["series"]["exceptions"] == [{"original_date": at(9, day=7)[:10], "window": None, "subject": None}]


async def test_the_buffers_of_a_space_are_kept_around_every_date(world: World) -> None:
    space = await world.mapped_space(setup_minutes=15, cleanup_minutes=15)
    await world.reservation(space["id"], 24 * 7 + 10.25, 24 * 7 + 11)

    refused = await world.call("POST", GROUPS, group_body(space))

    assert_problem(refused, 409, "reservation-refused")
    assert [each["outcome"] for each in refused.json()["occurrences"]] == ["decline"]
    await make_group(world, space, start=at(8.5), end=at(9.5))
    late = await world.call("POST", "/v1/reservations", {"space_id": space["id"], "title": "Next"} | _at(9.75))
    assert_problem(late, 409, "reservation-refused")


async def test_every_date_of_a_space_with_parts_takes_all_of_them(world: World) -> None:
    first, second = [await world.mapped_space() for _ in range(2)]
    both = await world.mapped_space(parts=[first["id"], second["id"]])
    await world.reservation(second["id"], 24 * 14 + 9, 24 * 14 + 10)

    refused = await world.call("POST", GROUPS, group_body(both))

    assert_problem(refused, 409, "reservation-refused")
    group = await make_group(world, both, on_conflict="skip_conflicts")
    assert group["counts"]["confirmed"] == 3
    taken = await world.call("POST", GROUPS, group_body(first))
    assert len(taken.json()["occurrences"]) == 3


def _at(start: float) -> dict[str, str]:
    return {"start": at(start), "end": at(start + 1)}


async def test_the_policy_in_force_says_what_a_conflict_does(world: World) -> None:
    space = await world.space()
    await world.reservation(space["id"], 24 * 7 + 9, 24 * 7 + 10)
    skips = {"allowed": True, "on_conflict": "skip_conflicts"}
    attach = {"scope": "space", "id": space["id"]}
    await world.made("/v1/policies", {"kind": "series", "attach": attach, "parameters": skips})

    assert (await world.made(GROUPS, group_body(space)))["counts"]["declined"] == 1
    answer = await world.call("POST", GROUPS, group_body(space, on_conflict="all_or_nothing"))
    assert_problem(answer, 409, "reservation-refused")


async def test_a_recurrence_that_outlook_does_not_have_is_held_date_by_date(world: World) -> None:
    space = await world.mapped_space()
    weekday = at(9)[:10]

    group = await world.made(GROUPS, group_body(space, rrule="RRULE:FREQ=DAILY;COUNT=2\nRRULE:FREQ=WEEKLY;COUNT=3"))

    assert (group["recurrence"], group["outlook"]["holds"], group["counts"]["confirmed"]) == (None, "single", 4)
    held = await holds_of(world, space)
    assert {each["reservation_id"] for each in held} == {each["id"] for each in await dates_of(world, group)}
    assert held[0]["window"]["start"][:10] == weekday
    assert all(each["series"] is None for each in held)


async def test_dates_keep_their_wall_time_over_a_change_of_the_clocks(world: World) -> None:
    space = await world.space(time_zone="Europe/Berlin")
    asked = {"start": "2027-03-22T09:00:00+01:00", "end": "2027-03-22T10:00:00+01:00", "time_zone": None}

    group = await world.made(GROUPS, group_body(space, **asked, rrule="FREQ=WEEKLY;COUNT=2"))

    assert group["time_zone"] == "Europe/Berlin"
    starts = [each["start"] for each in await dates_of(world, group)]
    assert starts == ["2027-03-22T08:00:00Z", "2027-03-29T07:00:00Z"]


async def test_more_than_the_limit_is_booked_as_time_passes(world: World) -> None:
    space = await world.mapped_space()

    long = await world.made(GROUPS, group_body(space, rrule="FREQ=DAILY;COUNT=999"))
    endless = await world.made(GROUPS, group_body(space, start=at(12), end=at(13), rrule="FREQ=MONTHLY;INTERVAL=2"))

    assert (long["counts"]["confirmed"], long["is_complete"]) == (150, False)
    assert long["materialised_until"] == at(9, day=150)
    assert (endless["is_complete"], endless["counts"]["confirmed"]) == (False, 7)
    hold = (await holds_of(world, space))[0]
    assert hold["series"]["recurrence"]["range"]["endDate"] == at(9, day=149)[:10]


async def test_a_quota_counts_the_dates_of_a_group(world: World) -> None:
    space = await world.space()
    quota = {"limit": 3, "measure": "bookings", "per": "future"}
    attach = {"scope": "space", "id": space["id"]}
    await world.made("/v1/policies", {"kind": "quota", "attach": attach, "parameters": quota})
    organizer = {"email": f"{fresh('ada')}@example.org"}

    answer = await world.call("POST", GROUPS, group_body(space, organizer=organizer))

    assert_problem(answer, 409, "reservation-refused")
    assert [each["original_date"] for each in answer.json()["occurrences"]] == [at(9, day=21)[:10]]
    allowed = {"organizer": organizer, "override_reason": "The dean asked for it."}
    assert (await world.made(GROUPS, group_body(space, **allowed)))["counts"]["confirmed"] == 4
    refused = await world.call("POST", GROUPS, group_body(space, **allowed), role="service")
    assert_problem(refused, 403, "forbidden", "override_reason")


@pytest.mark.parametrize(
    ("parameters", "asked"),
    [
        ({"allowed": False}, {}),
        ({"allowed": True, "open_ended": False}, {"rrule": "FREQ=WEEKLY"}),
        ({"allowed": True, "most_occurrences": 3}, {}),
    ],
)
async def test_the_policy_about_series_judges_a_group(
    world: World, parameters: dict[str, Any], asked: dict[str, Any]
) -> None:
    space = await world.space()
    attach = {"scope": "space", "id": space["id"]}
    await world.made("/v1/policies", {"kind": "series", "attach": attach, "parameters": parameters})

    answer = await world.call("POST", GROUPS, group_body(space, **asked))

    assert_problem(answer, 409, "reservation-refused")
    assert [each["rule"] for each in answer.json()["reasons"]] == ["series"]


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"rrule": None}, "recurrence"),
        ({"recurrence": {"pattern": {}, "range": {}}}, "recurrence"),
        ({"recurrence": {}, "rrule": "FREQ=DAILY"}, "recurrence"),
        ({"rrule": "FREQ=SECONDLY"}, "rrule"),
        ({"rrule": "FREQ=DAILY;COUNT=100000"}, "rrule"),
        ({"rrule": "nonsense"}, "rrule"),
        ({"exdates": ["2199-01-01"]}, "rrule"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"end": at(8)}, "end"),
        ({"title": ""}, "title"),
        ({"on_conflict": "whatever"}, "on_conflict"),
        ({"unknown": 1}, "unknown"),
        ({"exdates": ["someday"]}, "exdates.0"),
    ],
)
async def test_what_cannot_recur_is_refused_in_a_sentence(world: World, asked: dict[str, Any], field: str) -> None:
    space = await world.space()
    before = await world.everything()

    answer = await world.call("POST", GROUPS, group_body(space, **asked))

    assert_problem(answer, 422, "invalid-request", field)
    assert await world.everything() == before


async def test_a_start_that_is_not_on_the_pattern_is_refused_with_the_first_date_that_would_do(world: World) -> None:
    space = await world.space()
    start, end = "2027-03-02T09:00:00Z", "2027-03-02T10:00:00Z"

    answer = await world.call(
        "POST", GROUPS, group_body(space, start=start, end=end, rrule="FREQ=WEEKLY;BYDAY=MO;COUNT=3")
    )

    assert_problem(answer, 422, "invalid-request", "rrule")
    assert "Mon 08 Mar 2027" in answer.json()["detail"]


async def test_excluded_dates_are_not_booked(world: World) -> None:
    space = await world.mapped_space()

    group = await world.made(GROUPS, group_body(space, exdates=[at(9, day=7)[:10]]))

    assert group["counts"] == {"confirmed": 3, "pending": 0, "declined": 0, "cancelled": 0}
    assert "EXDATE" in group["rrule"]
    (hold,) = await holds_of(world, space)
    assert [each["original_date"] for each in hold["series"]["exceptions"]] == [at(9, day=7)[:10]]


async def test_a_group_that_begins_in_the_past_is_refused(world: World) -> None:
    space = await world.space()

    answer = await world.call(
        "POST", GROUPS, group_body(space, start="2020-01-06T09:00:00Z", end="2020-01-06T10:00:00Z")
    )

    assert_problem(answer, 409, "reservation-refused")


async def test_the_same_request_under_its_key_makes_one_group(world: World) -> None:
    space, key = await world.space(), str(uuid4())

    first = await world.call("POST", GROUPS, group_body(space), idempotency_key=key)
    again = await world.call("POST", GROUPS, group_body(space), idempotency_key=key)

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["id"] == again.json()["id"]
    listed = (await world.call("GET", f"{GROUPS}?space_id={space['id']}")).json()["items"]
    assert [each["id"] for each in listed] == [first.json()["id"]]


async def test_of_two_groups_that_want_the_same_dates_at_once_one_is_made(world: World) -> None:
    space = await world.space()

    answers = await gather(*(world.call("POST", GROUPS, group_body(space)) for _ in range(2)))

    assert sorted(each.status_code for each in answers) == [201, 409]


async def test_a_group_of_an_unknown_space_is_refused(world: World) -> None:
    answer = await world.call("POST", GROUPS, group_body({"id": str(uuid4())}))

    assert_problem(answer, 404, "not-found", "space_id")


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"on_conflict": "skip_conflicts"},
        {"rrule": "FREQ=DAILY;COUNT=9", "on_conflict": "skip_conflicts", "exdates": [at(9, day=2)[:10]]},
        {"rrule": "FREQ=DAILY;COUNT=5"},
        {"attendee_count": 9},
        {"organizer": {"email": "eve@elsewhere.example"}, "start": at(14), "end": at(15)},
    ],
)
async def test_what_is_decided_about_a_group_is_what_was_said_before(world: World, asked: dict[str, Any]) -> None:
    space = await world.mapped_space()
    await world.reservation(space["id"], 24 * 7 + 9, 24 * 7 + 10)
    about_all = {"when": {"people_over": 20}, "approvers": ["grace@example.org"]}
    attach = {"scope": "space", "id": space["id"]}
    await world.made("/v1/policies", {"kind": "approval", "attach": attach, "parameters": about_all})
    before = await world.everything()

    asked = {"time_zone": None, **asked}
    said = await world.call("POST", "/v1/reservations:check", group_body(space, **asked))

    assert said.status_code == 200, said.text
    assert await world.everything() == before
    forecast = said.json()
    made = await world.call("POST", GROUPS, group_body(space, **asked))
    assert (forecast["outcome"] == "decline") == (made.status_code == 409)
    if made.status_code == 409:
        failing = [each for each in forecast["occurrences"] if each["outcome"] != "accept"]
        assert made.json()["occurrences"] == failing
        assert made.json()["reasons"] == forecast["reasons"]
    else:
        booked = {each["original_date"]: each["decision"] for each in await dates_of(world, made.json())}
        outcomes = {each["original_date"]: each["outcome"] for each in forecast["occurrences"]}
        assert {day: each["outcome"] for day, each in booked.items()} == outcomes
        assert {day: each["reasons"] for day, each in booked.items()} == {
            each["original_date"]: each["reasons"] for each in forecast["occurrences"]
        }


async def test_what_only_a_group_has_is_not_ignored_for_a_single_one(world: World) -> None:
    space = await world.space()
    single = {key: value for key, value in group_body(space).items() if key != "rrule"}

    assert_problem(await world.call("POST", "/v1/reservations:check", single), 422, "invalid-request")


async def test_a_group_keeps_the_name_of_its_zone_and_takes_that_of_windows(world: World) -> None:
    space = await world.space()

    named = await world.made(GROUPS, group_body(space))
    windows = await world.made(GROUPS, group_body(space, start=at(12), end=at(13), time_zone="W. Europe Standard Time"))

    assert (named["time_zone"], windows["time_zone"]) == ("UTC", "Europe/Berlin")


async def test_groups_are_listed_by_time_and_state(world: World) -> None:
    space = await world.space()
    soon = await world.made(GROUPS, group_body(space, rrule="FREQ=DAILY;COUNT=2"))
    late = await world.made(GROUPS, group_body(space, start=at(9, day=30), end=at(10, day=30)))

    async def listed(query: str) -> list[str]:
        found = await world.call("GET", f"{GROUPS}?space_id={space['id']}&{query}")
        return [each["id"] for each in found.json()["items"]]

    assert await listed("status=confirmed,pending") == [soon["id"], late["id"]]
    assert await listed("status=cancelled") == []
    assert await listed(f"to={at(0, day=10)}") == [soon["id"]]
    assert await listed(f"from={at(0, day=10)}") == [late["id"]]


async def test_nobody_is_named_in_a_group_that_is_long_over(world: World) -> None:
    space = await world.space()
    organizer = {"name": "Ada Lovelace", "email": "ada@example.org"}
    group = await world.made(GROUPS, group_body(space, organizer=organizer, override_reason="Ada asked for it."))
    ago = "UPDATE policy.{} SET {} WHERE {} = $2"
    long_ago = timedelta(days=400)
    shift = "starts_at = starts_at - $1::interval, ends_at = ends_at - $1::interval"
    await world.admin.execute(ago.format("reservations", shift, "group_id"), long_ago, UUID(group["id"]))
    await world.admin.execute(
        ago.format("reservation_groups", "updated_at = updated_at - $1::interval", "id"), long_ago, UUID(group["id"])
    )

    async with world.pool.acquire() as conn:
        await forget_people(conn, kept=timedelta(days=100))

    found = (await world.call("GET", f"{GROUPS}/{group['id']}")).json()
    assert found["title"] == "No longer kept"
    assert found["organizer"]["name"] is None
    assert "ada" not in found["organizer"]["email"]
    row = await world.admin.fetchval("SELECT g::text FROM policy.reservation_groups g WHERE id = $1", UUID(group["id"]))
    assert "Ada" not in row


async def test_news_of_many_dates_goes_in_the_bulk_lane_and_the_hold_in_the_live_one(world: World) -> None:
    space = await world.mapped_space()

    await world.made(GROUPS, group_body(space, rrule="FREQ=DAILY;COUNT=11"))

    rows = await world.pool.fetch("SELECT type, lane, body FROM outbox ORDER BY id")
    went = {(row["type"].split(".v")[0], row["lane"]) for row in rows if space["id"] in str(row["body"])}
    assert {each for each in went if each[0] != "space.mapped"} == {
        ("reservation.confirmed", "bulk"),
        ("intent.issued", "live"),
    }
