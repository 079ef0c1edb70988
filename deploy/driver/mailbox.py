"""A mailbox as Microsoft Graph shows it, and Graph's format of times and attendees."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

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

    async def occurrences(self, series: Json, *, years: int = 4) -> list[Json]:
        """Return every occurrence of a series on this calendar within some years, changed ones where they are now."""
        start = when_of(series).start - timedelta(days=365)
        window = {
            "startDateTime": start.isoformat(),
            "endDateTime": (start + timedelta(days=365 * years)).isoformat(),
        }
        return await self.graph.listing(f"{self.path}/events/{series['id']}/instances", **window, **{"$top": "1000"})

    async def occurrence(self, series: Json, day: date) -> Json:
        """Return the occurrence of that original date. Raises LookupError if there is none, or it was deleted."""
        for each in await self.occurrences(series):
            if original_date(each) == day:
                return each
        raise LookupError(f"{self.address} has no occurrence of {series['subject']!r} on {day}.")

    async def cancelled_dates(self, series: Json) -> list[date]:
        """Return the original dates of the series that are no more on this calendar."""
        shown = await self.graph.get(f"{self.path}/events/{series['id']}", **{"$select": "cancelledOccurrences"})
        return [_date_of(each) for each in shown["cancelledOccurrences"]]

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


def original_date(occurrence: Json) -> date:
    """Return the date at which an occurrence stands in its series, wherever it was moved."""
    return _date_of(occurrence["occurrenceId"])


def _date_of(occurrence_id: str) -> date:
    return date.fromisoformat(occurrence_id.rpartition(".")[2])


def when_of(event: Json) -> Slot:
    """Return when an event is."""
    return Slot(_read_time(event["start"]), _read_time(event["end"]))


def graph_time(when: datetime, zone: str = "UTC") -> Json:
    """Write a time as Graph does, in a zone by its IANA name."""
    return {"dateTime": when.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%dT%H:%M:%S"), "timeZone": zone}


def attendee(mailbox: OutlookMailbox, kind: str) -> Json:
    """Write an attendee as Graph does; `kind` is required, optional or resource."""
    name = mailbox.address.split("@", 1)[0].replace("-", " ").title()
    return {"type": kind, "emailAddress": {"address": mailbox.address, "name": name}}


def _read_time(value: Json) -> datetime:
    """Read Graph's time with its zone, which we always ask for as UTC."""
    return datetime.fromisoformat(value["dateTime"][:19]).replace(tzinfo=UTC)
