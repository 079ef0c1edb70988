"""The cast: makes mailboxes, spaces and people of their own for each scene, so that scenes never meet."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count

import aiohttp

from deploy.driver.administrator import Administrator
from deploy.driver.eventually import eventually, expect
from deploy.driver.http import Http, Json
from deploy.driver.mailbox import OutlookMailbox
from deploy.driver.outlook_user import OutlookUser
from deploy.driver.room_calendar import RoomCalendar
from deploy.local.tenant import Desk

ROOMSYNC_DECIDES = {"automate": "AutoUpdate", "delete_subject": False, "add_organizer_to_subject": False}
"""How a room mailbox is set up for an application that answers for it.

Source: https://learn.microsoft.com/powershell/module/exchangepowershell/set-calendarprocessing
"""

PREFER = 'IdType="ImmutableId", outlook.timezone="UTC"'


@dataclass(frozen=True, slots=True)
class BookableRoom:
    """A space and the room mailbox it is mapped to."""

    space: Json
    calendar: RoomCalendar


@dataclass
class Cast:
    """Everybody who acts on one running system. `prefix` keeps their addresses apart from those of others."""

    graph: Http
    control: Http
    administrator: Administrator
    prefix: str
    desk: Desk

    def __post_init__(self) -> None:
        self._numbers = count(1)

    async def user(self, name: str = "user", **fields: object) -> OutlookUser:
        """Give somebody a mailbox."""
        address = await self._mailbox(name, kind="user", **fields)
        return OutlookUser(self.graph, address, name)

    async def room_mailbox(self, name: str = "room", **fields: object) -> RoomCalendar:
        """Make a room mailbox that answers nothing by itself."""
        usual = {"kind": "room", "capacity": 8, "processing": ROOMSYNC_DECIDES}
        address = await self._mailbox(name, **{**usual, **fields})
        return RoomCalendar(self.graph, address)

    async def room(
        self, name: str = "room", *, capacity: int = 8, connection: str = "simulator", **fields: object
    ) -> BookableRoom:
        """Make a room mailbox and a space mapped to it, and wait until Outlook tells us of its changes."""
        calendar = await self.room_mailbox(name, capacity=capacity, **fields)
        space = await self.administrator.add_space(name, calendar, capacity=capacity, connection=connection)
        return BookableRoom(await self.watched(space), calendar)

    async def watched(self, space: Json) -> Json:
        """Wait until the mapping of a space is active, and return the space."""

        async def is_active() -> Json:
            found = await self.administrator.space(space)
            expect(found["mapping"]["state"] == "active", found["mapping"])
            return found

        return await eventually(is_active, within_s=30)

    async def _mailbox(self, name: str, **fields: object) -> str:
        local = name.lower().replace(" ", "-")
        address = f"{self.prefix}-{local}-{next(self._numbers)}@contoso.example"
        await self.control.send(
            "POST", "/mailboxes", body={"address": address, "display_name": name.title(), "time_zone": "UTC", **fields}
        )
        return address

    @asynccontextmanager
    async def organizers_reachable(self) -> AsyncIterator[None]:
        """Let our application reach every mailbox for a while, not only those of rooms."""
        await self.control.send("PUT", "/access", body={"scope": "all"})
        try:
            yield
        finally:
            await self.control.send("PUT", "/access", body={"scope": "rooms"})

    async def mails(
        self, to: OutlookMailbox, *, sender: OutlookMailbox | None = None, kind: str | None = None
    ) -> list[Json]:
        """Return who mailed somebody what, oldest first."""
        found = await self.control.get("/mails", mailbox=to.address)
        mails: list[Json] = found["mails"] if isinstance(found, dict) else found
        return [
            mail
            for mail in mails
            if mail["to"].lower() == to.address.lower()
            and (sender is None or mail["from"].lower() == sender.address.lower())
            and (kind is None or mail["kind"] == kind)
        ]

    async def answers(self, to: OutlookUser, room: OutlookMailbox) -> list[str]:
        """Return the answers a room mailed to somebody, oldest first."""
        return [str(mail["response"]) for mail in await self.mails(to, sender=room, kind="response")]

    async def calls(self, mailbox: OutlookMailbox, *methods: str) -> list[Json]:
        """Return the Graph calls our application made on a mailbox, oldest first, refused ones included."""
        found = await self.control.get("/requests", mailbox=mailbox.address)
        calls: list[Json] = found["requests"]
        return [call for call in calls if call["app"] != "outlook" and (not methods or call["method"] in methods)]

    async def stored(self, mailbox: OutlookMailbox) -> list[Json]:
        """Return every copy in a mailbox as it is stored, deleted ones marked."""
        found = await self.control.get(f"/mailboxes/{mailbox.address}/events")
        events: list[Json] = found["events"] if isinstance(found, dict) else found
        return events


@asynccontextmanager
async def open_cast(desk: Desk, graph_url: str, prefix: str) -> AsyncIterator[Cast]:
    """Bring the cast onto a running system."""
    outlook = {"Authorization": f"Bearer {await desk.outlook_token()}", "Prefer": PREFER}
    admin = {"Authorization": f"Bearer {await desk.api_token(f'{prefix}-admin@contoso.example', 'admin')}"}
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as session:
        yield Cast(
            Http(session, graph_url, desk.trust, outlook),
            Http(session, desk.control, desk.trust, {}),
            Administrator(Http(session, desk.policy_url, desk.trust, admin)),
            prefix,
            desk,
        )
