"""Apply a decision to the ledger and return the messages that follow from it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

import structlog
from prometheus_client import Counter

from libs.common.correlation import current_correlation
from libs.common.db import Connection
from libs.contracts.keys import Key, MeetingKey
from libs.contracts.message import Message
from libs.contracts.messages import IntentIssued, LookRequested
from libs.contracts.values import Actor
from services.policy.commands.alternatives import find_instead
from services.policy.commands.competing import give_way_to
from services.policy.commands.freed_conflicts import tell_freed_conflicts
from services.policy.commands.group_holds import show_groups
from services.policy.commands.series_proposals import accept_settled_series
from services.policy.commands.series_questions import follow_left_dates, hold_asked_dates
from services.policy.commands.words import Words, find_words, note_failed
from services.policy.core.alternatives import NO_ALTERNATIVES, Alternatives
from services.policy.core.approvals.closing import close_questions
from services.policy.core.approvals.events import announce_question
from services.policy.core.booking_instead import find_link
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
from services.policy.core.groups.plan import BY_DEFAULT, PlanLimits
from services.policy.core.ledger import Judged, Slice
from services.policy.core.letters import suggests_something
from services.policy.core.links import LinkSigner
from services.policy.core.recurring.asked import slice_at
from services.policy.core.taken_over import end_grandfathering
from services.policy.core.timeline.steps import AGREED, Account, find_asked_about, steps_of
from services.policy.store import changes
from services.policy.store.intents import Issued

DECISIONS = Counter("roomsync_decisions_total", "Decisions, and reservations that ended, by outcome", ["outcome"])
REASONS = Counter(
    "roomsync_decision_reasons_total", "The rules and other reasons that led to decisions", ["outcome", "reason"]
)

MOST_REWORDINGS = 3
"""How often an answer that was not sent in time is worded anew; after that it is sent however old its words are."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Patience:
    """How long an intent may take to show in Outlook before it is asked for again, and how long we wait for people.

    A request that only its organizer's own meetings are in the way of is refused after `settling` at the earliest. An
    organizer who is proposed another time has `proposals` to accept it. What an answer suggests is looked up again if
    it has not been sent within `suggestions`. `links` makes the links by which people may act; without it they are told
    to act elsewhere. Of a group, `series` says how much is booked at a time.
    """

    intents: timedelta
    settling: timedelta = timedelta()
    proposals: timedelta = timedelta(days=1)
    suggestions: timedelta = timedelta(minutes=1)
    links: LinkSigner | None = None
    series: PlanLimits = BY_DEFAULT


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What goes to outbound after a decision: the intents that were issued, by key, and the words of answers."""

    issued: Mapping[Key, Issued]
    words: Words
    suggestions: timedelta

    def suggests_until(self, change: Want, now: datetime) -> datetime | None:
        """Return until when the words of an answer may be sent; None for any time.

        So that no answer goes round in circles, one that was wanted several times already is sent as it is.
        """
        is_final = self.issued[change.key].times_before >= MOST_REWORDINGS
        return now + self.suggestions if suggests_something(change.goal) and not is_final else None


_is_counted = ContextVar("is_counted", default=True)


@contextmanager
def uncounted() -> Iterator[None]:
    """Leave decisions made inside the block out of metrics and warnings, because they are not to last."""
    token = _is_counted.set(False)
    try:
        yield
    finally:
        _is_counted.reset(token)


async def apply(conn: Connection, ledger: Slice, decision: Decision, patience: Patience, *, by: Actor) -> list[Message]:
    """Write every change of a decision, and how it came about; return the messages that follow, in order.

    What competes for time that is booked by that gives way to it, and nobody is asked any more about dates of a series
    that have ended one by one. A series is accepted again of which no date is wanted elsewhere any more. A group of the
    back office is shown in Outlook as its dates are by then. Where time becomes free that an event in Outlook was in
    conflict about, the room is compared at once.
    """
    messages = await _apply(conn, ledger, decision, patience, by=by)
    following = [
        *await give_way_to(conn, ledger, decision),
        *await follow_left_dates(conn, ledger, decision),
        *await accept_settled_series(conn, decision),
    ]
    for each in following:
        messages += await _apply(conn, each.ledger, each.decision, patience, by=by)
    await hold_asked_dates(conn, ledger, [decision, *(each.decision for each in following)])
    messages += await tell_freed_conflicts(conn, ledger, [decision, *(each.decision for each in following)])
    for shown in await show_groups(conn, [decision, *(each.decision for each in following)]):
        messages += await _apply(conn, shown.ledger, shown.decision, patience, by=by)
    return messages


async def _apply(
    conn: Connection, ledger: Slice, decision: Decision, patience: Patience, *, by: Actor
) -> list[Message]:
    if not decision.changes and (decision.seen is None or decision.note != AGREED):
        return []
    decision = end_grandfathering(close_questions(ledger, decision))
    place = ledger.space.place
    occasion = occasion_of(decision, place, by)
    account = Account(by, current_correlation(), steps_of(decision, ledger, by))
    outgoing = Outgoing(
        await changes.write(conn, ledger, decision, patience.intents, account),
        await find_words(conn, ledger, decision.changes),
        patience.suggestions,
    )
    _count(decision)
    messages: list[Message] = []
    for change in decision.changes:
        match change:
            case Save():
                messages += announce_reservation(change, occasion)
            case SaveQuestion():
                messages += announce_question(change, find_asked_about(decision, ledger, change), place)
                _warn_if_nobody_is_asked(change)
            case Want(is_shown=True):
                pass
            case Want():
                judged = _find_judged(decision, ledger, change.key)
                instead = await _find_instead(conn, ledger, change, judged, patience.links)
                messages += _issue(ledger, change, instead, outgoing)
            case LookAgain():
                messages.append(_ask(ledger, change))
            case NoteMeeting() | SaveGroup() | Record() | Seen() | GiveUp():
                pass
            case _:
                assert_never(change)
    await note_failed(conn, outgoing.words)
    return messages


def _warn_if_nobody_is_asked(change: SaveQuestion) -> None:
    """Log that a question is asked that nobody is mailed about: it is only listed."""
    if change.before is None and not change.question.approvers and _is_counted.get():
        reason = "no policy of kind approval names who decides it, so nobody is mailed; decide it by the API"
        log.warning("question.asks_nobody", approval_id=str(change.question.id), reason=reason)


def _find_judged(decision: Decision, ledger: Slice, key: Key) -> Judged | None:
    """Return what was asked for by the meeting, or the date of a series, that is answered."""
    notes = [each for each in decision.changes if isinstance(each, NoteMeeting)]
    noted = next((each.meeting for each in notes if each.key == key), ledger.meeting)
    judged = noted.judged if noted is not None else None
    return None if judged is None or judged.is_series else judged


def _count(decision: Decision) -> None:
    """Count what was decided, also if the transaction is repeated because another one was in its way."""
    for record in decision.changes if _is_counted.get() else ():
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


async def _find_instead(
    conn: Connection, ledger: Slice, change: Want, judged: Judged | None, links: LinkSigner | None
) -> Alternatives:
    """Find what could be booked instead of what an answer refuses, and make the link by which it can be."""
    if judged is None or ledger.space.room_mailbox is None:
        return NO_ALTERNATIVES
    asked_of = slice_at(ledger, change.key)
    instead = await find_instead(conn, asked_of, change.goal, judged)
    is_one_date = isinstance(change.key, MeetingKey) and change.key.original_date is not None
    found = find_link(change.goal, asked_of, judged, instead, change.reservation_id)
    if links is None or found is None or is_one_date:
        return instead
    link, waits = found
    return replace(instead, url=links.url_of(link), may_wait=waits)


def _issue(ledger: Slice, change: Want, instead: Alternatives, outgoing: Outgoing) -> list[Message]:
    """Return the message that tells outbound what Outlook ought to show; none if the space has no mailbox."""
    space = ledger.space
    if space.connection_id is None or space.room_mailbox is None:
        return []
    intent = outgoing.issued[change.key]
    return [
        IntentIssued(
            connection_id=space.connection_id,
            room_mailbox=space.room_mailbox,
            key=change.key,
            generation=intent.generation,
            awaited_until=intent.awaited_until,
            intent=outgoing.words.write(change.goal, ledger, instead, outgoing.suggests_until(change, ledger.now)),
        )
    ]
