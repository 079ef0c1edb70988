"""Going live: what is on both sides of a room is imported; the scene tells only what was seen there."""

from deploy.demo.story import Story
from deploy.demo.telling import tell_busy
from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.eventually import expect
from deploy.driver.http import Json
from deploy.driver.looks import booked
from deploy.driver.slots import slot


async def a16(cast: Cast, story: Story) -> None:
    """A space is mapped that has past and future events on both sides; what cannot be joined is reported, not lost."""
    ada, ben = await cast.user("Ada"), await cast.user("Ben")
    calendar, space = await cast.room_mailbox("Orion"), await cast.administrator.add_space("Orion")
    planning, board, both = slot(hour=9), slot(hour=11), slot(hour=14)
    story.did("Ada", f"has Orion for Planning, {planning}, by Exchange's own answer; last week's training is over")
    await calendar.put("Training", slot(days=-7))
    await calendar.accept(await ada.invite("Planning", planning, calendar))
    story.did("Back office", f"reserves Orion for Board, {board}; and for Review, {both}, when Ben has it in Outlook")
    await cast.administrator.reserve(space, board, "Board")
    await cast.administrator.reserve(space, both, "Review")
    await calendar.accept(await ben.invite("Interview", both, calendar))
    mails = [await cast.tenant.mails_to(each) for each in (ada, ben)]

    story.did("Administrator", "rehearses to map Orion to its mailbox")
    mapping = {"space_id": space["id"], "room_mailbox": calendar.address, "connection": "simulator"}
    rehearsed = await cast.imports.ended((await cast.imports.begin(rehearsal=True, mappings=[mapping]))["id"])
    story.ledger(f"would come to: {_in_words(rehearsed)}")
    expect(await cast.tenant.writes(calendar) == [], "the rehearsal wrote to Outlook")

    story.did("Administrator", "maps Orion to its mailbox")
    mapped = await cast.administrator.map(space, calendar)
    ended = await cast.imports.ended(mapped["mapping"]["import_id"])
    story.ledger(f"came to: {_in_words(ended)}")
    expect(ended["counts"] == rehearsed["counts"], "the import did not come to what was rehearsed")
    expect(ended["counts"]["conflicts"] == 1, "the conflict was not reported")
    orion = BookableRoom(space, calendar)
    await booked(cast, orion, planning, board, both)
    await tell_busy(story, orion, board)
    for each in await cast.imports.items(ended["id"], outcome="conflict"):
        story.ledger(f"in conflict: {each['title']}. {each['reasons'][0]['message']}")
    expect([await cast.tenant.mails_to(each) for each in (ada, ben)] == mails, "somebody was mailed")
    story.outlook("mails nobody: everybody had an answer before")


def _in_words(found: Json) -> str:
    counts = {name.replace("_", " "): count for name, count in found["counts"].items() if count}
    return ", ".join(f"{count} {name}" for name, count in counts.items())
