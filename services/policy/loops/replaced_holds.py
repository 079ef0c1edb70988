"""Have meetings looked at whose accept replaces a hold that is still wanted.

A hold is dropped when the accept that replaces it is seen on the calendar. If the notification of that is lost, both
sides agree and no sweep finds a drift, so the meeting is looked at once more.
"""

from collections.abc import Sequence
from uuid import uuid4

from libs.common.db import Connection, database_now
from libs.contracts.messages import LookRequested
from services.policy.loops.look_loop import LookReason
from services.policy.store import intents


async def _find_due(conn: Connection) -> Sequence[LookRequested]:
    now = await database_now(conn)
    return [
        LookRequested(space_id=space_id, look_id=uuid4(), about=ical_uid, asked_at=now)
        for space_id, ical_uid in await intents.accepted_beside_a_hold(conn)
    ]


REPLACED_HOLDS = LookReason("replaced holds", 60.0, _find_due)
