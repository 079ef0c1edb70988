"""Connecting rooms: they are proposed, mapped once, and followed when they are renamed."""

from uuid import uuid4

from deploy.demo.story import Story
from deploy.demo.telling import tell_accepted_meeting, tell_answer
from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.eventually import eventually, expect
from deploy.driver.http import Json, RequestRefused
from deploy.driver.looks import booked
from deploy.driver.mapping import known, list_rooms_anew, proposed
from deploy.driver.room_calendar import RoomCalendar
from deploy.driver.slots import slot

CONFLICT = 409


async def a18(cast: Cast, story: Story) -> None:
    """Spaces are proposed their mailboxes, a mailbox is mapped once, and a renamed one is found again."""
    first, second = slot(hour=9), slot(hour=11)
    name = f"Cygnus {uuid4().hex[:6]}"
    calendar = await cast.room_mailbox("Cygnus", display_name=f"Room {name}")
    space = await cast.administrator.add_space(name)
    story.did("Administrator", f"makes the space {name}, and has the rooms of the tenant listed")
    await list_rooms_anew(cast)
    proposal = await proposed(cast, space)
    story.ledger(f"proposes {proposal['room_mailbox']}, {proposal['sureness']}: {', '.join(proposal['why'])}")
    expect(proposal["room_mailbox"] == calendar.address, "another mailbox was proposed")

    story.did("Administrator", "maps it, and by mistake a second space to the same mailbox")
    room = BookableRoom(await cast.administrator.map(space, calendar), calendar)
    try:
        await cast.administrator.add_space("Second", calendar)
    except RequestRefused as refused:
        expect(refused.status == CONFLICT, refused.body)
        story.ledger(f"refuses that: {refused.body['detail']}")
    else:
        raise AssertionError("a mailbox was mapped twice")
    await tell_accepted_meeting(cast, story, room, await cast.user("Ada"), first, "Planning")

    await known(cast, room)
    renamed = RoomCalendar(calendar.graph, f"{cast.prefix}-cygnus-two@contoso.example")
    story.did("Exchange", f"renames the mailbox to {renamed.address}")
    await cast.tenant.change_mailbox(calendar, address=renamed.address, user_principal_name=renamed.address)
    await list_rooms_anew(cast)
    proposal = await proposed(cast, space)
    found = await _found(cast, space)
    story.ledger(f"{found['code']}: {found['finding']} {found['remedy']}")
    story.did("Administrator", "follows it")
    await cast.administrator.map(space, renamed)
    followed, ben = BookableRoom(room.space, renamed), await cast.user("Ben")
    story.did("Ben", f"invites it to Interview, {second}")
    event = await ben.invite("Interview", second, renamed)
    await tell_answer(story, ben, followed, event, "accepted", within_s=30)
    await booked(cast, followed, first, second)


async def _found(cast: Cast, space: Json) -> Json:
    """Wait until the renamed mailbox is among the findings of its space."""

    async def look() -> Json:
        found = await cast.administrator.api.items("/v1/findings", space_id=str(space["id"]), code="RS151")
        expect(len(found) == 1, found)
        return found[0]

    return await eventually(look, within_s=30)
