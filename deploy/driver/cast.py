"""The cast: create mailboxes, spaces and people for each test or scene, apart from those of any other."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any

import aiohttp

from deploy.driver.administrator import Administrator
from deploy.driver.approver import Approver
from deploy.driver.endpoints import Endpoints
from deploy.driver.eventually import eventually, expect
from deploy.driver.http import Http, Json
from deploy.driver.imports import Imports
from deploy.driver.outlook_user import OutlookUser
from deploy.driver.room_calendar import RoomCalendar
from deploy.driver.tenant import SimulatedTenant

ROOMSYNC_DECIDES = {"automate": "AutoUpdate", "delete_subject": False, "add_organizer_to_subject": False}
"""The settings of a room mailbox for which an application answers.

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
    """The people and rooms of one test or scene on a running system. Their addresses begin with `prefix`."""

    graph: Http
    tenant: SimulatedTenant
    administrator: Administrator
    prefix: str

    def __post_init__(self) -> None:
        self._numbers = count(1)

    async def user(self, name: str = "user", **fields: Any) -> OutlookUser:  # noqa: ANN401
        """Create a person with a mailbox; `domain` is that of the address."""
        address = await self._mailbox(name, kind="user", **fields)
        return OutlookUser(self.graph, address, name)

    @property
    def imports(self) -> Imports:
        """Return the imports of the system."""
        return Imports(self.administrator.api)

    def approver(self, name: str) -> Approver:
        """Return somebody outside the tenant of whom nothing is known but a mail address, the same for a name."""
        return Approver(self.tenant, f"{self.prefix}-{name.lower()}@contoso.example")

    async def room_mailbox(self, name: str = "room", **fields: Any) -> RoomCalendar:  # noqa: ANN401
        """Make a room mailbox that answers nothing by itself."""
        usual = {"kind": "room", "capacity": 8, "processing": ROOMSYNC_DECIDES}
        address = await self._mailbox(name, **{**usual, **fields})
        return RoomCalendar(self.graph, address)

    async def room(
        self,
        name: str = "room",
        *,
        capacity: int = 8,
        connection: str = "simulator",
        time_zone: str = "UTC",
        **fields: object,
    ) -> BookableRoom:
        """Make a room mailbox and a space mapped to it, and wait until Outlook tells us of its changes."""
        calendar = await self.room_mailbox(name, capacity=capacity, time_zone=time_zone, **fields)
        return await self.mapped(calendar, name, capacity=capacity, connection=connection, time_zone=time_zone)

    async def mapped(self, calendar: RoomCalendar, name: str, **fields: object) -> BookableRoom:
        """Add a space that is mapped to a room mailbox, and wait until Outlook tells us of its changes."""
        space = await self.administrator.add_space(name, calendar, **fields)
        return BookableRoom(await self._watched(space), calendar)

    async def watched(self, room: BookableRoom) -> BookableRoom:
        """Wait until the mapping of a room is active."""
        return BookableRoom(await self._watched(room.space), room.calendar)

    async def _watched(self, space: Json) -> Json:
        """Wait until the mapping of a space is active, and return the space."""

        async def is_active() -> Json:
            found = await self.administrator.space(space)
            expect(found["mapping"]["state"] == "active", found["mapping"])
            return found

        return await eventually(is_active, within_s=30)

    async def _mailbox(self, name: str, *, domain: str = "contoso.example", **fields: object) -> str:
        local = name.lower().replace(" ", "-")
        address = f"{self.prefix}-{local}-{next(self._numbers)}@{domain}"
        await self.tenant.add_mailbox(address, **{"display_name": name.title(), "time_zone": "UTC", **fields})
        return address


@asynccontextmanager
async def open_cast(endpoints: Endpoints, prefix: str) -> AsyncIterator[Cast]:
    """Create a cast for a running system."""
    # Shorter than servers keep an idle connection: one that they close meanwhile is not used again.
    connector = aiohttp.TCPConnector(keepalive_timeout=2)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=60)) as session:
        tenant = SimulatedTenant(Http(session, endpoints.control, endpoints.trust, {}))
        outlook = {**_bearer(await tenant.outlook_token()), "Prefer": PREFER}
        admin = _bearer(await tenant.api_token(f"{prefix}-admin@contoso.example", "admin"))
        yield Cast(
            Http(session, endpoints.graph, endpoints.trust, outlook),
            tenant,
            Administrator(Http(session, endpoints.policy, endpoints.trust, admin)),
            prefix,
        )


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
