"""Write a decision: one statement for all of its changes, so that a decision costs one round trip."""

from datetime import timedelta
from typing import Any, assert_never

from libs.common.db import Connection
from libs.contracts.keys import Key, key_of_row
from services.policy.core.changes import (
    Decision,
    GiveUp,
    LookAgain,
    NoteMeeting,
    Record,
    Save,
    SaveGroup,
    SaveQuestion,
    Seen,
    Want,
)
from services.policy.core.ledger import Slice
from services.policy.core.timeline.steps import Account
from services.policy.store import (
    decisions,
    groups,
    intents,
    meetings,
    occupancies,
    question_mails,
    questions,
    reservations,
    steps,
)
from services.policy.store.intents import Issued

Stored = Save | SaveGroup | SaveQuestion | NoteMeeting | Record | Want | Seen | GiveUp

_CHANGE = f"""
    WITH reserved AS (SELECT * FROM jsonb_populate_recordset(NULL::reservations, $2)),
    grouped AS ({groups.SAVE}),
    saved AS ({reservations.SAVE}),
    asked AS ({questions.SAVE}),
    planned_mails AS ({question_mails.PLAN}),
    ended_mails AS ({question_mails.END}),
    freed AS ({occupancies.FREE}),
    occupied AS ({occupancies.OCCUPY}),
    proposed AS ({questions.PROPOSE}),
    given_up_proposed AS ({questions.GIVE_UP_PROPOSED}),
    held_other_time AS ({occupancies.HOLD_OTHER_TIME}),
    given_up_other_time AS ({occupancies.GIVE_UP_OTHER_TIME}),
    noted AS ({meetings.NOTE}),
    recorded AS ({decisions.RECORD}),
    stepped AS ({steps.KEEP}),
    seen AS ({intents.SEE}),
    given_up AS ({intents.GIVE_UP})
"""
_WRITE = f"{_CHANGE} {intents.ISSUE}"
_WRITE_UNMAPPED = f"{_CHANGE} {intents.REPLACE}"
"""For a space without a mailbox.

It is a text of its own, because PostgreSQL keeps the plan of a statement only if no parameter makes it a cheaper one.
"""


async def write(
    conn: Connection, ledger: Slice, decision: Decision, patience: timedelta, account: Account
) -> dict[Key, Issued]:
    """Write every change of a decision on a slice; return each intent that was issued, by its key.

    Who brought it about is written with each reservation and each entry of the audit, and all of the account beside it.
    All that one decision writes down has one time.

    A reservation occupies its space exactly while it is live, with the buffers of the day on which it got its time. An
    intent replaces the one before it under its key and gets the next generation. In a space without a mailbox, a goal
    only replaces an intent that exists, and is not awaited, so that the first observation of a mailbox is decided at
    once.

    `no_double_booking` is checked at the latest when the transaction commits; see `constraints.transaction`.
    """
    kinds: tuple[type, ...] = (Save, SaveGroup, SaveQuestion, NoteMeeting, Record, Want, Seen, GiveUp)
    rows: dict[type, list[dict[str, Any]]] = {kind: [] for kind in kinds}
    for change in decision.changes:
        if not isinstance(change, LookAgain):
            rows[type(change)].append(_row(change, ledger, account))
    space = ledger.space
    is_mapped = space.room_mailbox is not None
    issued = await conn.fetch(
        _WRITE if is_mapped else _WRITE_UNMAPPED,
        space.id,
        rows[Save],
        space.setup,
        space.cleanup,
        rows[NoteMeeting],
        rows[Record],
        rows[Want],
        patience if is_mapped else None,
        rows[Seen],
        rows[GiveUp],
        rows[SaveGroup],
        rows[SaveQuestion],
        [steps.as_json(each, account.correlation_id) for each in account.steps],
    )
    return {key_of_row(row): Issued(row["generation"], row["awaited_until"], row["times_before"]) for row in issued}


def _row(change: Stored, ledger: Slice, account: Account) -> dict[str, Any]:
    match change:
        case Save():
            return reservations.as_json(change.reservation, account.by)
        case Record():
            return decisions.as_json(change, ledger, account)
        case GiveUp():
            return {**intents.key_as_json(change), "detail": change.detail}
        case _:
            return _plain_row(change)


def _plain_row(change: SaveGroup | SaveQuestion | NoteMeeting | Want | Seen) -> dict[str, Any]:
    match change:
        case SaveGroup():
            return groups.as_json(change)
        case SaveQuestion():
            return {**questions.as_json(change), "mails": question_mails.as_json(change)}
        case NoteMeeting():
            return meetings.as_json(change)
        case Want():
            return intents.as_json(change)
        case Seen():
            return intents.key_as_json(change)
        case _:
            assert_never(change)
