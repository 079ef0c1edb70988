"""The workflows, scene by scene. A scene fails by an assertion; it tells only what was seen on both sides."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from deploy.demo.approval_scenes import a14
from deploy.demo.import_scenes import a16
from deploy.demo.mapping_scenes import a18
from deploy.demo.series_scenes import a10, a11, a12, a13
from deploy.demo.story import Story
from deploy.demo.telling import tell_accepted_meeting, tell_answer, tell_busy, tell_free, tell_mail, tell_reserved
from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.eventually import expect
from deploy.driver.http import Json
from deploy.driver.looks import all_answered, cancelled, declined, moved_back
from deploy.driver.outlook_user import OutlookUser
from deploy.driver.slots import Slot, slot
from libs.common.together import together


@dataclass(frozen=True, slots=True)
class Scene:
    """A scenario: its number, what people want, and the function that plays it."""

    number: str
    title: str
    play: Callable[[Cast, Story], Awaitable[None]]


async def a1(cast: Cast, story: Story) -> None:
    """A room invited to a free slot is confirmed."""
    orion, ada, when = await cast.room("Orion"), await cast.user("Ada"), slot(hour=9)
    await tell_accepted_meeting(cast, story, orion, ada, when, "Planning")


async def a2(cast: Cast, story: Story) -> None:
    """A room invited to a taken slot is declined with the reason, and with the next free slot."""
    orion, ada, ben = await cast.room("Orion"), await cast.user("Ada"), await cast.user("Ben")
    when = slot(hour=9)
    await tell_accepted_meeting(cast, story, orion, ada, when, "Planning")
    story.did("Ben", f"invites Orion to Interview, {when.later(minutes=30)}")
    event = await ben.invite("Interview", when.later(minutes=30), orion.calendar)
    await tell_answer(story, ben, orion, event, "declined")
    story.decided(await declined(cast, orion))
    said = await tell_mail(cast, story, ben, orion, "declined")
    expect("The next free time of this room is" in said, "the next free time is not named")


async def a3(cast: Cast, story: Story) -> None:
    """A room invited against its rules is declined, with each broken rule, its limit and the value."""
    orion, ada, ben = await cast.room("Orion"), await cast.user("Ada"), await cast.user("Ben")
    when, too_long_and_far = slot(hour=9), slot(days=5, minutes=120)
    story.did("Administrator", "sets rules for Orion: one hour at most, and booked two days ahead at most")
    await cast.administrator.set_policy(orion.space, "maximum_duration", {"minutes": 60})
    await cast.administrator.set_policy(orion.space, "advance_window", {"days": 2})
    await tell_accepted_meeting(cast, story, orion, ada, when, "Planning")
    story.did("Ben", f"invites Orion to Interview, {too_long_and_far}")
    event = await ben.invite("Interview", too_long_and_far, orion.calendar)
    await tell_answer(story, ben, orion, event, "declined")
    refused = await declined(cast, orion)
    story.decided(refused)
    broken = {reason["rule"]: (reason["limit"], reason["actual"]) for reason in refused["decision"]["reasons"]}
    expect(broken == {"maximum_duration": ("60", "120"), "advance_window": ("2", "5")}, f"it names {broken}")
    await tell_mail(cast, story, ben, orion, "declined")


async def a4(cast: Cast, story: Story) -> None:
    """A reservation of the back office is busy in Outlook."""
    orion, when = await cast.room("Orion"), slot(hour=9)
    story.did("Administrator", f"reserves Orion for Board meeting, {when}")
    story.decided(await cast.administrator.reserve(orion.space, when, "Board meeting"))
    await tell_busy(story, orion, when)


async def a5(cast: Cast, story: Story) -> None:
    """Outlook follows when that reservation moves or ends."""
    orion, when, later = await cast.room("Orion"), slot(hour=9), slot(hour=14)
    story.did("Administrator", f"reserves Orion for Board meeting, {when}")
    reservation = await cast.administrator.reserve(orion.space, when, "Board meeting")
    await tell_busy(story, orion, when)
    story.did("Administrator", f"moves it to {later}")
    await cast.administrator.move(reservation, later)
    await tell_busy(story, orion, later)
    await tell_free(story, orion, when)
    story.did("Administrator", "cancels it")
    story.decided(await cast.administrator.cancel(reservation))
    await tell_free(story, orion, later)


async def a6(cast: Cast, story: Story) -> None:
    """The reservation follows an edited meeting."""
    orion, ada, when, later = await cast.room("Orion"), await cast.user("Ada"), slot(hour=9), slot(hour=14)
    event = await tell_accepted_meeting(cast, story, orion, ada, when, "Planning")
    story.did("Ada", f"moves the meeting to {later}, and makes it an hour longer")
    await ada.move(event, later.longer(hours=1))
    await tell_reserved(cast, story, orion, later.longer(hours=1))
    await tell_answer(story, ada, orion, event, "accepted")
    await tell_free(story, orion, when)


async def a7_kept(cast: Cast, story: Story) -> None:
    """If the connection is set to decline, a refused move is declined and the original time stays blocked."""
    connection = await cast.administrator.connect("declining", refused_edit="decline")
    move = await _refused_move(cast, story, connection)
    await tell_answer(story, move.ada, move.orion, move.event, "declined")
    await tell_reserved(cast, story, move.orion, move.when, move.taken)
    await tell_busy(story, move.orion, move.when)
    await tell_mail(cast, story, move.ada, move.orion, "accepted", "declined")


async def a7_moved_back(cast: Cast, story: Story) -> None:
    """With access, the organizer's meeting is moved back."""
    connection = await cast.administrator.connect("editing", edits_organizer_events=True)
    async with cast.tenant.organizers_reachable():
        move = await _refused_move(cast, story, connection)
        await moved_back(move.ada, move.event, move.when)
        story.outlook(f"Ada's meeting is at {move.when} again")
        await tell_answer(story, move.ada, move.orion, move.event, "accepted")
    await tell_reserved(cast, story, move.orion, move.when, move.taken)
    await tell_mail(cast, story, move.ada, move.orion, "accepted", "accepted")


