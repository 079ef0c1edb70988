"""A room mailbox, as somebody with rights on its calendar sees it, and edits it by hand."""

from dataclasses import dataclass

from deploy.driver.eventually import eventually, expect
from deploy.driver.http import Json
from deploy.driver.mailbox import OutlookMailbox, graph_time
from deploy.driver.recurrences import OutlookRecurrence
from deploy.driver.slots import Slot


@dataclass(frozen=True, slots=True)
class RoomCalendar(OutlookMailbox):
    """The calendar of a room mailbox."""

    async def put(self, subject: str, when: Slot, recurrence: OutlookRecurrence | None = None) -> Json:
        """Make an event of the room's own on its calendar, or a series of them, and return it."""
        body: Json = {"subject": subject, "start": graph_time(when.start), "end": graph_time(when.end)}
        body |= {"showAs": "busy", "recurrence": recurrence.body if recurrence is not None else None}
        event: Json = (await self.graph.send("POST", f"{self.path}/events", body=body)).body
        return event

    async def drag(self, event: Json, when: Slot) -> None:
        """Move an event on the room's own calendar."""
        body = {"start": graph_time(when.start), "end": graph_time(when.end)}
        await self.graph.send("PATCH", f"{self.path}/events/{event['id']}", body=body)

    async def received(self, event: Json) -> Json:
        """Wait until the room has its copy of an invitation, and return it; `event` is the organizer's."""

        async def arrived() -> Json:
            found = await self.copies(event["iCalUId"])
            expect(len(found) == 1, f"{self.address} has {len(found)} copies of {event['subject']}")
            return found[0]

        return await eventually(arrived)

    async def accept(self, event: Json) -> None:
        """Accept an invitation for the room, as Exchange or a delegate does; `event` is the organizer's.

        The organizer is mailed. Waits until the room's copy is there and shows it.
        """

        async def shown() -> None:
            answer = (await self.received(event))["responseStatus"]["response"]
            expect(answer == "accepted", f"{self.address} shows {answer}")

        copy = await self.received(event)
        await self.graph.send("POST", f"{self.path}/events/{copy['id']}/accept", body={"sendResponse": True})
        await eventually(shown)

    async def take_off(self, event: Json) -> None:
        """Delete an event from the room's own calendar."""
        await self.graph.send("DELETE", f"{self.path}/events/{event['id']}")
