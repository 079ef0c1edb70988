"""Somebody who makes meetings and series of meetings in Outlook, and changes and cancels them.

One date of a series is an event too: read it with `occurrence`, then change, move, cancel or delete it as any meeting.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from deploy.driver.http import Json
from deploy.driver.mailbox import OutlookMailbox, attendee, graph_time, original_date
from deploy.driver.recurrences import OutlookRecurrence
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

    async def invite_series(
        self,
        subject: str,
        when: Slot,
        recurrence: OutlookRecurrence,
        *rooms: OutlookMailbox,
        zone: str = "UTC",
        **fields: object,
    ) -> Json:
        """Make a series whose first meeting is `when`, on every date at the same wall time of the zone."""
        times: Json = {"start": graph_time(when.start, zone), "end": graph_time(when.end, zone)}
        return await self.invite(subject, when, *rooms, **{**times, "recurrence": recurrence.body, **fields})

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

    async def decline(self, event: Json) -> None:
        """Decline a meeting that somebody else organizes; `event` is one of this mailbox's own."""
        await self.graph.send("POST", f"{self.path}/events/{event['id']}/decline", body={"sendResponse": True})

    async def answer_of(self, room: OutlookMailbox, event: Json) -> str:
        """Return what the organizer's event shows for a room: none, accepted, declined, tentativelyAccepted."""
        attendees = (await self.event(event))["attendees"]
        answers = {each["emailAddress"]["address"].lower(): each["status"]["response"] for each in attendees}
        return str(answers.get(room.address.lower(), "not invited"))

    async def repeat(self, event: Json, recurrence: OutlookRecurrence) -> Json:
        """Give a series another recurrence, or make one of a single meeting."""
        return await self.change(event, recurrence=recurrence.body)

    async def reschedule(self, series: Json, when: Slot, recurrence: OutlookRecurrence, zone: str = "UTC") -> Json:
        """Give a series another first meeting and another recurrence at once, as when all of it is dragged."""
        times = {"start": graph_time(when.start, zone), "end": graph_time(when.end, zone)}
        return await self.change(series, **times, recurrence=recurrence.body)

    async def stop_repeating(self, series: Json) -> Json:
        """Make a single meeting of a series."""
        return await self.change(series, recurrence=None)

    async def end_series(self, series: Json, last: date) -> Json:
        """Extend or cut a series: it goes on up to and with that day."""
        return await self.repeat(series, OutlookRecurrence.of(await self.event(series)).until(last))

    async def this_and_following(
        self, series: Json, day: date, when: Slot, *, new_first: bool = False, **fields: object
    ) -> Json:
        """Give the dates from `day` on another time, as Outlook does, and return the new series that they become.

        The old series ends before `day`. The new one, which is another meeting, starts with `when`. In which order the
        rooms hear of the two is not documented: with `new_first` the new one comes first.
        Source: https://github.com/OfficeDev/office-js/issues/1571
        """
        master = await self.event(series)
        old = OutlookRecurrence.of(master)
        body = {name: master[name] for name in ("body", "locations", "showAs", "sensitivity", "importance")}
        body["attendees"] = [
            {"type": each["type"], "emailAddress": each["emailAddress"]} for each in master["attendees"]
        ]
        body["recurrence"] = (await self._rest(master, old, day)).starting(when.start.date()).body
        shorter = old.until(day - timedelta(days=1))
        if new_first:
            made = await self.invite(master["subject"], when, **{**body, **fields})
            await self.repeat(master, shorter)
            return made
        await self.repeat(master, shorter)
        return await self.invite(master["subject"], when, **{**body, **fields})

    async def _rest(self, series: Json, old: OutlookRecurrence, day: date) -> OutlookRecurrence:
        """The recurrence that is left from a day on: of a number of times, those that have not been."""
        if old.count is None:
            return old
        shown = {original_date(each) for each in await self.occurrences(series)}
        dates = shown.union(await self.cancelled_dates(series))
        return old.times(old.count - sum(each < day for each in dates))
