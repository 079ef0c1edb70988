"""Find mailboxes again that mapped spaces have lost: renamed ones, and ones that were made anew.

The same room of the directory under another address is the same mailbox, and so is one with the same owner. For a
mailbox that cannot be reached, and of which neither is known, a room is proposed that no space has and that fits the
space as a new mapping would; that is never certain.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from services.policy.core.mapping.known import KnownRoom, LostMailbox, MappingProposal
from services.policy.core.mapping.propose import propose


def propose_again(
    lost: Sequence[LostMailbox], rooms: Sequence[KnownRoom], free: Sequence[KnownRoom]
) -> list[MappingProposal]:
    """Return at most one proposal for each mailbox that was lost. `free` are the rooms that no space is mapped to."""
    by_place = {(each.connection_id, each.place_id): each for each in rooms}
    by_address = {(each.connection_id, each.address.lower()): each for each in rooms}
    found = {each.space.id: again for each in lost for again in _find_same(each, by_place, by_address)}
    taken = {again.room_mailbox.lower() for again in found.values()}
    like = _find_like(lost, [each for each in free if each.address.lower() not in taken], found)
    return [*found.values(), *like]


def _find_same(
    lost: LostMailbox,
    by_place: Mapping[tuple[UUID, str], KnownRoom],
    by_address: Mapping[tuple[UUID, str], KnownRoom],
) -> Iterator[MappingProposal]:
    connection = lost.connection_id
    room = by_place.get((connection, lost.place_id)) if lost.place_id is not None else None
    if room is not None:
        why = f"this is the room that had the address {lost.room_mailbox}"
        yield _proposal(lost, room.address, room, why)
    elif lost.address_now is not None:
        why = f"this is the address of the mailbox that was {lost.room_mailbox}"
        yield _proposal(lost, lost.address_now, by_address.get((connection, lost.address_now.lower())), why)


def _find_like(
    lost: Sequence[LostMailbox], free: Sequence[KnownRoom], found: Mapping[UUID, MappingProposal]
) -> Iterator[MappingProposal]:
    missing = {each.space.id: each for each in lost if each.is_unreachable and each.space.id not in found}
    for connection_id in dict.fromkeys(each.connection_id for each in missing.values()):
        spaces = [each.space for each in missing.values() if each.connection_id == connection_id]
        for proposal in propose(spaces, [each for each in free if each.connection_id == connection_id]):
            mailbox = missing[proposal.space.id].room_mailbox
            why = (f"{mailbox} cannot be reached, and no room has this address", *proposal.why)
            yield replace(proposal, sureness="likely", instead_of=mailbox, why=why)


def _proposal(lost: LostMailbox, address: str, room: KnownRoom | None, why: str) -> MappingProposal:
    return MappingProposal(lost.space, lost.connection_id, address, room, "certain", (why,), lost.room_mailbox)
