"""What the database refuses, in the ledger's words: the one place that knows constraints by name.

    Violation
    ├── DoubleBooking
    ├── OneLiveReservationPerMeeting
    ├── MailboxNotUnique
    ├── ConnectionNameNotUnique
    ├── SpaceGroupNameNotUnique
    ├── SpaceGroupGone
    ├── PolicyNotDifferent
    ├── ConnectionGone
    └── ChangedBeforeLocked, which no constraint stands for

Code reads under locks before it writes, so each of these means that another transaction came first. The work can be
done again on what that transaction left behind.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import asyncpg

from libs.common.db import Connection


class Violation(Exception):
    """The database refused what its constraints forbid, and undid the transaction; do the work again."""


class DoubleBooking(Violation):
    """Another reservation occupies some part of the space at that time."""


class OneLiveReservationPerMeeting(Violation):
    """Another live reservation of the space belongs to that meeting."""


class MailboxNotUnique(Violation):
    """Another space is mapped to that room mailbox."""


class ConnectionNameNotUnique(Violation):
    """Another connection has that name."""


class SpaceGroupNameNotUnique(Violation):
    """Another group of spaces has that name."""


class SpaceGroupGone(Violation):
    """A space is put into a group that was deleted meanwhile."""


class PolicyNotDifferent(Violation):
    """Another policy is the same rule, attached alike."""


class ConnectionGone(Violation):
    """A space is mapped through a connection that was deleted meanwhile, or the other way round."""


class ChangedBeforeLocked(Violation):
    """What says which locks to take changed before they were taken."""


BY_CONSTRAINT: Mapping[str, type[Violation]] = {
    "no_double_booking": DoubleBooking,
    "one_live_reservation_per_meeting": OneLiveReservationPerMeeting,
    "one_space_per_mailbox": MailboxNotUnique,
    "connection_names_are_unique": ConnectionNameNotUnique,
    "space_group_names_are_unique": SpaceGroupNameNotUnique,
    "space_group_members_group_id_fkey": SpaceGroupGone,
    "policies_are_different": PolicyNotDifferent,
    "spaces_connection_id_fkey": ConnectionGone,
}


@asynccontextmanager
async def transaction(conn: Connection) -> AsyncIterator[None]:
    """Run the block in one transaction. Raises a `Violation`, for a deferred constraint when it commits."""
    try:
        async with conn.transaction():
            yield
    except asyncpg.IntegrityConstraintViolationError as error:
        violation = BY_CONSTRAINT.get(error.constraint_name or "")
        if violation is None:
            raise
        raise violation(f"{error.constraint_name}: {error}") from error


async def check_constraints(conn: Connection) -> None:
    """Check the deferred constraints now, for what this transaction has written so far; later ones are deferred again.

    Raises what PostgreSQL raises, so that a savepoint can undo what breaks one.
    """
    await conn.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
