"""C7, C8: rooms are rehearsed and imported on the command line, which follows them to their end and reports."""

import csv
import json
from io import StringIO
from pathlib import Path
from typing import Any

from deploy.driver.cast import Cast
from deploy.driver.looks import booked
from deploy.driver.slots import slot
from deploy.local.stack import LocalStack
from tests.integration.cli.processes import EndedProcess, run_module


async def roomsync(stack: LocalStack, *words: str) -> EndedProcess:
    return await run_module("services", *words, **stack.settings)


async def report(stack: LocalStack, *words: str, code: int = 0) -> dict[str, Any]:
    ended = await roomsync(stack, *words, "--json")
    assert (ended.code, ended.complained) == (code, ""), ended.complained
    found: dict[str, Any] = json.loads(ended.said)
    return found


async def test_c7_a_mapping_is_rehearsed_from_a_file_and_nothing_is_changed(
    stack: LocalStack, cast: Cast, tmp_path: Path
) -> None:
    room, when, other = await cast.room_mailbox(), slot(hour=9), slot(hour=14)
    await room.put("Maintenance", when)
    space = await cast.administrator.add_space("hall")
    await cast.administrator.reserve(space, when.later(minutes=30), "Board")
    await cast.administrator.reserve(space, other, "Council")
    file = tmp_path / "mapping.csv"
    file.write_text(f"\ufeffid;name;room_mailbox;connection\n{space['id']};hall;{room.address};simulator\n")
    before = await cast.administrator.space(space)

    found = await report(stack, "rehearse", "--file", str(file), code=1)

    assert (found["state"], found["rehearsal"], found["rooms"]) == ("finished", True, 1)
    assert (found["counts"]["conflicts"], found["counts"]["created_in_outlook"]) == (1, 2)
    assert await cast.administrator.space(space) == before
    assert await cast.tenant.writes(room) == []
    shown = await roomsync(stack, "imports", "show", found["id"])
    assert (shown.code, "conflict" in shown.said, "Maintenance" in shown.said) == (1, True, True)
    rows = list(csv.DictReader(StringIO((await roomsync(stack, "imports", "show", found["id"], "--csv")).said)))
    assert sorted(row["outcome"] for row in rows) == ["conflict", "created_in_outlook", "created_in_outlook"]


async def test_c8_a_room_is_imported_again_and_everything_agrees(stack: LocalStack, cast: Cast) -> None:
    room, when = await cast.room(), slot()
    await cast.administrator.reserve(room.space, when, "Board")
    await booked(cast, room, when)

    found = await report(stack, "import", room.space["id"], "--by", "grace")

    assert (found["state"], found["counts"]["agreed"], found["asked_by"]["name"]) == ("finished", 1, "grace")
    listed = json.loads((await roomsync(stack, "imports", "--json")).said)
    assert found["id"] in {each["id"] for each in listed}
    refused = await roomsync(stack, "imports", "pause", found["id"])
    assert (refused.code, "has finished already" in refused.complained) == (1, True)


async def test_c8_what_cannot_be_imported_is_said_in_a_sentence(stack: LocalStack, cast: Cast, tmp_path: Path) -> None:
    space = await cast.administrator.add_space("hall")
    unmapped = await roomsync(stack, "import", space["id"])
    assert (unmapped.code, "is mapped to no mailbox" in unmapped.complained) == (1, True)
    nobodys = "00000000-0000-4000-8000-000000000000"
    unknown = await roomsync(stack, "imports", "show", nobodys)
    assert (unknown.code, unknown.said, nobodys in unknown.complained) == (1, "", True)
    file = tmp_path / "mapping.csv"
    for text, said in (("name\nhall\n", "lacks the column id"), (f"id,room_mailbox\nx,{'a@b.example'}\n", "Row 2")):
        file.write_text(text)
        ended = await roomsync(stack, "rehearse", "--file", str(file))
        assert (ended.code, said in ended.complained) == (1, True), ended.complained
    no_mapping = await roomsync(stack, "rehearse", "--map", "hall")
    assert (no_mapping.code, "SPACE_ID=ADDRESS" in no_mapping.complained) == (1, True)
