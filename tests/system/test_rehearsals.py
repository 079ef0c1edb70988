"""C7: a rehearsal says what going live would come to, and writes nothing on either side."""

import csv
from datetime import datetime
from io import StringIO

import asyncpg

from deploy.driver.cast import Cast
from deploy.driver.http import Json
from deploy.driver.slots import slot
from deploy.local.stack import LocalStack

MANY = 1_000
"""Events: so many that they are decided about in several transactions, none of which is committed."""

KEPT_BY_IMPORTS = {"imports", "import_rooms", "import_items", "import_readings", "import_events"}
"""The report itself."""

KEPT_BY_THE_REST = {"inbox", "outbox", "watches", "rooms", "own_answers", "mail_setup"}
"""What changes while nothing is asked for: watches are renewed, rooms compared."""


async def rows_of(stack: LocalStack) -> dict[str, int]:
    """Count the rows of every table of every service, but of those that say how an import is doing."""
    conn = await asyncpg.connect(stack.servers.postgres_url)
    try:
        tables = await conn.fetch(
            "SELECT schemaname || '.' || tablename AS name, tablename FROM pg_tables "
            "WHERE schemaname IN ('policy', 'ingest', 'outbound', 'reconciler')"
        )
        left_out = KEPT_BY_IMPORTS | KEPT_BY_THE_REST
        names = [row["name"] for row in tables if row["tablename"] not in left_out]
        return {name: await conn.fetchval(f"SELECT count(*) FROM {name}") for name in names}
    finally:
        await conn.close()


async def test_c7_a_rehearsal_of_a_mapping_writes_nothing_and_says_what_would_happen(
    stack: LocalStack, cast: Cast
) -> None:
    ada, ben = await cast.user("ada"), await cast.user("ben")
    calendar = await cast.room_mailbox()
    space = await cast.administrator.add_space("Orion")
    await cast.administrator.set_policy(space, "maximum_duration", {"minutes": 60})
    taken, free = slot(hour=9), slot(hour=16)
    reserved = await cast.administrator.reserve(space, taken, "Board meeting")
    await cast.administrator.reserve(space, free, "Town hall")
    await calendar.accept(await ada.invite("Planning", taken, calendar))
    await calendar.accept(await ada.invite("Workshop", slot(hour=12, minutes=180), calendar))
    for title, when in (("Too long", slot(days=2, hour=9, minutes=180)), ("Review", slot(days=3, hour=9))):
        await calendar.received(await ben.invite(title, when, calendar))
    await calendar.put("Last week's training", slot(days=-3))
    before, stored = await rows_of(stack), await cast.tenant.stored(calendar)
    mails = [await cast.tenant.mails_to(each) for each in (ada, ben)]

    begun = await cast.imports.begin(
        rehearsal=True,
        mappings=[{"space_id": space["id"], "room_mailbox": calendar.address, "connection": "simulator"}],
    )
    ended = await cast.imports.ended(begun["id"])

    assert (ended["state"], ended["rehearsal"]) == ("finished", True)
    assert ended["counts"] == {
        "created_in_ledger": 1,
        "created_in_outlook": 2,
        "agreed": 0,
        "declined": 1,
        "grandfathered": 1,
        "conflicts": 1,
        "failed": 0,
        "past": 1,
    }
    found: dict[str, Json] = {each["title"]: each for each in await cast.imports.items(ended["id"])}
    assert {title: each["outcome"] for title, each in found.items()} == {
        "Planning": "conflict",
        "Workshop": "grandfathered",
        "Too long": "declined",
        "Review": "created_in_ledger",
        "Board meeting": "created_in_outlook",
        "Town hall": "created_in_outlook",
    }
    assert found["Planning"]["reservation_id"] == reserved["id"]
    assert "maximum_duration" in [each["rule"] for each in found["Workshop"]["reasons"]]
    assert await rows_of(stack) == before
    assert await cast.tenant.writes(calendar) == []
    assert await cast.tenant.stored(calendar) == stored
    assert [await cast.tenant.mails_to(each) for each in (ada, ben)] == mails
    assert (await cast.administrator.space(space))["mapping"]["state"] == "unmapped"

    mapped = await cast.administrator.map(space, calendar)
    real = await cast.imports.ended(mapped["mapping"]["import_id"])
    assert real["counts"] == ended["counts"]


