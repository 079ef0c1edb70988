"""Have requests looked at once more whose organizer's own meetings were in the way, after these had time to leave.

Until when a request waits is part of what is known of its meeting. What the look finds is decided at once.
"""

from collections.abc import Sequence

from libs.common.db import Connection
from libs.contracts.messages import LookRequested
from services.policy.loops.look_loop import LookReason
from services.policy.store import meetings

AT_A_TIME = 100


async def _find_due(conn: Connection) -> Sequence[LookRequested]:
    return [
        LookRequested(
            space_id=each.space_id,
            look_id=each.look_id,
            about=each.ical_uid,
            in_the_way=each.in_the_way,
            asked_at=each.asked_at,
        )
        for each in await meetings.claim_settled(conn, AT_A_TIME)
    ]


SETTLING = LookReason("settling", 0.5, _find_due)
