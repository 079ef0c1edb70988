"""Spaces leave as a CSV file and come back as one: all of its rows, or none."""

import csv
from io import StringIO
from uuid import uuid4

import pytest

from tests.integration.policy_api.files import export, imported, send
from tests.integration.policy_api.world import World, assert_problem, fresh

SPACES = "/v1/spaces"
HEADER = "name,capacity,time_zone"


async def test_all_that_can_be_set_of_a_space_stands_in_its_row(world: World) -> None:
    group, part = await world.made("/v1/space-groups", {"name": fresh("Group")}), await world.space()
    hall = await world.mapped_space(
        building="North", features=["screen", "a;b", 'a "quoted" one'], parts=[part["id"]], groups=[group["id"]]
    )
    rows = {row["id"]: row for row in csv.DictReader(StringIO(await export(world, SPACES)))}
    assert rows[hall["id"]] == {
        "id": hall["id"],
        "name": hall["name"],
        "capacity": "8",
        "time_zone": "Europe/Berlin",
        "room_mailbox": hall["mapping"]["room_mailbox"],
        "connection": hall["mapping"]["connection"],
        "building": "North",
        "features": 'screen;"a;b";"a ""quoted"" one"',
        "setup_minutes": "0",
        "cleanup_minutes": "0",
        "waiting_list": "false",
        "offer_minutes": "60",
        "parts": part["id"],
        "groups": group["id"],
    }


@pytest.mark.parametrize(
    "name", ["=HYPERLINK(1)", "'=1+1", "+49 30", "-1", "@home", "'s Heeren", "''", 'a "b", c', "Größe; 7", "\u200b="]
)
async def test_an_exported_file_imported_again_changes_nothing(world: World, name: str) -> None:
    made = await world.space(name=name, building=name, features=[name, name])
    file = await export(world, SPACES)
    cells = next(row for row in csv.reader(StringIO(file)) if row[0] == made["id"])
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)
    before = await world.everything()
    report = await imported(world, SPACES, file)
    assert {row["outcome"] for row in report["rows"]} == {"unchanged"}
    assert report["counts"] == {"created": 0, "changed": 0, "unchanged": len(report["rows"]), "failed": 0}
    assert await world.everything() == before
    fields = ("id", "capacity", "name", "building", "features")
    read = (await world.call("GET", f"/v1/spaces/{made['id']}")).json()
    assert [read[each] for each in fields] == [made["id"], 8, name, name, [name, name]]


async def test_a_row_with_an_id_changes_that_space_and_one_without_adds_one(world: World) -> None:
    kept, changed = await world.space(building="North"), await world.mapped_space(building="North")
    new = fresh("Room")
    text = f"id,name,capacity,time_zone\n{kept['id']},{kept['name']},8,Europe/Berlin\n"
    text += f"{changed['id']},{changed['name']},9,Europe/Berlin\n,{new},4,UTC\n"

    report = await imported(world, SPACES, text)

    rows = [(row["row"], row["outcome"], row["name"], row["errors"]) for row in report["rows"]]
    assert rows == [
        (2, "unchanged", kept["name"], []),
        (3, "changed", changed["name"], []),
        (4, "created", new, []),
    ]
    assert report["counts"] == {"created": 1, "changed": 1, "unchanged": 1, "failed": 0}
    assert report["dry_run"] is False
    made = (await world.call("GET", f"/v1/spaces/{report['rows'][2]['space_id']}")).json()
    assert (made["name"], made["capacity"], made["building"], made["features"]) == (new, 4, None, [])
    read = (await world.call("GET", f"/v1/spaces/{changed['id']}")).json()
    assert (read["capacity"], read["building"], read["version"]) == (9, "North", 2)
    assert read["mapping"]["room_mailbox"] == changed["mapping"]["room_mailbox"]


async def test_an_import_maps_and_unmaps_as_the_other_requests_do(world: World) -> None:
    connection, mapped, plain = await world.connection(), await world.mapped_space(), await world.space()
    mailbox = f"{fresh('room')}@example.org"
    text = f"id,room_mailbox,connection\n{mapped['id']},,\n{plain['id']},{mailbox},{connection['name']}\n"
    await imported(world, SPACES, text)
    owed = [[each["type"] for each in await world.outbox(space["id"])] for space in (mapped, plain)]
    assert owed == [["space.mapped.v1", "space.unmapped.v1"], ["space.mapped.v1"]]


