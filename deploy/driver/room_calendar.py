"""A room mailbox, as somebody with rights on its calendar sees it, and edits it by hand."""

from dataclasses import dataclass

from deploy.driver.http import Json
from deploy.driver.mailbox import OutlookMailbox, graph_time
from deploy.driver.recurrences import Recurrence
from deploy.driver.slots import Slot


@dataclass(frozen=True, slots=True)
class RoomCalendar(OutlookMailbox):
    """The calendar of a room mailbox."""

    async def put(self, subject: str, when: Slot, recurrence: Recurrence | None = None) -> Json:
        """Make an event of the room's own on its calendar, or a series of them, and return it."""
        body: Json = {"subject": subject, "start": graph_time(when.start), "end": graph_time(when.end)}
        body |= {"showAs": "busy", "recurrence": recurrence.body if recurrence is not None else None}
        event: Json = (await self.graph.send("POST", f"{self.path}/events", body=body)).body
        return event

    async def drag(self, event: Json, when: Slot) -> None:
        """Move an event on the room's own calendar."""
        body = {"start": graph_time(when.start), "end": graph_time(when.end)}
        await self.graph.send("PATCH", f"{self.path}/events/{event['id']}", body=body)

    async def take_off(self, event: Json) -> None:
        """Delete an event from the room's own calendar."""
        await self.graph.send("DELETE", f"{self.path}/events/{event['id']}")
