"""A room that two people have: Ada has something that she may edit, and Ben has the time that she would need."""

from dataclasses import dataclass

from deploy.driver.cast import BookableRoom
from deploy.driver.http import Json
from deploy.driver.outlook_user import OutlookUser
from deploy.driver.slots import Slot


@dataclass(frozen=True, slots=True)
class Both:
    """Ada's accepted event in a room, which is first at `when`, and the time that is `taken` by Ben."""

    room: BookableRoom
    ada: OutlookUser
    ben: OutlookUser
    event: Json
    when: Slot
    taken: Slot