async def test_a_preview_says_what_would_become_of_each_row_and_stores_nothing(world: World) -> None:
    space, connection = await world.space(), await world.connection()
    text = "id,name,capacity,time_zone,room_mailbox,connection\n"
    text += f",{fresh('Room')},4,UTC,{fresh('room')}@example.org,{connection['id']}\n"
    text += f"{space['id']},Renamed,8,Europe/Berlin,,\n,{fresh('Room')},none,UTC,,\n"
    before = await world.everything()

    report = await imported(world, SPACES, text, "?dry_run=true")

    assert [(row["outcome"], row["space_id"]) for row in report["rows"]] == [
        ("created", None),
        ("changed", space["id"]),
        ("failed", None),
    ]
    assert report["counts"] == {"created": 1, "changed": 1, "unchanged": 0, "failed": 1}
    assert report["dry_run"] is True
    assert await world.everything() == before


async def test_one_row_that_cannot_be_used_keeps_all_from_being_stored(world: World) -> None:
    taken, space, hall = await world.mapped_space(), await world.space(), await world.space()
    mailbox, gone = taken["mapping"]["room_mailbox"], uuid4()
    text = "id,name,capacity,time_zone,features,parts,room_mailbox,groups\n"
    text += ",Good,4,UTC,,,,\n"
    text += ",,0,Mars/Olympus,a;b\n"
    text += ",,0,Mars/Olympus,a\x00,,,\n"
    text += f"{gone},Gone,4,UTC,,,,\n"
    text += f"{space['id']},Taken,4,UTC,,,{mailbox},\n"
    text += f"nonsense,No id,many,UTC,,,{mailbox.upper()},\n"
    text += f"{hall['id']},Divided,4,UTC,,{space['id']},,\n"
    text += f"{space['id'].upper()},Again,4,UTC,,,,\n"
    text += f",No group,4,UTC,,,,{gone}\n"
    before = await world.everything()

    answer = await send(world, SPACES, text, idempotency_key="mended-later")

    assert_problem(answer, 422, "invalid-request", "row 4: capacity")
    assert "8 of 9 rows" in answer.json()["detail"]
    rows = {row["row"]: row for row in answer.json()["rows"]}
    fields = {number: {each["field"] for each in row["errors"]} for number, row in rows.items()}
    assert fields == {
        2: set(),
        3: {"row"},
        4: {"name", "capacity", "time_zone", "features.0"},
        5: {"id"},
        6: {"room_mailbox"},
        7: {"room_mailbox"},
        8: {"parts"},
        9: {"id"},
        10: {"groups.0"},
    }
    assert {row["outcome"] for number, row in rows.items() if number > 2} == {"failed"}
    assert (rows[3]["errors"][0]["problem"], rows[9]["errors"][0]["problem"]) == ("has 5 cells", "is that of row 6 too")
    assert taken["id"] in rows[6]["errors"][0]["problem"]
    assert all(each["expected"] for row in rows.values() for each in row["errors"])
    assert await world.everything() == before
    mended = await send(world, SPACES, f"{HEADER}\nGood,4,UTC\n", idempotency_key="mended-later")
    assert mended.status_code == 200


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "body is empty"),
        (b"\xef\xbb\xbf", "body is empty"),
        (f"{HEADER},colour\n", "column 4 has a name that is not known here"),
        (f"{HEADER},\n", "column 4 has a name that is not known here"),
        (HEADER.replace(",", "|"), "with commas between them"),
        (f"{HEADER},name\n", "the column name more than once"),
        ("name,capacity\nRoom,4\n", "lacks the column time_zone"),
        (f'{HEADER}\n"Room,4,UTC\n', "cannot be read as CSV at line 2"),
        (f"{HEADER}\nGr\u00f6\u00dfe,4,UTC\n".encode("latin-1"), "body is not UTF-8"),
        (f"{HEADER}\n" + "Room,4,UTC\n" * 1001, "At most 1,000 of them"),
    ],
    ids=lambda value: str(value)[:30],
)
async def test_a_file_that_cannot_be_used_is_refused_in_a_sentence(world: World, text: str | bytes, said: str) -> None:
    before = await world.everything()
    for query in ("", "?dry_run=true"):
        answer = await send(world, SPACES, text, query)
        assert_problem(answer, 422, "invalid-request", "body")
        assert said in answer.json()["detail"]
        assert answer.json()["rows"] is None
    assert await world.everything() == before


