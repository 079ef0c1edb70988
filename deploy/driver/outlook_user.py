"""Somebody who makes meetings in Outlook, and changes and cancels them."""

from collections.abc import Sequence
from dataclasses import dataclass

from deploy.driver.http import Json
from deploy.driver.mailbox import OutlookMailbox, attendee, graph_time
from deploy.driver.slots import Slot


@dataclass(frozen=True, slots=True)
class OutlookUser(OutlookMailbox):
    """A person with a mailbox, who makes meetings."""

    name: str

    async def invite(
        self, subject: str, when: Slot, *rooms: OutlookMailbox, people: Sequence[OutlookMailbox] = (), **fields: object
    ) -> Json:
        """Make a meeting with rooms and people, and return the organizer's event; `fields` are those of Graph's."""
        body = {
            "subject": subject,
            "body": {"contentType": "text", "content": f"{subject}: agenda to follow."},
            "start": graph_time(when.start),
            "end": graph_time(when.end),
            "attendees": [attendee(each, "resource") for each in rooms]
            + [attendee(each, "required") for each in people],
            **fields,
        }
        event: Json = (await self.graph.send("POST", f"{self.path}/events", body=body)).body
        return event

    async def event(self, event: Json) -> Json:
        """Read the organizer's own event as it is now."""
        found: Json = await self.graph.get(f"{self.path}/events/{event['id']}")
        return found

    async def move(self, event: Json, when: Slot) -> Json:
        """Give the meeting another time."""
        return await self.change(event, start=graph_time(when.start), end=graph_time(when.end))

    async def change(self, event: Json, **fields: object) -> Json:
        """Change any field of the meeting."""
        changed: Json = (await self.graph.send("PATCH", f"{self.path}/events/{event['id']}", body=fields)).body
        return changed

    async def add(self, event: Json, *rooms: OutlookMailbox) -> Json:
        """Invite more rooms to the meeting."""
        present = (await self.event(event))["attendees"]
        return await self.change(event, attendees=[*present, *(attendee(room, "resource") for room in rooms)])

    async def remove(self, event: Json, room: OutlookMailbox, *, put_in: OutlookMailbox | None = None) -> Json:
        """Remove a room from the meeting, and add the room `put_in` if it is given."""
        present = (await self.event(event))["attendees"]
        kept = [each for each in present if each["emailAddress"]["address"].lower() != room.address.lower()]
        return await self.change(event, attendees=kept + ([attendee(put_in, "resource")] if put_in else []))

    async def cancel(self, event: Json, comment: str = "Not needed any more.") -> None:
        """Cancel the meeting with a word to everybody."""
        await self.graph.send("POST", f"{self.path}/events/{event['id']}/cancel", body={"comment": comment})

    async def delete(self, event: Json) -> None:
        """Delete the meeting from the calendar."""
        await self.graph.send("DELETE", f"{self.path}/events/{event['id']}")

    async def answer_of(self, room: OutlookMailbox, event: Json) -> str:
        """Return what the organizer's event shows for a room: none, accepted, declined, tentativelyAccepted."""
        attendees = (await self.event(event))["attendees"]
        answers = {each["emailAddress"]["address"].lower(): each["status"]["response"] for each in attendees}
        return str(answers.get(room.address.lower(), "not invited"))
