"""The workflows of recurring meetings; each scene tells only what was seen on both sides."""

from deploy.demo.story import Story
from deploy.demo.telling import tell_accepted_meeting, tell_answer, tell_busy, tell_free, tell_mail
from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.eventually import expect
from deploy.driver.http import Json
from deploy.driver.looks import booked, group_of
from deploy.driver.outlook_user import OutlookUser
from deploy.driver.recurrences import weekly
from deploy.driver.slots import Slot, slot, weeks


async def a10(cast: Cast, story: Story) -> None:
    """A weekly series is one group, with a reservation for each date."""
    orion, ada, when = await cast.room("Orion"), await cast.user("Ada"), slot(hour=9)
    await _tell_series(cast, story, orion, ada, when, 6)
    group = await group_of(cast, orion)
    expect(group["is_complete"], "not all dates are booked")
    await tell_mail(cast, story, ada, orion, "accepted")


async def a11(cast: Cast, story: Story) -> None:
    """Of a series one date is moved, one deleted, and all of it moved: only what was meant changes."""
    orion, ada, when = await cast.room("Orion"), await cast.user("Ada"), slot(hour=9)
    event = await _tell_series(cast, story, orion, ada, when, 4)
    dates = await ada.occurrences(event)
    later = when.later(days=7, hours=3)
    story.did("Ada", f"moves the second date to {later}, and deletes the third")
    await ada.move(dates[1], later)
    await ada.delete(dates[2])
    await booked(cast, orion, when, later, when.later(days=21))
    await tell_busy(story, orion, later)
    await tell_free(story, orion, when.later(days=14))
    story.did("Ada", "moves the whole series by half an hour")
    await ada.move(event, when.later(minutes=30))
    await tell_answer(story, ada, orion, event, "accepted")
    await tell_busy(story, orion, when.later(minutes=30))


async def a12(cast: Cast, story: Story) -> None:
    """One date of a new series is taken: the series is declined and the date named, or only that date is."""
    orion, ada, ben, when = await cast.room("Orion"), await cast.user("Ada"), await cast.user("Ben"), slot(hour=9)
    taken = when.later(days=14)
    await tell_accepted_meeting(cast, story, orion, ben, taken, "Board")
    story.did("Ada", f"invites Orion to Planning, {when}, every week, 4 times")
    event = await ada.invite_series("Planning", when, weekly(when.start.date()).times(4), orion.calendar)
    await tell_answer(story, ada, orion, event, "declined")
    said = await tell_mail(cast, story, ada, orion, "declined")
    expect(f"{taken.start:%d %b %Y}" in said, "the date that is taken is not named")
    story.did("Administrator", "sets a rule for Orion: of a series only the dates that conflict are declined")
    await cast.administrator.set_policy(orion.space, "series", {"allowed": True, "on_conflict": "skip_conflicts"})
    story.did("Ada", "invites Orion to the same series again")
    again = await ada.invite_series("Planning", when, weekly(when.start.date()).times(4), orion.calendar)
    await tell_answer(story, ada, orion, again, "accepted")
    third = (await ada.occurrences(again))[2]
    await tell_answer(story, ada, orion, third, "declined")
    await booked(cast, orion, *weeks(when, 4))


async def a13(cast: Cast, story: Story) -> None:
    """A series without an end is booked as far as the window goes, and everybody can see until when."""
    orion, ada, when = await cast.room("Orion"), await cast.user("Ada"), slot(hour=9)
    story.did("Ada", f"invites Orion to Planning, {when}, every week, without an end")
    event = await ada.invite_series("Planning", when, weekly(when.start.date()), orion.calendar)
    await tell_answer(story, ada, orion, event, "accepted")
    story.decided((await cast.administrator.reservations(orion.space, "confirmed"))[0])
    until = (await group_of(cast, orion))["materialised_until"]
    expect(until is not None, "nobody can see until when it is booked")
    said = await tell_mail(cast, story, ada, orion, "accepted")
    expect("later dates follow" in said, "the organizer is not told that later dates follow")


async def _tell_series(cast: Cast, story: Story, room: BookableRoom, user: OutlookUser, when: Slot, dates: int) -> Json:
    """Tell a weekly series that the room accepts, with a reservation for each date."""
    story.did(user.name, f"invites Orion to Planning, {when}, every week, {dates} times")
    event = await user.invite_series("Planning", when, weekly(when.start.date()).times(dates), room.calendar)
    await tell_answer(story, user, room, event, "accepted")
    story.decided((await booked(cast, room, *weeks(when, dates)))[0])
    await tell_busy(story, room, when.later(days=7 * (dates - 1)))
    return event
