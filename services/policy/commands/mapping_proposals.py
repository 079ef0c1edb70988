"""Propose which mailboxes spaces are to be mapped to, from all that is known now; nothing is stored."""

from collections.abc import Sequence

from libs.common.db import Connection
from services.policy.core.mapping.known import MappingProposal
from services.policy.core.mapping.propose import propose
from services.policy.core.mapping.renamed import propose_again
from services.policy.store import discovered_rooms as store


async def propose_mappings(conn: Connection) -> Sequence[MappingProposal]:
    """Return proposals for mailboxes that were lost, and then for spaces that are not mapped."""
    rooms, free = await store.all_rooms(conn)
    again = propose_again(await store.lost_mailboxes(conn), rooms, free)
    taken = {(each.connection_id, each.room_mailbox.lower()) for each in again}
    left = [each for each in free if (each.connection_id, each.address.lower()) not in taken]
    return [*again, *propose(await store.spaces_to_map(conn), left)]