async def test_c7_a_rehearsal_of_very_many_events_finds_what_is_far_apart_in_time_and_writes_nothing(
    stack: LocalStack, cast: Cast
) -> None:
    calendar, space = await cast.room_mailbox(), await cast.administrator.add_space("Orion")
    first, hour = slot(days=2, hour=0, minutes=50), slot(hour=1).start - slot(hour=0).start
    await cast.tenant.fill(calendar, "Event", first, every=hour, count=MANY)
    taken = [first.later(hours=number) for number in range(0, MANY, MANY // 10)]
    for when in taken:
        await cast.administrator.reserve(space, when, "Board meeting")
    before = await rows_of_one_room(stack)
    mapping = {"space_id": space["id"], "room_mailbox": calendar.address, "connection": "simulator"}

    begun = await cast.imports.begin(rehearsal=True, mappings=[mapping])
    ended = await cast.imports.ended(begun["id"], within_s=120)

    assert ended["state"] == "finished"
    assert {name: count for name, count in ended["counts"].items() if count} == {
        "created_in_ledger": MANY - len(taken),
        "created_in_outlook": len(taken),
        "conflicts": len(taken),
    }
    conflicts = await cast.imports.items(ended["id"], outcome="conflict")
    assert [datetime.fromisoformat(each["start"]) for each in conflicts] == [each.start for each in taken]
    text = await cast.administrator.api.text(f"/v1/imports/{ended['id']}/items", accept="text/csv")
    assert len(list(csv.reader(StringIO(text)))) == 1 + MANY + len(taken)
    assert await rows_of_one_room(stack) == before
    assert await cast.tenant.writes(calendar) == []
    assert (await cast.administrator.space(space))["mapping"]["state"] == "unmapped"


async def rows_of_one_room(stack: LocalStack) -> dict[str, int]:
    """Count them as `rows_of` does, but for what ends or begins by itself about other rooms in so long a time.

    Those are drifts that the reconciler finds, and events that ingest had missed and looks for again.
    """
    found = await rows_of(stack)
    return {name: n for name, n in found.items() if not name.startswith("reconciler.") and name != "ingest.misses"}


async def test_a_report_is_also_a_file_with_the_names_of_the_fields_as_columns(cast: Cast) -> None:
    ada = await cast.user("ada")
    calendar = await cast.room_mailbox()
    await calendar.accept(await ada.invite("Planning", slot(hour=9), calendar))
    room = await cast.mapped(calendar, "Orion")
    ended = await cast.imports.ended(room.space["mapping"]["import_id"])

    text = await cast.administrator.api.text(f"/v1/imports/{ended['id']}/items", accept="text/csv")

    names, row = text.splitlines()
    assert names == "space_id,side,ical_uid,reservation_id,start,end,title,dates,outcome,reasons"
    assert row.startswith(f"{room.space['id']},outlook,")
    assert ",Planning,,created_in_ledger," in row


async def test_a_mailbox_that_belongs_to_a_person_is_not_read_for_a_rehearsal(cast: Cast) -> None:
    ada = await cast.user("ada")
    space = await cast.administrator.add_space("Orion")

    mapping = {"space_id": space["id"], "room_mailbox": ada.address, "connection": "simulator"}
    async with cast.tenant.organizers_reachable():
        begun = await cast.imports.begin(rehearsal=True, mappings=[mapping])
        ended = await cast.imports.ended(begun["id"])

    assert ended["state"] == "failed"
    (room,) = await cast.imports.rooms(ended["id"])
    assert "a person's mailbox, not a room" in room["detail"]
    assert not [each for each in await cast.tenant.calls(ada) if "calendarView" in each["path"]]
