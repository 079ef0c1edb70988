"""Invitations offered to free rooms at a steady rate with Graph 20 ms away, and when their organizers see the answers.

Counted from the moment an invitation was due to be sent to the moment at which the simulator last wrote the organizer's
copy, which is when the answer reached it. Two mails are on that way, the invitation and the answer: the simulator is
told to take the same known time for each, and exactly that is taken off. What else it adds (20 ms a call, up to 80 ms
until it notifies, up to 50 ms until an answer shows on the room's copy) is counted.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count

from deploy.driver.eventually import eventually, expect
from deploy.driver.http import Json
from deploy.driver.outlook_user import OutlookUser
from deploy.driver.slots import Slot, slot
from tests.bench.figures import Incorrect
from tests.bench.ground import Ground
from tests.bench.offered import offer

ROOMS = 20
RATE = 10
LATENCY_MS = 20
MAIL = timedelta(milliseconds=200)
ANSWERED_WITHIN_S = 30.0


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation: when it was due to be sent, and what there is to recognise it by."""

    due: datetime
    event_id: str
    organizer: OutlookUser
    subject: str

    def seconds_until(self, shown: datetime) -> float:
        """Return how long its answer took, without the two mails."""
        return (shown - self.due - 2 * MAIL).total_seconds()


@dataclass(frozen=True, slots=True)
class Invitations:
    """Invitations of some people to free hours of the first rooms, from so many days ahead on; each hour once."""

    ground: Ground
    organizers: Sequence[OutlookUser]
    days_ahead: int
    numbers: "count[int]"

    async def send(self, many: int) -> list[Invited]:
        """Send so many at the rate, and return them in order."""
        first = slot(self.days_ahead, hour=0).start

        async def invite(_: int) -> tuple[OutlookUser, Json]:
            overall = next(self.numbers)
            start = first + timedelta(hours=overall // ROOMS)
            organizer = self.organizers[overall % len(self.organizers)]
            room = self.ground.rooms[overall % ROOMS].calendar
            return organizer, await organizer.invite(
                f"Bench {self.days_ahead} {overall}", Slot(start, start + timedelta(minutes=50)), room
            )

        return await offer_invitations(invite, rate=RATE, many=many)


async def offer_invitations(
    invite: Callable[[int], Awaitable[tuple[OutlookUser, Json]]], *, rate: float, many: int
) -> list[Invited]:
    """Send so many invitations, so many a second; `invite` sends one, by its number."""
    sent: dict[int, tuple[datetime, Json, OutlookUser]] = {}

    async def send(number: int) -> None:
        organizer, event = await invite(number)
        sent[number] = (datetime.now(UTC), event, organizer)

    seconds = await offer(send, rate=rate, count=many)
    return [
        Invited(ended - timedelta(seconds=seconds[number]), event["id"], organizer, event["subject"])
        for number, (ended, event, organizer) in sorted(sent.items())
    ]


@asynccontextmanager
async def distance(ground: Ground) -> AsyncIterator[None]:
    """Have Graph be 20 ms away, and each mail take the same time, until this is left."""
    tenant, seconds = ground.cast.tenant, MAIL.total_seconds()
    async with tenant.options(mail_delay=[seconds, seconds]), tenant.limits(latency_ms=LATENCY_MS):
        yield


async def shown(ground: Ground, invited: Sequence[Invited]) -> dict[str, datetime]:
    """Wait until every organizer's copy shows that the room accepted; return when it came to, by event id.

    Raises Incorrect if that takes too long.
    """
    organizers = {each.organizer.address: each.organizer for each in invited}
    found: dict[str, datetime] = {}

    async def all_shown() -> None:
        for organizer in organizers.values():
            for event in await ground.cast.tenant.stored(organizer):
                answers = {each["status"]["response"] for each in event["attendees"]}
                if answers == {"accepted"}:
                    found[event["immutableId"]] = datetime.fromisoformat(event["lastModifiedDateTime"])
        missing = [each.subject for each in invited if each.event_id not in found]
        expect(not missing, missing)

    try:
        await eventually(all_shown, within_s=ANSWERED_WITHIN_S)
    except AssertionError as error:
        raise Incorrect(f"Free rooms did not accept within {ANSWERED_WITHIN_S:g} s: {error}.") from None
    return found
