"""The workflows of approvals; each scene tells only what was seen on both sides."""

from datetime import UTC, datetime, timedelta

from deploy.demo.story import Story
from deploy.demo.telling import tell_answer, tell_mail, tell_reserved
from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.http import Json
from deploy.driver.looks import asked
from deploy.driver.outlook_user import OutlookUser
from deploy.driver.slots import Slot, slot

DAY_BEFORE = 24 * 60


async def a14(cast: Cast, story: Story) -> None:
    """What needs approval waits for an administrator: one is approved, one rejected, one not decided in time."""
    orion, ada, ben, cas = await cast.room("Orion"), *[await cast.user(name) for name in ("Ada", "Ben", "Cas")]
    story.did(
        "Administrator", "sets a rule for Orion: bookings need approval, which is given a day before at the latest"
    )
    rule = {"when": "always", "approvers": [ada.address], "before_start_minutes": DAY_BEFORE}
    await cast.administrator.set_policy(orion.space, "approval", rule)
    first, second = slot(days=3, hour=9), slot(days=3, hour=14)
    adas, bens = (
        await _tell_waiting(cast, story, orion, ada, first),
        await _tell_waiting(cast, story, orion, ben, second),
    )
    to_approve, to_reject = await asked(cast, orion, first, second)
    story.did("Administrator", "approves Ada's meeting")
    await cast.administrator.approve(to_approve, "The keys are at the desk.")
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


async def _tell_decided(
    cast: Cast, story: Story, room: BookableRoom, user: OutlookUser, event: Json, answer: str
) -> None:
    """Tell what the organizer learns of a decision."""
    await tell_answer(story, user, room, event, answer)
    await tell_mail(cast, story, user, room, "tentativelyAccepted", answer)
