"""Wait until both sides show something, by the looks of the driver, and tell it in a story."""

from deploy.demo.story import Story
from deploy.driver.administrator import window_of
from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.eventually import expect
from deploy.driver.http import Json
from deploy.driver.looks import answered, blocked, booked, mailed, unblocked
from deploy.driver.outlook_user import OutlookUser
from deploy.driver.slots import Slot


async def tell_answer(
    story: Story,
    user: OutlookUser,
    room: BookableRoom,
    event: Json,
    answer: str,
    *,
    name: str = "Orion",
    within_s: float = 20,
) -> None:
    """Tell the room's answer, once the organizer's event shows it."""
    await answered(user, event, room, answer, within_s=within_s)
    story.outlook(f"{name} is shown as {answer} on {user.name}'s meeting")


async def tell_reserved(cast: Cast, story: Story, room: BookableRoom, when: Slot, *beside: Slot) -> None:
    """Tell the reservation at that time, once the ledger has it and those beside it, and no other."""
    found = await booked(cast, room, when, *beside)
    story.decided(next(each for each in found if window_of(each) == when))


async def tell_busy(story: Story, room: BookableRoom, when: Slot) -> None:
    """Tell that the room is busy, once free/busy says so."""
    await blocked(room, when)
    story.outlook(f"Orion is busy, {when}")


async def tell_free(story: Story, room: BookableRoom, when: Slot, *, name: str = "Orion") -> None:
    """Tell that the room is free, once free/busy says so."""
    await unblocked(room, when)
    story.outlook(f"{name} is free, {when}")


async def tell_mail(cast: Cast, story: Story, user: OutlookUser, room: BookableRoom, *answers: str) -> str:
    """Tell what somebody reads in the last of these answers, once the room has mailed them, and return it."""
    mails = await mailed(cast, user, room, answers)
    comment = str(mails[-1]["comment"])
    expect(comment, "the room mailed no explanation")
    story.mailed(user.name, comment)
    return comment


async def tell_accepted_meeting(
    cast: Cast, story: Story, room: BookableRoom, user: OutlookUser, when: Slot, subject: str, *beside: Slot
) -> Json:
    """Tell an invitation that the room accepts; `beside` is what the room has already."""
    story.did(user.name, f"invites Orion to {subject}, {when}")
    event = await user.invite(subject, when, room.calendar)
    await tell_answer(story, user, room, event, "accepted")
    await tell_reserved(cast, story, room, when, *beside)
    return event
