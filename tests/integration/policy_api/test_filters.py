"""Reservations and spaces are found by what people know of them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.policy.store.reading import PAGE, Wanted, page_parameters
from tests.integration.policy_api.world import World, assert_problem, at, fresh


async def found(world: World, query: str) -> list[str]:
    answer = await world.call("GET", f"/v1/reservations?{query}", role="viewer")
    assert answer.status_code == 200, answer.text
    return [each["id"] for each in answer.json()["items"]]


async def three(world: World) -> tuple[str, list[dict[str, Any]]]:
    """Reserve a space three times; return its id and the reservations."""
    space = await world.space()
    ada, ben = ({"email": "Ada@example.org"}, {"email": "ben@example.org"})
    return space["id"], [
        await world.reservation(space["id"], 9, 10, title="Summer Fair", organizer=ada),
        await world.reservation(space["id"], 10, 11, title="Audit 100%", organizer=ben),
        await world.reservation(space["id"], 11, 12, title="fair_share"),
    ]


async def test_reservations_are_found_by_organizer_title_and_origin(world: World) -> None:
    space_id, made = await three(world)
    first, second, third = (each["id"] for each in made)
    within = f"space_id={space_id}&"
    assert await found(world, f"{within}organizer=ADA@example.org") == [first]
    assert await found(world, f"{within}title=fair") == [first, third]
    assert await found(world, f"{within}title=%25") == [second]
    assert await found(world, f"{within}title=r_s") == [third]
    assert await found(world, f"{within}title=%5C") == []
    assert await found(world, f"{within}origin=api") == [first, second, third]
    assert await found(world, f"{within}origin=outlook") == []
    assert await found(world, f"{within}title=fair&organizer=ada@example.org&status=confirmed") == [first]


async def test_reservations_are_found_by_when_they_changed_last(world: World) -> None:
    space_id, made = await three(world)
    await world.pool.execute(
        "UPDATE reservations SET updated_at = updated_at - $2::interval WHERE space_id = $1",
        space_id,
        timedelta(hours=1),
    )
    changed = (await world.call("PATCH", f"/v1/reservations/{made[1]['id']}", {"title": "Audit"})).json()
    assert await found(world, f"space_id={space_id}&updated_since={changed['updated_at']}") == [changed["id"]]


async def test_what_is_found_is_paged(world: World) -> None:
    space = await world.space()
    title = fresh("Series")
    made = [(await world.reservation(space["id"], hour, hour + 1, title=title))["id"] for hour in range(5)]
    first = (await world.call("GET", f"/v1/reservations?title={title}&limit=3")).json()
    rest = (await world.call("GET", f"/v1/reservations?title={title}&limit=3&cursor={first['next']}")).json()
    assert [each["id"] for each in first["items"] + rest["items"]] == made
    assert rest["next"] is None


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("organizer=ada", "query.organizer"),
        ("origin=fax", "query.origin"),
        ("title=", "query.title"),
        ("updated_since=yesterday", "query.updated_since"),
    ],
)
async def test_a_filter_that_makes_no_sense_is_refused(world: World, query: str, field: str) -> None:
    assert_problem(await world.call("GET", f"/v1/reservations?{query}"), 422, "invalid-request", field)


async def test_a_building_is_found_in_upper_and_lower_case(world: World) -> None:
    building = fresh("North Wing")
    space = await world.space(building=building)
    window = f"from={at(8)}&to={at(18)}"
    for named in (building, building.lower(), building.upper()):
        answer = await world.call("GET", f"/v1/availability?{window}&building={named}")
        assert [each["space_id"] for each in answer.json()["items"]] == [space["id"]]


async def test_one_space_can_be_asked_when_it_is_free(world: World) -> None:
    space, _ = await world.space(), await world.space()
    await world.reservation(space["id"], 10, 11)
    answer = await world.call("GET", f"/v1/availability?from={at(9)}&to={at(12)}&space_id={space['id']}")
    [item] = answer.json()["items"]
    assert (item["space_id"], item["busy"]) == (space["id"], [[at(10), at(11)]])
    assert item["free"] == [[at(9), at(10)], [at(11), at(12)]]


SOON = datetime.now(UTC) + timedelta(minutes=4990)
FILTERS = {
    "reservations_by_organizer": Wanted(organizer="p7@example.org"),
    "reservations_by_title": Wanted(title="summer gala"),
    "reservations_by_origin": Wanted(origin="command"),
    "reservations_by_update": Wanted(updated_since=SOON),
}

_MANY = """
    INSERT INTO reservations (id, space_id, status, starts_at, ends_at, time_zone, title, origin, outcome, reasons,
        organizer_address, created_at, updated_at)
    SELECT gen_random_uuid(), $1, 'cancelled', at, at + interval '1 minute', 'UTC',
        CASE n WHEN 7 THEN 'Summer Gala' ELSE 'Talk ' || n END, CASE n WHEN 7 THEN 'command' ELSE 'outlook' END,
        'accept', '[]', 'p' || n || '@example.org', now(), at
    FROM generate_series(1, 5000) n, LATERAL (SELECT now() + n * interval '1 minute' AS at) AS times
"""


@pytest.mark.parametrize("index", FILTERS)
async def test_a_filter_touches_only_what_it_finds(world: World, index: str) -> None:
    space = await world.space()
    async with world.pool.acquire() as conn:
        transaction = conn.transaction()
        await transaction.start()
        try:
            await conn.execute(_MANY, space["id"])
            await conn.execute("SELECT gin_clean_pending_list('reservations_by_title')")
            await conn.execute("ANALYZE reservations")
            plan = await conn.fetch(f"EXPLAIN {PAGE}", *page_parameters(FILTERS[index], None, 101))
        finally:
            await transaction.rollback()

    assert index in "\n".join(row[0] for row in plan)