@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
async def test_a_file_may_be_written_as_spreadsheets_do(world: World, line_break: str, mark: bytes) -> None:
    name = fresh("Größe")
    lines = ["time_zone, features ,name,capacity", f'UTC,"screen; board","{name}",4', "", f"UTC,,{name}  , 5"]
    report = await imported(world, SPACES, mark + line_break.join(lines).encode())
    assert [(row["row"], row["name"], row["outcome"]) for row in report["rows"]] == [
        (2, name, "created"),
        (4, name, "created"),
    ]
    made = (await world.call("GET", f"/v1/spaces/{report['rows'][0]['space_id']}")).json()
    assert made["features"] == ["screen", "board"]


async def test_a_line_break_in_a_cell_is_read_as_one_and_judged_as_in_json(world: World) -> None:
    report = await imported(world, SPACES, f'{HEADER}\n"two\nlines",4,UTC\nRoom,4,UTC\n', "?dry_run=true")
    first, second = report["rows"]
    assert (first["errors"][0]["field"], second["row"], second["outcome"]) == ("name", 3, "created")


async def test_the_same_file_again_under_its_key_is_imported_once(world: World) -> None:
    text, key = f"{HEADER}\n{fresh('Room')},4,UTC\n", fresh("key")
    first = await send(world, SPACES, text, idempotency_key=key)
    before = await world.everything()
    again = await send(world, SPACES, text, idempotency_key=key)
    other = await send(world, SPACES, text.replace("4", "5"), idempotency_key=key)
    assert (again.json(), again.headers["idempotency-replayed"]) == (first.json(), "true")
    assert_problem(other, 422, "idempotency-key-reused")
    assert await world.everything() == before


@pytest.mark.parametrize("declared", ["application/json", "text/plain", "", "text/csv; charset=latin-1"])
async def test_a_body_that_is_not_declared_csv_in_utf_8_is_refused(world: World, declared: str) -> None:
    before = await world.everything()
    answer = await send(world, SPACES, f"{HEADER}\nRoom,4,UTC\n", content_type=declared)
    assert_problem(answer, 415, "unsupported-media-type")
    assert answer.headers["accept"] == "text/csv"
    assert await world.everything() == before


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("text/csv", "text/csv; charset=utf-8"),
        ("Text/CSV; header=present, */*;q=0.5", "text/csv; charset=utf-8"),
        ("application/json;q=0.5, text/csv", "text/csv; charset=utf-8"),
        ("*/*", "application/json"),
        ("application/json, text/csv;q=0.9", "application/json"),
        ("application/json, text/csv", "application/json"),
        ("text/csv;q=0", "application/json"),
        ("text/csv;q=nonsense", "application/json"),
    ],
)
async def test_csv_is_sent_to_those_who_ask_for_it(world: World, accept: str, media_type: str) -> None:
    answer = await world.call("GET", "/v1/spaces", accept=accept)
    assert (answer.headers["content-type"], answer.headers["vary"]) == (media_type, "Accept")


async def test_a_file_is_not_cut_into_pages(world: World) -> None:
    for _ in range(3):
        await world.space()
    assert len(list(csv.reader(StringIO(await export(world, SPACES))))) > 3
    answer = await world.call("GET", "/v1/spaces?limit=1", accept="text/csv")
    assert_problem(answer, 422, "invalid-request", "query.limit")


async def test_a_file_with_semicolons_as_some_spreadsheets_write_it_is_read(world: World) -> None:
    name = fresh("Größe, klein")

    report = await imported(world, SPACES, f'\ufeff{HEADER.replace(",", ";")};features\n{name};8;UTC;"screen;camera"\n')

    [row] = report["rows"]
    made = (await world.call("GET", f"{SPACES}/{row['space_id']}")).json()
    assert (row["outcome"], made["name"], made["features"]) == ("created", name, ["screen", "camera"])
