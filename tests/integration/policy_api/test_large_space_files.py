"""Files of spaces with as many rows as are taken, and with more: all of it is stored or nothing, and each row told."""

from uuid import uuid4

import pytest

from services.policy.api.csv_files import MOST_ROWS
from services.policy.api.room_import_bodies import MOST_ROOMS
from tests.integration.policy_api.files import export, imported, send
from tests.integration.policy_api.world import World, assert_problem, fresh

pytestmark = pytest.mark.timeout(300)

SPACES = "/v1/spaces"
NAMES = "name;capacity;time_zone;building;features;setup_minutes;cleanup_minutes;room_mailbox;connection"


def row_of(number: int, connection: str) -> str:
    name = f"Größe {number}, am Ende des langen Flurs im zweiten Obergeschoss links"
    features = '"Beamer;Tafel;Kamera;Mikrofon;Barrierefreier Zugang;Höhenverstellbare Tische;Verdunkelung"'
    return f"{name};8;Europe/Berlin;North;{features};5;10;large-{number}@example.org;{connection}"


async def test_as_many_rows_as_are_taken_come_in_and_what_is_exported_comes_in_again(world: World) -> None:
    connection = await world.connection()
    rows = [row_of(number, connection["name"]) for number in range(MOST_ROWS)]

    made = await imported(world, SPACES, "\ufeff" + "\r\n".join([NAMES, *rows]))

    assert made["counts"] == {"created": MOST_ROWS, "changed": 0, "unchanged": 0, "failed": 0}
    file, before = await export(world, SPACES), await world.everything()
    assert (await imported(world, SPACES, file))["counts"]["unchanged"] == MOST_ROWS
    assert await world.everything() == before
    assert await world.pool.fetchval("SELECT count(DISTINCT import_id) FROM import_rooms") == 1


async def test_rows_that_cannot_be_used_are_each_told_and_none_is_stored(world: World) -> None:
    connection, mark = await world.connection(), fresh("twice")
    rows = [row_of(number, connection["name"]).replace("large", mark) for number in range(MOST_ROWS)]
    rows[-3] = rows[0]
    rows[-2] = rows[1].replace(";8;", ";many;").replace(f"{mark}-1", f"{mark}-other")
    rows[-1] = f"{rows[2]};more"
    before = await world.everything()

    refused = await send(world, SPACES, "\n".join([NAMES, *rows]))

    assert_problem(refused, 422, "invalid-request", f"row {MOST_ROWS - 1}: room_mailbox")
    failed = {each["row"]: each["errors"][0] for each in refused.json()["rows"] if each["outcome"] == "failed"}
    assert {number: (each["field"], each["problem"]) for number, each in failed.items()} == {
        MOST_ROWS - 1: ("room_mailbox", "is that of row 2 too"),
        MOST_ROWS: ("capacity", failed[MOST_ROWS]["problem"]),
        MOST_ROWS + 1: ("room_mailbox", "is that of row 4 too"),
    }
    assert len(refused.json()["rows"]) == MOST_ROWS
    assert await world.everything() == before


async def test_as_many_mappings_as_may_be_supposed_fit_into_a_request(world: World) -> None:
    mappings = [
        {"space_id": str(uuid4()), "room_mailbox": f"room-{number}@example.org"} for number in range(MOST_ROOMS)
    ]

    refused = await world.call("POST", "/v1/imports", {"rehearsal": True, "mappings": mappings})

    assert_problem(refused, 404, "not-found")
    assert await world.pool.fetchval("SELECT count(*) FROM imports WHERE is_rehearsal") == 0


@pytest.mark.parametrize("query", ["", "?dry_run=true"])
async def test_ten_thousand_rows_are_refused_in_a_sentence_before_anything_is_tried(world: World, query: str) -> None:
    before = await world.everything()

    refused = await send(world, SPACES, "\n".join(["name;capacity;time_zone", *["Room;8;UTC"] * 10_000]), query)

    assert_problem(refused, 422, "invalid-request", "body")
    assert "At most 1,000 of them; send the rest by itself" in refused.json()["detail"]
    assert await world.everything() == before
