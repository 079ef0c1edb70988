"""How long after an invitation reached a room an open timeline shows it, in Chromium.

Counted from the moment an invitation was due to be sent, without the one mail that takes it to the room, to the moment
at which the page has it. Graph is 20 ms away.
"""

from itertools import count
from typing import Any

from deploy.driver.eventually import eventually, expect
from deploy.driver.http import Json
from deploy.driver.outlook_user import OutlookUser
from deploy.driver.slots import slot
from tests.bench.console.visit import Visit
from tests.bench.deciding import window_after
from tests.bench.figures import Incorrect, Line, Target
from tests.bench.ground import ANSWERS_NOTHING, Ground
from tests.bench.invitations import MAIL, distance, offer_invitations
from tests.bench.samples import percentile

ROOMS, ORGANIZERS = 4, 4
NAME = "Lookout"
RATE, MANY, WARM_UP = 4, 80, 8
DAYS_AHEAD = 1_100
SEEN_WITHIN_S = 30.0

_NOTE = """
    window.seenAt = {};
    new MutationObserver((records) => {
        for (const { addedNodes } of records) for (const node of addedNodes) {
            if (node.classList?.contains("event")) window.seenAt[node.textContent] ??= Date.now();
        }
    }).observe(document.querySelector("#calendar"), { childList: true, subtree: true });
"""


async def measure(ground: Ground, visit: Visit) -> Line:
    """Invite rooms that an open page shows. Raises Incorrect if something does not show."""
    ground.say(f"Invitations, {RATE} a second, and an open timeline.")
    cast, page = ground.cast, visit.page
    rooms = [await cast.room(NAME, processing=ANSWERS_NOTHING) for _ in range(ROOMS)]
    organizers = [await cast.user("organizer") for _ in range(ORGANIZERS)]
    first, numbers = slot(DAYS_AHEAD, hour=0).start, count()
    await page.goto(visit.timeline(name=NAME, days="7", **{"from": f"{first:%Y-%m-%d}"}))
    await page.wait_for_selector("#calendar[data-live][data-at]")
    await page.evaluate(_NOTE)

    async def invite(_: int) -> tuple[OutlookUser, Json]:
        number = next(numbers)
        organizer, room = organizers[number % ORGANIZERS], rooms[number % ROOMS]
        when = window_after(first, number // ROOMS)
        return organizer, await organizer.invite(f"Seen {number}", when, room.calendar)

    async def all_seen() -> dict[str, float]:
        seen: dict[str, Any] = await page.evaluate("window.seenAt")
        missing = [each.subject for each in invited if each.subject not in seen]
        expect(not missing, f"{len(missing)} of {len(invited)} invitations do not show")
        return {subject: float(milliseconds) / 1000 for subject, milliseconds in seen.items()}

    async with distance(ground):
        invited = await offer_invitations(invite, rate=RATE, many=WARM_UP + MANY)
        try:
            seen = await eventually(all_seen, within_s=SEEN_WITHIN_S)
        except AssertionError as error:
            raise Incorrect(f"After {SEEN_WITHIN_S:g} s, {error} on an open timeline.") from None
    sent = {each.subject: (each.due + MAIL).timestamp() for each in invited[WARM_UP:]}
    seconds = [seen[subject] - at for subject, at in sent.items()]
    return Line(
        "console",
        f"a change in Outlook until an open timeline shows it, {RATE}/s, p95",
        percentile(seconds, 95),
        "s",
        Target("below", 1),
        note=f"median {percentile(seconds, 50):.2f} s, at most {max(seconds):.2f} s",
    )
