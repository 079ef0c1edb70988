"""What an administrator sees of rooms that are not mapped, and of mailboxes that were renamed."""

from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.eventually import eventually, expect
from deploy.driver.http import Json


async def list_rooms_anew(cast: Cast) -> None:
    """Have the rooms of the tenant listed, as an administrator would who has just made or renamed one."""
    connections = (await cast.administrator.api.get("/v1/connections"))["items"]
    [connection] = [each for each in connections if each["name"] == "simulator"]
    await cast.administrator.api.send("POST", f"/v1/connections/{connection['id']}/check")


async def proposed(cast: Cast, space: Json) -> Json:
    """Wait until a mailbox is proposed for a space, and return the proposal."""

    async def look() -> Json:
        found = await cast.administrator.api.items("/v1/mapping-proposals")
        of_space = [each for each in found if each["space_id"] == space["id"]]
        expect(len(of_space) == 1, found)
        return of_space[0]

    return await eventually(look, within_s=30)


async def known(cast: Cast, room: BookableRoom) -> None:
    """Wait until the directory of places was seen to have a mapped room."""

    async def look() -> None:
        found = await cast.administrator.api.items("/v1/discovered-rooms", mapped="true")
        expect(room.space["id"] in {each["space_id"] for each in found}, "the room is not known")

    await eventually(look, within_s=30)
