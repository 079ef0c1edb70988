"""From a question to the mail of its approver, and from the approval to accepted on the organizer's copy.

Graph is 20 ms away. Meetings are approved one by one at a steady rate once all of them wait. The simulated mail of
Outlook between a room's answer and the organizer's copy takes a known time, which is taken off.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count

from deploy.driver.eventually import eventually, expect
from deploy.driver.http import Json
from services.policy.core.policies.approval import Approval
from tests.bench.approvals.rate import APPROVERS
from tests.bench.figures import Incorrect, Line, Target
from tests.bench.ground import Ground
from tests.bench.invitations import MAIL, ROOMS, Invitations, distance, shown
from tests.bench.offered import offer
from tests.bench.samples import percentile
from tests.bench.under_rules import only_rules

QUESTIONS, RATE = 100, 5
DAYS_AHEAD = 300
ASKED_WITHIN_S = 30.0
MAILED_BELOW_S, ACCEPTED_BELOW_S = 2.0, 1.5


async def measure(ground: Ground) -> list[Line]:
    """Have meetings asked about, and approve them. Raises Incorrect if one is not mailed once, or not accepted."""
    organizers = [await ground.cast.user("asking") for _ in range(10)]
    invitations = Invitations(ground, organizers, DAYS_AHEAD, count())
    async with only_rules(ground.cast.administrator) as rules, distance(ground):
        await rules.replace([Approval(when="always", approvers=APPROVERS)])
        ground.say(f"{QUESTIONS} meetings that wait for an administrator.")
        invited = await invitations.send(QUESTIONS)
        questions = await _asked(ground, [each.subject for each in invited])
        mailed = await _mailed(ground, questions)
        ground.say(f"{QUESTIONS} approvals, {RATE} a second.")
        due: dict[int, datetime] = {}

        async def approve(number: int) -> None:
            await ground.cast.administrator.approve(questions[invited[number].subject])
            due[number] = datetime.now(UTC)

        seconds = await offer(approve, rate=RATE, count=QUESTIONS)
        found = await shown(ground, invited)
    accepted = [
        (found[each.event_id] - (due[number] - timedelta(seconds=seconds[number])) - MAIL).total_seconds()
        for number, each in enumerate(invited)
    ]
    return [
        _line("a question to the mail of its approver, p95", mailed, MAILED_BELOW_S),
        _line("approved by the API to accepted on the organizer's copy, p95", accepted, ACCEPTED_BELOW_S),
    ]


def _line(what: str, seconds: Sequence[float], below: float) -> Line:
    note = f"{len(seconds)} of them; median {percentile(seconds, 50):.2f} s, at most {max(seconds):.2f} s"
    return Line("approvals", what, percentile(seconds, 95), "s", Target("below", below), note=note)


async def _asked(ground: Ground, subjects: Sequence[str]) -> Mapping[str, Json]:
    """Wait until all are asked about; return the questions by what is asked for."""
    wanted = set(subjects)

    async def all_asked() -> Mapping[str, Json]:
        spaces = [room.space for room in ground.rooms[:ROOMS]]
        pending = [each for space in spaces for each in await ground.cast.administrator.questions(space, "pending")]
        found = {each["asked"]["title"]: each for each in pending if each["asked"]["title"] in wanted}
        expect(len(found) == len(wanted), f"{len(found)} of {len(wanted)} meetings are asked about")
        return found

    try:
        return await eventually(all_asked, within_s=ASKED_WITHIN_S)
    except AssertionError as error:
        raise Incorrect(f"After {ASKED_WITHIN_S:g} s, {error}.") from None


async def _mailed(ground: Ground, questions: Mapping[str, Json]) -> list[float]:
    """Return the seconds from each question to the mail that its approver got. Raises Incorrect for none, and two."""

    async def all_mailed() -> Mapping[str, list[datetime]]:
        mails = await ground.cast.tenant.mailed(APPROVERS[0])
        at = {
            title: [datetime.fromisoformat(each["at"]) for each in mails if f'"{title}"' in each["text"]]
            for title in questions
        }
        missing = [title for title, times in at.items() if not times]
        expect(not missing, f"{len(missing)} approvers' mails are missing")
        return at

    try:
        at = await eventually(all_mailed, within_s=ASKED_WITHIN_S)
    except AssertionError as error:
        raise Incorrect(f"After {ASKED_WITHIN_S:g} s, {error}.") from None
    if twice := [title for title, times in at.items() if len(times) > 1]:
        raise Incorrect(f"{len(twice)} questions were mailed more than once.")
    return [
        (at[title][0] - datetime.fromisoformat(question["asked_at"])).total_seconds()
        for title, question in questions.items()
    ]
