"""Moves of meetings in Outlook by the back office: what they are decided on, and how one that was approved is made."""

from dataclasses import replace

from libs.common.db import Connection
from libs.contracts.values import Window
from services.policy.commands.apply import Patience
from services.policy.core.approvals.question import Question
from services.policy.core.asked_moves import Decide
from services.policy.core.back_office import Denied, ReservationChange, Ruling
from services.policy.core.explanations import Explanation, HasEnded
from services.policy.core.groups.asking import is_asked_about
from services.policy.core.ledger import Reservation, Slice
from services.policy.core.meeting_change import decide_meeting_change
from services.policy.core.recurring.known import find_series, slice_of_booked
from services.policy.core.recurring.shift import plan_windows
from services.policy.core.recurring.shifting import decide_series_change
from services.policy.store import questions, slices


async def waits_with_its_series(conn: Connection, before: Reservation, change: ReservationChange) -> bool:
    """Whether an administrator is asked about a date with others, so that it is not changed by itself meanwhile."""
    if before.group_id is None or before.original_date is None:
        return False
    question = await questions.about_change(conn, before.group_id)
    return question is not None and is_asked_about(before, change, question)


async def read_for_move(
    conn: Connection, before: Reservation, change: ReservationChange, ledger: Slice, patience: Patience
) -> tuple[Slice, Decide]:
    """Return the slice on which a change of a meeting in Outlook is decided, and what decides it.

    `ledger` is that of the reservation alone, which is enough for one date.
    """
    series = find_series(before)
    if change.scope == "this" or series is None:
        return ledger, lambda wanted: decide_meeting_change(before, wanted, ledger, patience.proposals)
    known = await slices.of_meeting(conn, series, (), None)
    windows = plan_windows(before, change, known)
    found = await slices.of_meeting(conn, series, windows, None, organizer=before.organizer_address)
    # What is held for a move that was asked about before is the series' own.
    taken = tuple(each for each in found.taken if found.group is None or each.reservation_id != found.group.id)
    whole = replace(found, taken=taken)
    return whole, lambda wanted: decide_series_change(before, wanted, whole, patience.proposals)


async def rule_on_move(
    conn: Connection, question: Question, ledger: Slice, why: Explanation, patience: Patience
) -> tuple[Slice, Ruling]:
    """Decide what is done about a meeting in Outlook whose move was approved, and on what slice.

    `ledger` is that of the question. Of a series, the dates move that are asked about and have not ended since.
    """
    found = _first_asked_about(question, ledger)
    if found is None or question.moves is None:
        return ledger, Denied((HasEnded(status="cancelled", reserved=question.asked.window),))
    before, to = found
    change = ReservationChange(start=to.start, end=to.end, scope=question.moves, approved=why)
    alone = await slices.of_reservation(conn, before.space_id, before.id, to)
    slice_, decide = await read_for_move(conn, before, change, alone, patience)
    return slice_, decide(change)


def _first_asked_about(question: Question, ledger: Slice) -> tuple[Reservation, Window] | None:
    """Return the first live date that is asked about, and where it is to be."""
    if question.change is None:
        return None if ledger.live is None else (ledger.live, question.asked.window)
    for each in question.change.dates:
        known = ledger.dates.get(each.original_date)
        live = slice_of_booked(ledger, known).live if known is not None else None
        if live is not None:
            return live, each.window
    return None