async def a7_proposed(cast: Cast, story: Story) -> None:
    """Without access to organizers' calendars, the room answers tentatively and proposes the original time."""
    move = await _refused_move(cast, story, "simulator")
    await tell_answer(story, move.ada, move.orion, move.event, "tentativelyAccepted")
    await tell_reserved(cast, story, move.orion, move.when, move.taken)
    await tell_busy(story, move.orion, move.when)
    await tell_mail(cast, story, move.ada, move.orion, "accepted", "tentativelyAccepted")


async def a8(cast: Cast, story: Story) -> None:
    """A cancelled meeting frees the room on both sides."""
    orion, ada, when = await cast.room("Orion"), await cast.user("Ada"), slot(hour=9)
    event = await tell_accepted_meeting(cast, story, orion, ada, when, "Planning")
    story.did("Ada", "cancels the meeting")
    await ada.cancel(event)
    story.decided(await cancelled(cast, orion))
    await tell_free(story, orion, when)


async def a9(cast: Cast, story: Story) -> None:
    """Rooms are added to a meeting, swapped, and removed."""
    orion, lyra, ada, when = await cast.room("Orion"), await cast.room("Lyra"), await cast.user("Ada"), slot(hour=9)
    story.did("Ada", f"makes a meeting without a room, {when}, then adds Orion")
    event = await ada.invite("Planning", when)
    await ada.add(event, orion.calendar)
    await tell_answer(story, ada, orion, event, "accepted")
    story.did("Ada", "swaps Orion for Lyra")
    await ada.remove(event, orion.calendar, put_in=lyra.calendar)
    await tell_answer(story, ada, lyra, event, "accepted", name="Lyra")
    await tell_reserved(cast, story, lyra, when)
    await tell_free(story, orion, when)
    story.did("Ada", "takes Lyra off the meeting")
    await ada.remove(event, lyra.calendar)
    story.decided(await cancelled(cast, lyra))
    await tell_free(story, lyra, when, name="Lyra")


