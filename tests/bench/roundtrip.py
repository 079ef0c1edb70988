"""From an invitation to the room shown as accepted on the organizer's copy, with Graph 20 ms away.

Counted from the moment the invitation was due to be sent to the moment at which the simulator last wrote the
organizer's copy, which is when the answer reached it. Two mails are on that way, the invitation and the answer: the
simulator is told to take the same known time for each, and exactly that is taken off. What else it adds (20 ms a call,
up to 80 ms until it notifies, up to 50 ms until an answer shows on the room's copy) is counted.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count

from deploy.driver.eventually import eventually, expect
from deploy.driver.http import Json
from deploy.driver.outlook_user import OutlookUser
from deploy.driver.slots import Slot, slot
from tests.bench.figures import Incorrect, Line, Target
from tests.bench.ground import Ground
from tests.bench.offered import offer
from tests.bench.samples import over_rounds, percentile

ROOMS = 20
RATE = 10
ROUNDS, INVITATIONS = 3, 80
WARM_UP = 20
ORGANIZERS = 10
LATENCY_MS = 20
MAIL = timedelta(milliseconds=200)
ANSWERED_WITHIN_S = 30.0
DAYS_AHEAD = 200


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation: when it was due to be sent, and what there is to recognise it by."""

    due: datetime
    event_id: str
    organizer: OutlookUser
    subject: str


async def measure(ground: Ground) -> list[Line]:
    """Invite at a steady rate. Raises Incorrect if a free room does not accept, or answers anything twice."""
    organizers = [await ground.cast.user("organizer") for _ in range(ORGANIZERS)]
    numbers = count()
    async with _distance(ground):
        ground.say("Warming up the way from an invitation to its answer.")
        await _shown(ground, await _invite(ground, organizers, numbers, WARM_UP))
        totals, answers = [], []
        for number in range(ROUNDS):
            ground.say(f"Invitations, {RATE} a second to {ROOMS} rooms, round {number + 1} of {ROUNDS}.")
            invited = await _invite(ground, organizers, numbers, INVITATIONS)
            shown = await _shown(ground, invited)
            totals.append([(shown[each.event_id] - each.due - 2 * MAIL).total_seconds() for each in invited])
            answers.append(await _answer_times(ground, invited))
    slowest, note = over_rounds([percentile(each, 95) for each in totals], "s")
    typical, _ = over_rounds([percentile(each, 50) for each in totals], "s")
    answered, _ = over_rounds([percentile(each, 95) for each in answers], "s")
    note = (
        f"{note}; median {typical:.2f} s; without two mails of {MAIL.total_seconds():g} s each; p95 from the room's "
        f"copy to the room's answer: {answered:.2f} s"
    )
    what = f"invitation to accepted on the organizer's copy, {RATE}/s over {ROOMS} rooms, p95"
    return [Line("roundtrip", what, slowest, "s", Target("below", 1.5), note=note)]


@asynccontextmanager
async def _distance(ground: Ground) -> AsyncIterator[None]:
    tenant, seconds = ground.cast.tenant, MAIL.total_seconds()
    async with tenant.options(mail_delay=[seconds, seconds]), tenant.limits(latency_ms=LATENCY_MS):
        yield


async def _invite(ground: Ground, organizers: Sequence[OutlookUser], numbers: "count[int]", many: int) -> list[Invited]:
    """Send so many invitations to free rooms, at the rate, and return them in order."""
    first = slot(DAYS_AHEAD, hour=0).start
    sent: dict[int, tuple[datetime, Json, OutlookUser]] = {}

    async def invite(number: int) -> None:
        overall = next(numbers)
        start = first + timedelta(hours=overall // ROOMS)
        organizer = organizers[overall % ORGANIZERS]
        room = ground.rooms[overall % ROOMS].calendar
        event = await organizer.invite(f"Bench {overall}", Slot(start, start + timedelta(minutes=50)), room)
        sent[number] = (datetime.now(UTC), event, organizer)

    seconds = await offer(invite, rate=RATE, count=many)
    return [
        Invited(ended - timedelta(seconds=seconds[number]), event["id"], organizer, event["subject"])
        for number, (ended, event, organizer) in sorted(sent.items())
    ]


async def _shown(ground: Ground, invited: Sequence[Invited]) -> dict[str, datetime]:
    """Wait until every organizer's copy shows the room's answer, and return when it came to, by event id."""
    organizers = {each.organizer.address: each.organizer for each in invited}
    shown: dict[str, datetime] = {}

    async def all_shown() -> None:
        for organizer in organizers.values():
            for event in await ground.cast.tenant.stored(organizer):
                answers = {each["status"]["response"] for each in event["attendees"]}
                if answers == {"accepted"}:
                    shown[event["immutableId"]] = datetime.fromisoformat(event["lastModifiedDateTime"])
        missing = [each.subject for each in invited if each.event_id not in shown]
        expect(not missing, missing)

    try:
        await eventually(all_shown, within_s=ANSWERED_WITHIN_S)
    except AssertionError as error:
        raise Incorrect(f"Free rooms did not accept within {ANSWERED_WITHIN_S:g} s: {error}.") from None
    return shown


async def _answer_times(ground: Ground, invited: Sequence[Invited]) -> list[float]:
    """Return the seconds from when each room had its copy to when its answer was given."""
    mails = await ground.cast.tenant.mails()
    seconds = []
    for each in invited:
        sent = {
            kind: [mail for mail in mails if mail["subject"] == each.subject and mail["kind"] == kind]
            for kind in ("request", "response")
        }
        if len(sent["response"]) != 1:
            raise Incorrect(f"{each.subject!r} was answered {len(sent['response'])} times.")
        asked, answered = (datetime.fromisoformat(sent[kind][0]["at"]) for kind in ("request", "response"))
        seconds.append((answered - asked - MAIL).total_seconds())
    return seconds
