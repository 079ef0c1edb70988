"""People in Outlook, and the rooms they invite: everything through Microsoft Graph, with Outlook's own token."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from deploy.demo.http import Http, Json


@dataclass(frozen=True, slots=True)
class Slot:
    """A half-open window of time."""

    start: datetime
    end: datetime

    def later(self, **by: float) -> "Slot":
        """Return the slot moved by some `timedelta`: hours=1, days=2."""
        return Slot(self.start + timedelta(**by), self.end + timedelta(**by))

    def longer(self, **by: float) -> "Slot":
        """Return the slot with a later end."""
        return Slot(self.start, self.end + timedelta(**by))

    def __str__(self) -> str:
        return f"{self.start:%a %H:%M} to {self.end:%H:%M}"


def slot(days: int = 1, hour: int = 9, minutes: int = 60) -> Slot:
    """Return a slot on a coming day, in UTC."""
    day = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=days)
    start = day + timedelta(hours=hour)
    return Slot(start, start + timedelta(minutes=minutes))


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Any mailbox, as Graph shows it."""

    graph: Http
    address: str

    @property
    def path(self) -> str:
        return f"/users/{self.address}"

    async def copies(self, ical_uid: str) -> list[Json]:
        """Return this mailbox's copies of a meeting: one, or none."""
        return await self.graph.listing(f"{self.path}/events", **{"$filter": f"iCalUId eq '{ical_uid}'"})

    async def day(self, around: Slot) -> list[Json]:
        """Return all that is on the calendar on the day of a slot and the next, each once."""
        start = around.start.replace(hour=0)
        window = {"startDateTime": start.isoformat(), "endDateTime": (start + timedelta(days=2)).isoformat()}
        return await self.graph.listing(f"{self.path}/calendarView", **window, **{"$top": "100"})

    async def shows_as(self, when: Slot) -> str:
        """Ask free/busy how this mailbox is at that time: free, tentative, and so on."""
        body = {
            "schedules": [self.address],
            "startTime": _moment(when.start),
            "endTime": _moment(when.end),
            "availabilityViewInterval": 15,
        }
        answer = await self.graph.send("POST", f"{self.path}/calendar/getSchedule", body=body)
        codes = set(answer.body["value"][0]["availabilityView"])
        names = {"0": "free", "1": "tentative", "2": "busy", "3": "oof", "4": "workingElsewhere"}
        return "/".join(sorted(names[code] for code in codes))


@dataclass(frozen=True, slots=True)
class RoomCalendar(Mailbox):
    """A room mailbox, as somebody with rights on its calendar sees it."""

    async def is_blocked(self, when: Slot) -> bool:
        """Tell whether free/busy keeps others out for the whole of that time."""
        return await self.shows_as(when) == "busy"

    async def put(self, subject: str, when: Slot) -> Json:
        """Put an event of the room's own onto its calendar."""
        body = {"subject": subject, "start": _moment(when.start), "end": _moment(when.end), "showAs": "busy"}
        created: Json = (await self.graph.send("POST", f"{self.path}/events", body=body)).body
        return created

    async def drag(self, event: Json, when: Slot) -> None:
        """Move an event on the room's own calendar, as somebody with rights on it can."""
        body = {"start": _moment(when.start), "end": _moment(when.end)}
        await self.graph.send("PATCH", f"{self.path}/events/{event['id']}", body=body)

    async def take_off(self, event: Json) -> None:
        """Delete an event from the room's own calendar."""
        await self.graph.send("DELETE", f"{self.path}/events/{event['id']}")


@dataclass(frozen=True, slots=True)
class OutlookUser(Mailbox):
    """Somebody who makes meetings."""

    name: str

    async def invite(
        self, subject: str, when: Slot, *rooms: Mailbox, people: Sequence[Mailbox] = (), is_private: bool = False
    ) -> Json:
        """Make a meeting with rooms and people, and return the organizer's event."""
        body = {
            "subject": subject,
            "body": {"contentType": "text", "content": f"{subject}: agenda to follow."},
            "start": _moment(when.start),
            "end": _moment(when.end),
            "attendees": [_attendee(each, "resource") for each in rooms]
            + [_attendee(each, "required") for each in people],
            "sensitivity": "private" if is_private else "normal",
        }
        event: Json = (await self.graph.send("POST", f"{self.path}/events", body=body)).body
        return event

    async def event(self, event: Json) -> Json:
        """Read the organizer's own event as it is now."""
        found: Json = await self.graph.get(f"{self.path}/events/{event['id']}")
        return found

    async def move(self, event: Json, when: Slot) -> Json:
        """Give the meeting another time."""
        return await self.change(event, start=_moment(when.start), end=_moment(when.end))

    async def change(self, event: Json, **fields: object) -> Json:
        """Change any field of the meeting."""
        changed: Json = (await self.graph.send("PATCH", f"{self.path}/events/{event['id']}", body=fields)).body
        return changed

    async def add(self, event: Json, *rooms: Mailbox) -> Json:
        """Invite more rooms to the meeting."""
        present = (await self.event(event))["attendees"]
        return await self.change(event, attendees=[*present, *(_attendee(room, "resource") for room in rooms)])

    async def remove(self, event: Json, room: Mailbox, *, put_in: Mailbox | None = None) -> Json:
        """Take a room off the meeting, perhaps with another one in its place."""
        present = (await self.event(event))["attendees"]
        kept = [each for each in present if each["emailAddress"]["address"].lower() != room.address.lower()]
        return await self.change(event, attendees=kept + ([_attendee(put_in, "resource")] if put_in else []))

    async def cancel(self, event: Json, comment: str = "Not needed any more.") -> None:
        """Cancel the meeting with a word to everybody."""
        await self.graph.send("POST", f"{self.path}/events/{event['id']}/cancel", body={"comment": comment})

    async def delete(self, event: Json) -> None:
        """Delete the meeting from the calendar."""
        await self.graph.send("DELETE", f"{self.path}/events/{event['id']}")

    async def answer_of(self, room: Mailbox, event: Json) -> str:
        """Return what the organizer's event shows for a room: none, accepted, declined, tentativelyAccepted."""
        attendees = (await self.event(event))["attendees"]
        answers = {each["emailAddress"]["address"].lower(): each["status"]["response"] for each in attendees}
        return str(answers.get(room.address.lower(), "not invited"))


def moment(value: Json) -> datetime:
    """Read Graph's time with its zone, which we always ask for as UTC."""
    return datetime.fromisoformat(value["dateTime"][:19]).replace(tzinfo=UTC)


def when_of(event: Json) -> Slot:
    """Return when an event is."""
    return Slot(moment(event["start"]), moment(event["end"]))


def _moment(when: datetime) -> Json:
    return {"dateTime": when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"), "timeZone": "UTC"}


def _attendee(mailbox: Mailbox, kind: str) -> Json:
    name = mailbox.address.split("@", 1)[0].replace("-", " ").title()
    return {"type": kind, "emailAddress": {"address": mailbox.address, "name": name}}
