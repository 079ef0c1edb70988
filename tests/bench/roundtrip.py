"""From an invitation to the room shown as accepted on the organizer's copy, with Graph 20 ms away."""

from collections.abc import Sequence
from datetime import datetime
from itertools import count

from tests.bench.figures import Incorrect, Line, Target
from tests.bench.ground import Ground
from tests.bench.invitations import MAIL, RATE, ROOMS, Invitations, Invited, distance, shown
from tests.bench.samples import over_rounds, percentile

ROUNDS, INVITATIONS = 3, 80
WARM_UP = 20
ORGANIZERS = 10
DAYS_AHEAD = 200


async def measure(ground: Ground) -> list[Line]:
    """Invite at a steady rate. Raises Incorrect if a free room does not accept, or answers anything twice."""
    organizers = [await ground.cast.user("organizer") for _ in range(ORGANIZERS)]
    invitations = Invitations(ground, organizers, DAYS_AHEAD, count())
    async with distance(ground):
        ground.say("Warming up the way from an invitation to its answer.")
        await shown(ground, await invitations.send(WARM_UP))
        totals, answers = [], []
        for number in range(ROUNDS):
            ground.say(f"Invitations, {RATE} a second to {ROOMS} rooms, round {number + 1} of {ROUNDS}.")
            invited = await invitations.send(INVITATIONS)
            found = await shown(ground, invited)
            totals.append([each.seconds_until(found[each.event_id]) for each in invited])
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
