"""Apply a decision to the ledger and return the messages that follow from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import assert_never

from prometheus_client import Counter

from libs.common.db import Connection
from libs.contracts.keys import Key
from libs.contracts.message import Message
from libs.contracts.messages import IntentIssued, LookRequested
from libs.contracts.values import Actor
from services.policy.commands.alternatives import find_instead
from services.policy.core.alternatives import NO_ALTERNATIVES
from services.policy.core.approvals.closing import close_questions
from services.policy.core.approvals.events import announce_question
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
from services.policy.core.events import announce_reservation, occasion_of
from services.policy.core.explanations import BrokenRule, Explanation
from services.policy.core.ledger import Judged, Reservation, Slice
from services.policy.core.letters import write_intent
from services.policy.core.place import Place
from services.policy.core.recurring.asked import slice_at
from services.policy.store import changes
from services.policy.store.intents import Issued

DECISIONS = Counter("roomsync_decisions_total", "Decisions, and reservations that ended, by outcome", ["outcome"])
REASONS = Counter(
    "roomsync_decision_reasons_total", "The rules and other reasons that led to decisions", ["outcome", "reason"]
)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long an intent may take to show in Outlook before it is asked for again, and how long we wait for people.

    A request that only its organizer's own meetings are in the way of is refused after `settling` at the earliest.
    """

    intents: timedelta
    settling: timedelta = timedelta()


async def apply(conn: Connection, ledger: Slice, decision: Decision, patience: Patience, *, by: Actor) -> list[Message]:
    """Write every change of a decision, and who brought it about; return the messages that follow, in order."""
    if not decision.changes:
        return []
    decision = close_questions(ledger, decision)
    place = Place(ledger.space.name, ledger.space.time_zone)
    occasion = occasion_of(decision, place, by)
    issued = await changes.write(conn, ledger, decision, patience.intents, by=by)
    _count(decision)
    messages: list[Message] = []
    for change in decision.changes:
        match change:
            case Save():
                messages += announce_reservation(change, occasion)
            case SaveQuestion():
                messages += announce_question(change, _find_asked_about(decision, ledger, change), place)
            case Want(is_shown=True):
                pass
            case Want():
                messages += await _issue(conn, ledger, change, issued, _find_judged(decision, ledger, change.key))
            case LookAgain():
                messages.append(_ask(ledger, change))
            case NoteMeeting() | SaveGroup() | Record() | Seen() | GiveUp():
                pass
            case _:
                assert_never(change)
    return messages


def _find_asked_about(decision: Decision, ledger: Slice, change: SaveQuestion) -> Reservation:
    """Return the reservation that a question is about, or any date of the series, as it is after the decision."""
    question = change.question
    saved = [each.reservation for each in decision.changes if isinstance(each, Save)]
    for each in (*reversed(saved), *ledger.reservations):
        is_date = question.group_id is not None and each.group_id == question.group_id
        if is_date or each.id == question.reservation_id:
            return each
    raise LookupError(f"the question {question.id} is about a reservation that is not at hand")


def _find_judged(decision: Decision, ledger: Slice, key: Key) -> Judged | None:
    """Return what was asked for by the meeting, or the date of a series, that is answered."""
    notes = [each for each in decision.changes if isinstance(each, NoteMeeting)]
    noted = next((each.meeting for each in notes if each.key == key), ledger.meeting)
    judged = noted.judged if noted is not None else None
    return None if judged is None or judged.is_series else judged


def _count(decision: Decision) -> None:
    """Count what was decided, also if the transaction is repeated because another one was in its way."""
    for record in decision.changes:
        if isinstance(record, Record):
            DECISIONS.labels(str(record.outcome)).inc()
            for kind in {_name_of(reason) for reason in record.reasons}:
                REASONS.labels(str(record.outcome), kind).inc()


def _name_of(reason: Explanation) -> str:
    return reason.rule.kind if isinstance(reason, BrokenRule) else reason.kind


def _ask(ledger: Slice, change: LookAgain) -> LookRequested:
    return LookRequested(
        space_id=ledger.space.id,
        look_id=change.look_id,
        about=change.about,
        in_the_way=change.in_the_way,
        asked_at=ledger.now,
    )


async def _issue(
    conn: Connection, ledger: Slice, change: Want, issued: Mapping[Key, Issued], judged: Judged | None
) -> list[Message]:
    """Return the message that tells outbound what Outlook ought to show; none if the space has no mailbox."""
    space = ledger.space
    if space.connection_id is None or space.room_mailbox is None:
        return []
    intent = issued[change.key]
    asked_of = slice_at(ledger, change.key)
    instead = await find_instead(conn, asked_of, change.goal, judged) if judged is not None else NO_ALTERNATIVES
    return [
        IntentIssued(
            connection_id=space.connection_id,
            room_mailbox=space.room_mailbox,
            key=change.key,
            generation=intent.generation,
            awaited_until=intent.awaited_until,
            intent=write_intent(change.goal, ledger, instead),
        )
    ]
