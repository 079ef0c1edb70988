"""Accept a series again once none of its dates is wanted elsewhere any more, however that came about.

A date may be moved by its organizer, changed or cancelled by itself, or gone. A decision about it does not have its
series at hand, so what is left of that is looked up afterwards.
"""

from collections.abc import Sequence

from libs.common.db import Connection
from services.policy.commands.competing import Following
from services.policy.core.changes import Decision, Save
from services.policy.core.ledger import Reservation
from services.policy.core.recurring.proposing import accept_settled
from services.policy.store import groups, slices


async def accept_settled_series(conn: Connection, decision: Decision) -> Sequence[Following]:
    """Return what follows for the series of which a decision, which is written, has settled dates wanted elsewhere."""
    changed = [each for each in decision.changes if isinstance(each, Save)]
    settled = {
        each.reservation.group_id
        for each in changed
        if each.before is not None and _is_wanted(each.before) and not _is_wanted(each.reservation)
    }
    found = []
    for key in await groups.asked_for_nothing(conn, sorted(each for each in settled if each is not None)):
        try:
            ledger = await slices.of_meeting(conn, key, (), None)
        except slices.MissingSpace:
            continue  # nothing is answered any more
        found.append(Following(ledger, Decision(tuple(accept_settled(ledger)), note="proposal_settled")))
    return found


def _is_wanted(reservation: Reservation) -> bool:
    return reservation.proposed_change is not None and reservation.proposed_change.with_series