async def a15(cast: Cast, story: Story) -> None:
    """If fifty people want one slot, exactly one gets it."""
    orion, when = await cast.room("Orion"), slot(hour=9)
    users = [await cast.user(f"User {number}") for number in range(1, 51)]
    story.did("50 people", f"invite Orion for the same time, {when}, all at once")
    events = await together(user.invite("Mine", when, orion.calendar) for user in users)
    answers = await all_answered(users, events, orion, within_s=60)
    expect(answers.count("accepted") == 1, f"{answers.count('accepted')} were accepted")
    story.outlook(f"{answers.count('accepted')} accepted, {answers.count('declined')} declined")
    await tell_reserved(cast, story, orion, when)
    await tell_mail(cast, story, users[answers.index("declined")], orion, "declined")


async def a17(cast: Cast, story: Story) -> None:
    """A change without a notification is found by comparing both sides."""
    orion, ada, when = await cast.room("Orion"), await cast.user("Ada"), slot(hour=9)
    story.did("Microsoft 365", "stops sending notifications")
    async with cast.tenant.delivery(silence=True):
        story.did("Ada", f"invites Orion to Planning, {when}")
        event = await ada.invite("Planning", when, orion.calendar)
        await tell_answer(story, ada, orion, event, "accepted", within_s=90)
        await tell_reserved(cast, story, orion, when)


SCENES = (
    Scene("A1", "A room invited to a free slot is booked", a1),
    Scene("A2", "A taken slot is declined, and why", a2),
    Scene("A3", "A meeting against the rules is declined, and why", a3),
    Scene("A4", "A back-office reservation is busy in Outlook", a4),
    Scene("A5", "It is moved and cancelled there, and Outlook follows", a5),
    Scene("A6", "A moved meeting takes its reservation along", a6),
    Scene("A7", "A refused move: declined, the original time kept", a7_kept),
    Scene("A7", "A refused move: the organizer's meeting moved back", a7_moved_back),
    Scene("A7", "A refused move: the original time proposed", a7_proposed),
    Scene("A8", "A cancelled meeting frees the room", a8),
    Scene("A9", "Rooms added, swapped and removed", a9),
    Scene("A10", "A series is booked, date by date", a10),
    Scene("A11", "Dates of a series moved and deleted, then all of it", a11),
    Scene("A12", "A series of which one date is taken", a12),
    Scene("A13", "A series without an end", a13),
    Scene("A14", "Approved, rejected, and not decided in time", a14),
    Scene("A15", "Fifty people want one slot", a15),
    Scene("A16", "Both sides have past and future events", a16),
    Scene("A17", "A notification never arrives", a17),
    Scene("A18", "Rooms proposed, mapped once, and found again", a18),
)


@dataclass(frozen=True, slots=True)
class _Move:
    """Ada's meeting, which has Orion at `when`. She moves it to `taken`, when Ben has Orion."""

    orion: BookableRoom
    ada: OutlookUser
    event: Json
    when: Slot
    taken: Slot


async def _refused_move(cast: Cast, story: Story, connection: str) -> _Move:
    orion = await cast.room("Orion", connection=connection)
    ada, ben = await cast.user("Ada"), await cast.user("Ben")
    when, taken = slot(hour=9), slot(hour=14)
    event = await tell_accepted_meeting(cast, story, orion, ada, when, "Planning")
    await tell_accepted_meeting(cast, story, orion, ben, taken, "Interview", when)
    story.did("Ada", f"moves Planning to {taken}, which Ben has")
    await ada.move(event, taken)
    return _Move(orion, ada, event, when, taken)
