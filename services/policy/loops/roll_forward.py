"""Have series looked at again that go on beyond what is booked of them: dates come into view as time passes.

When a series was last looked at is a column of its group; a series is due once a day.
"""

from collections.abc import Sequence
from datetime import timedelta
from uuid import uuid4

from libs.common.db import Connection, database_now
from libs.contracts.messages import LookRequested
from services.policy.loops.look_loop import LookReason
from services.policy.store import groups

ROLL_EVERY = timedelta(days=1)
AT_A_TIME = 20


async def _find_due(conn: Connection) -> Sequence[LookRequested]:
    now = await database_now(conn)
    return [
        LookRequested(space_id=space_id, look_id=uuid4(), about=ical_uid, asked_at=now)
        for space_id, ical_uid in await groups.claim_to_roll(conn, ROLL_EVERY, AT_A_TIME)
    ]


ROLL_FORWARD = LookReason("roll forward", 60.0, _find_due)
