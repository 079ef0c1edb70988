"""A mailbox as Microsoft Graph shows it, and Graph's format of times and attendees."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from deploy.driver.http import Http, Json
from deploy.driver.slots import Slot


@dataclass(frozen=True, slots=True)
class OutlookMailbox:
    """A mailbox of the tenant, a person's or a room's."""

    graph: Http
    address: str

    @property
    def path(self) -> str:
        return f"/users/{self.address}"

    async def copies(self, ical_uid: str) -> list[Json]:
        """Return this mailbox's copies of a meeting: one, or none."""
        return await self.graph.listing(f"{self.path}/events", **{"$filter": f"iCalUId eq '{ical_uid}'"})

    async def day(self, around: Slot) -> list[Json]:
        """Return each event on the calendar on the day of a slot and the next, once."""
        start = around.start.replace(hour=0)
        window = {"startDateTime": start.isoformat(), "endDateTime": (start + timedelta(days=2)).isoformat()}
        return await self.graph.listing(f"{self.path}/calendarView", **window, **{"$top": "100"})

    async def shows_as(self, when: Slot) -> str:
        """Return what free/busy shows for this mailbox at that time: free, tentative, and so on."""
        body = {
            "schedules": [self.address],
            "startTime": graph_time(when.start),
            "endTime": graph_time(when.end),
            "availabilityViewInterval": 15,
        }
        answer = await self.graph.send("POST", f"{self.path}/calendar/getSchedule", body=body)
        codes = set(answer.body["value"][0]["availabilityView"])
        names = {"0": "free", "1": "tentative", "2": "busy", "3": "oof", "4": "workingElsewhere"}
        return "/".join(sorted(names[code] for code in codes))


def when_of(event: Json) -> Slot:
    """Return when an event is."""
    return Slot(_read_time(event["start"]), _read_time(event["end"]))


def graph_time(when: datetime) -> Json:
    """Write a time as Graph does, in UTC."""
    return {"dateTime": when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"), "timeZone": "UTC"}


def attendee(mailbox: OutlookMailbox, kind: str) -> Json:
    """Write an attendee as Graph does; `kind` is required, optional or resource."""
    name = mailbox.address.split("@", 1)[0].replace("-", " ").title()
    return {"type": kind, "emailAddress": {"address": mailbox.address, "name": name}}


def _read_time(value: Json) -> datetime:
    """Read Graph's time with its zone, which we always ask for as UTC."""
    return datetime.fromisoformat(value["dateTime"][:19]).replace(tzinfo=UTC)
