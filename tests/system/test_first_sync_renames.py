"""C13, A16: a mailbox gets another address while it is imported; once the space follows it, so does the import."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import uuid4

from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.eventually import eventually, expect
from deploy.driver.http import Json
from deploy.driver.looks import booked, mailed
from deploy.driver.mapping import known, list_rooms_anew, proposed
from deploy.driver.outlook_user import OutlookUser
from deploy.driver.room_calendar import RoomCalendar
from deploy.driver.slots import slot

UNREADABLE: Json = {"match": {"method": "GET", "path": "/calendarView"}, "effect": {"reset": True}}
"""A rule by which no calendar can be listed, whatever its address is."""

UNKNOWN: Json = {"match": {"path": "/mailboxSettings"}, "effect": {"code": "ErrorAccessDenied"}}
"""A rule by which the object id of a mailbox is not learned, so that it is reached by its address alone."""


@dataclass(frozen=True, slots=True)
class BegunImport:
    """An import of a room whose calendar is not read yet, and the organizer who has invited the room."""

    room: BookableRoom
    ada: OutlookUser
    id: str


@asynccontextmanager
async def unread(cast: Cast, *rules: Json) -> AsyncIterator[BegunImport]:
    """Begin an import of a room whose calendar cannot be read as long as the context is open."""
    ada, calendar = await cast.user("ada"), await cast.room_mailbox()
    async with cast.tenant.faults(*rules):
        room = await cast.mapped(calendar, "Orion")
        await cast.imports.ended(room.space["mapping"]["import_id"])
    await list_rooms_anew(cast)
    await known(cast, room)
    async with cast.tenant.delivery(silence=True):
        await calendar.accept(await ada.invite("Planning", slot(hour=9), calendar))
        await calendar.put("Cleaning", slot(hour=20))
        async with cast.tenant.faults(UNREADABLE):
            begun = await cast.imports.begin(rehearsal=False, space_ids=[room.space["id"]])
            await tells(cast, begun["id"], "tried again by itself")
            yield BegunImport(room, ada, begun["id"])


async def rename(cast: Cast, room: BookableRoom) -> BookableRoom:
    """Give the mailbox of a room another address in Microsoft 365."""
    renamed = RoomCalendar(room.calendar.graph, f"{cast.prefix}-renamed-{uuid4().hex[:8]}@contoso.example")
    await cast.tenant.change_mailbox(room.calendar, address=renamed.address, user_principal_name=renamed.address)
    return BookableRoom(room.space, renamed)


async def follow(cast: Cast, room: BookableRoom) -> None:
    """Have the space follow its mailbox, as is proposed."""
    await list_rooms_anew(cast)
    proposal = await proposed(cast, room.space)
    assert proposal["room_mailbox"] == room.calendar.address
    path = f"/v1/spaces/{room.space['id']}"
    await cast.administrator.api.send("PATCH", path, body={"room_mailbox": proposal["room_mailbox"]})


async def imported(cast: Cast, begun: BegunImport, moved: BookableRoom) -> None:
    """Wait until the import has finished with all that is on the calendar, and see that nobody was mailed by it."""
    ended = await cast.imports.ended(begun.id, within_s=60)
    assert {name: count for name, count in ended["counts"].items() if count} == {"created_in_ledger": 2}
    assert (ended["state"], ended["rooms_failed"]) == ("finished", 0)
    await booked(cast, moved, slot(hour=9), slot(hour=20))
    await mailed(cast, begun.ada, begun.room, ["accepted"])
    await mailed(cast, begun.ada, moved, [])


async def test_an_import_goes_on_while_its_mailbox_gets_another_address(cast: Cast) -> None:
    async with unread(cast) as begun:
        moved = await rename(cast, begun.room)
        await follow(cast, moved)

    await imported(cast, begun, moved)


async def test_an_import_that_found_its_mailbox_gone_goes_on_by_itself_once_the_space_follows(cast: Cast) -> None:
    async with unread(cast, UNKNOWN) as begun:
        moved = await rename(cast, begun.room)
    failed = await cast.imports.ended(begun.id)
    (part,) = await cast.imports.rooms(begun.id)
    assert (failed["state"], part["state"]) == ("failed", "failed")
    assert "by itself once the space follows it" in part["detail"]

    await follow(cast, moved)

    await imported(cast, begun, moved)


async def tells(cast: Cast, import_id: str, detail: str) -> None:
    """Wait until the only room of an import tells of this trouble while it is tried again."""

    async def look() -> None:
        (room,) = await cast.imports.rooms(import_id)
        expect(room["state"] == "reading" and detail in (room["detail"] or ""), room)

    await eventually(look)
