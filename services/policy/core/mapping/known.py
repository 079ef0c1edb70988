"""What is known of the two sides of a mapping."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID


@dataclass(frozen=True, slots=True)
class KnownRoom:
    """A room of the directory of places, and the connection whose tenant has it. The id outlives name and address."""

    connection_id: UUID
    place_id: str
    address: str
    name: str
    capacity: int | None
    building: str | None
    floor: str | None


@dataclass(frozen=True, slots=True)
class SpaceToMap:
    """A space that is not mapped."""

    id: UUID
    name: str
    capacity: int
    building: str | None


@dataclass(frozen=True, slots=True)
class LostMailbox:
    """A mapped space whose mailbox the directory of places does not have under its address.

    `place_id` is the room that had the address before, and `address_now` what the mailbox with the same owner is called
    now; None where that is not known. One that is not in the directory may work all the same: `is_unreachable` tells.
    """

    space: SpaceToMap
    connection_id: UUID
    room_mailbox: str
    place_id: str | None
    address_now: str | None
    is_unreachable: bool


@dataclass(frozen=True, slots=True)
class MappingProposal:
    """A mailbox that a space is proposed to be mapped to, how sure that is, and why.

    With `instead_of`, it is to replace the mailbox that the space is mapped to. `room` is None if the directory of
    places does not have the mailbox.
    """

    space: SpaceToMap
    connection_id: UUID
    room_mailbox: str
    room: KnownRoom | None
    sureness: Literal["certain", "likely"]
    why: tuple[str, ...]
    instead_of: str | None = None

    @property
    def place(self) -> tuple[bool, str, UUID]:
        """Return the place of this proposal in lists: those for lost mailboxes first, then by the names of spaces."""
        return self.instead_of is None, self.space.name, self.space.id
