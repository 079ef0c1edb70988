"""What decisions about single dates mean for the question about their series.

A decision about a single date does not have its series at hand, so what is left of that is looked up afterwards. The
question about a series that waits asks no more for a date that does not wait with it, and is withdrawn with the last of
them. A change of a booked series asks no more for a date that was ended, and holds what the dates that are left do not
have.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from libs.common.db import Connection
from services.policy.commands.competing import Following
from services.policy.core.approvals.asking import ask_for_less, close
from services.policy.core.approvals.question import Question
from services.policy.core.approvals.series_change import leave_out
from services.policy.core.changes import Decision, Save, SaveQuestion
from services.policy.core.ledger import Slice
from services.policy.store import occupancies, questions


async def follow_left_dates(conn: Connection, ledger: Slice, decision: Decision) -> Sequence[Following]:
    """Return what follows for the questions about the series of which a decision, which is written, has left dates.

    A question that the decision was about itself asks for what it asks for.
    """
    saved = [each.question for each in decision.changes if isinstance(each, SaveQuestion)]
    asked, alone = {each.group_id for each in saved}, {each.reservation_id for each in saved if each.state == "pending"}
    left: defaultdict[UUID, list[Save]] = defaultdict(list)
    for each in decision.changes:
        if isinstance(each, Save) and each.before is not None and each.before.group_id is not None:
            left[each.before.group_id].append(each)
    found = []
    for group_id, dates in left.items():
        about = await questions.about_group(conn, group_id) if group_id not in asked else None
        if about is not None:
            question, has_waiting_dates = about
            follows = _follow(question, dates, alone, has_waiting_dates=has_waiting_dates, now=ledger.now)
            found += [Following(replace(ledger, question=question), each) for each in follows]
    return found


def _follow(
    question: Question, dates: Iterable[Save], alone: Collection[UUID | None], *, has_waiting_dates: bool, now: datetime
) -> list[Decision]:
    if question.change is not None:
        ended = [each.reservation for each in dates if _has_ended(each)]
        return [Decision((leave_out(question, ended, now),), note="asks_for_less")] if ended else []
    if not has_waiting_dates:
        return [Decision((close(question, "withdrawn", now),), note="withdrawn")]
    gone = [each.before.window for each in dates if each.before is not None and _waits_no_more(each, alone)]
    return [Decision((less,), note="asks_for_less") for less in ask_for_less(question, gone, now)]


async def hold_asked_dates(conn: Connection, ledger: Slice, decisions: Sequence[Decision]) -> None:
    """Hold what changes of series ask for, after decisions that are written have changed a question or a date."""
    changes = [change for each in decisions for change in each.changes]
    asked = [each.question.group_id for each in changes if isinstance(each, SaveQuestion)]
    dates = [each.reservation.group_id for each in changes if isinstance(each, Save)]
    closed = [ledger.question.group_id] if changes and ledger.question is not None else []
    concerned = sorted({each for each in (*asked, *dates, *closed) if each is not None})
    if concerned:
        await occupancies.hold_asked(conn, concerned)


def _has_ended(change: Save) -> bool:
    return change.before is not None and change.before.is_live and not change.reservation.is_live


def _waits_no_more(change: Save, alone: Collection[UUID | None]) -> bool:
    """Whether a date that waited with its series does so no more: it has ended, is booked, or is asked about alone."""
    waited = change.before is not None and change.before.status == "pending"
    return waited and (change.reservation.status != "pending" or change.reservation.id in alone)
