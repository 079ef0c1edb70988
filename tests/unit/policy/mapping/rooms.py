"""Spaces and rooms of which a test says only what matters."""

from itertools import count
from uuid import UUID

from services.policy.core.mapping.known import KnownRoom, LostMailbox, SpaceToMap

CONNECTION = UUID(int=1)
_numbers = count(1)


def space(name: str, capacity: int = 8, building: str | None = None) -> SpaceToMap:
    return SpaceToMap(UUID(int=next(_numbers)), name, capacity, building)


def room(
    name: str, address: str | None = None, capacity: int | None = None, building: str | None = None, **more: str
) -> KnownRoom:
    number = next(_numbers)
    return KnownRoom(
        connection_id=CONNECTION,
        place_id=more.get("place_id", f"place-{number}"),
        address=address or f"x{number}@contoso.example",
        name=name,
        capacity=capacity,
        building=building,
        floor=None,
    )


def lost(of: SpaceToMap, mailbox: str, *, unreachable: bool = False, **more: str) -> LostMailbox:
    return LostMailbox(of, CONNECTION, mailbox, more.get("place_id"), more.get("address_now"), unreachable)
