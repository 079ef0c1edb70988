"""Propose which mailboxes spaces are to be mapped to, from all that is known now, and map those that are taken."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from libs.common.db import Connection
from libs.contracts.message import Message
from services.policy.commands.errors import AnyCommandError
from services.policy.commands.space_imports import Row, import_spaces
from services.policy.commands.spaces import SpaceChange
from services.policy.core.mapping.known import MappingProposal
from services.policy.core.mapping.propose import propose
from services.policy.core.mapping.renamed import propose_again
from services.policy.store import discovered_rooms as store


@dataclass(frozen=True, slots=True)
class ChosenProposal:
    """A proposal that somebody takes: the mailbox for the space."""

    space_id: UUID
    connection_id: UUID
    room_mailbox: str


@dataclass(frozen=True, slots=True)
class TakenProposals:
    """The proposals that still stood, each with why it could not be taken, None if it was; and the messages to send."""

    taken: Mapping[ChosenProposal, AnyCommandError | None]
    messages: Sequence[Message]


async def propose_mappings(conn: Connection) -> Sequence[MappingProposal]:
    """Return proposals for mailboxes that were lost, and then for spaces that are not mapped."""
    rooms, free = await store.all_rooms(conn)
    again = propose_again(await store.lost_mailboxes(conn), rooms, free)
    taken = {(each.connection_id, each.room_mailbox.lower()) for each in again}
    left = [each for each in free if (each.connection_id, each.address.lower()) not in taken]
    return [*again, *propose(await store.spaces_to_map(conn), left)]


async def take_proposals(conn: Connection, chosen: Sequence[ChosenProposal], now: datetime) -> TakenProposals:
    """Map spaces as is proposed, in one import. What cannot be done leaves the others as they are.

    What is no longer proposed is left alone.
    """
    proposed = {(each.space.id, each.connection_id, each.room_mailbox.lower()) for each in await propose_mappings(conn)}
    taken = [
        each
        for each in dict.fromkeys(chosen)
        if (each.space_id, each.connection_id, each.room_mailbox.lower()) in proposed
    ]
    rows: dict[int, Row] = {
        number: SpaceChange(
            each.space_id,
            mapping={"room_mailbox": each.room_mailbox.lower(), "connection": str(each.connection_id)},
        )
        for number, each in enumerate(taken)
    }
    attempts = await import_spaces(conn, rows, now)
    messages = [message for each in attempts.saved.values() for message in each.messages]
    return TakenProposals({each: attempts.failed.get(number) for number, each in enumerate(taken)}, messages)
