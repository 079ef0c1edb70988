"""The workflows of approvals; each scene tells only what was seen on both sides."""

from datetime import UTC, datetime, timedelta

from deploy.demo.story import Story
from deploy.demo.telling import tell_answer, tell_mail, tell_reserved
from deploy.driver.approver import Approver, link_in
from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.http import Json
from deploy.driver.looks import asked
from deploy.driver.outlook_user import OutlookUser
from deploy.driver.slots import Slot, slot

DAY_BEFORE = 24 * 60


async def a14(cast: Cast, story: Story) -> None:
    """What needs approval waits until somebody decides: one is approved, one rejected, one not decided in time."""
    grace = cast.approver("Grace")
    orion, ada, ben, cas = await cast.room("Orion"), *[await cast.user(name) for name in ("Ada", "Ben", "Cas")]
    story.did(
        "Administrator", "sets a rule for Orion: bookings need Grace's approval, given a day before at the latest"
    )
    rule = {"when": "always", "approvers": [grace.address], "before_start_minutes": DAY_BEFORE}
    await cast.administrator.set_policy(orion.space, "approval", rule)
    first, second = slot(days=3, hour=9), slot(days=3, hour=14)
    adas = await _tell_waiting(cast, story, orion, ada, first)
    question = await _tell_question(story, grace)
    bens = await _tell_waiting(cast, story, orion, ben, second)
    _, to_reject = await asked(cast, orion, first, second)
    story.did("Grace", "opens the link in the mail about Ada's meeting, and approves on its page")
    await grace.open(question)
    await grace.decide(question, "approve", "The keys are at the desk.")
    await _tell_decided(cast, story, orion, ada, adas, "accepted")
    story.did("Administrator", "rejects Ben's meeting")
    await cast.administrator.reject(to_reject, "The hall is being painted.")
    await _tell_decided(cast, story, orion, ben, bens, "declined")
    start = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1, seconds=8)
    third = await _tell_waiting(cast, story, orion, cas, Slot(start, start + timedelta(hours=1)))
    story.did("Nobody", "decides about Cas's meeting by its deadline")
    await _tell_decided(cast, story, orion, cas, third, "declined")
    await tell_reserved(cast, story, orion, first)


async def _tell_waiting(cast: Cast, story: Story, room: BookableRoom, user: OutlookUser, when: Slot) -> Json:
    """Tell an invitation that waits for approval; return the organizer's event."""
    story.did(user.name, f"invites Orion to Planning, {when}")
    event = await user.invite("Planning", when, room.calendar)
    await tell_answer(story, user, room, event, "tentativelyAccepted")
    await tell_mail(cast, story, user, room, "tentativelyAccepted")
    return event


async def _tell_question(story: Story, approver: Approver) -> Json:
    """Tell the mail that an approver gets, all but the link, which is theirs; return the mail."""
    [mail] = await approver.mails()
    story.mailed("Grace", str(mail["text"]).replace(link_in(mail), "(a link of Grace's own)"))
    return mail


async def _tell_decided(
    cast: Cast, story: Story, room: BookableRoom, user: OutlookUser, event: Json, answer: str
) -> None:
    """Tell what the organizer learns of a decision."""
    await tell_answer(story, user, room, event, answer)
    await tell_mail(cast, story, user, room, "tentativelyAccepted", answer)
