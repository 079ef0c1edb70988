"""Put what is decided into words as it is sent, by the templates of the connection that it is sent through.

A template that cannot be used gives way to the default. That is noted with the template, logged once, and counted.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import assert_never
from uuid import UUID

import structlog
from prometheus_client import Counter

from libs.common.db import Connection
from libs.contracts.intents import DropHold, Intent, KeepHold, MoveBack
from services.policy.core.alternatives import Alternatives
from services.policy.core.answers.grammar import TemplateProblem
from services.policy.core.answers.kinds import AnswerKind
from services.policy.core.answers.rendering import AnswerFacts, Letter, render_answer
from services.policy.core.changes import Change, Want
from services.policy.core.goals import GiveAnswer, Goal
from services.policy.core.ledger import Slice
from services.policy.core.letters import word_answer, write_letter
from services.policy.store import answers
from services.policy.store.answers import AnswerRow

FAILED = Counter(
    "roomsync_answer_templates_failed_total",
    "Answers that were given in the default words, because a connection's template could not be used",
    ["kind", "problem"],
)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Words:
    """The templates of a connection, and which of them could not be used so far."""

    connection_id: UUID | None
    rows: Mapping[AnswerKind, AnswerRow]
    failed: dict[AnswerKind, TemplateProblem] = field(default_factory=dict)

    def write(self, goal: Goal, ledger: Slice, instead: Alternatives, suggests_until: datetime | None = None) -> Intent:
        """Return what is sent to outbound: the goal, an answer in words."""
        match goal:
            case GiveAnswer():
                letter = write_letter(goal, ledger, instead, self._templates)
                self._note(letter)
                return word_answer(goal, letter, suggests_until)
            case MoveBack() | KeepHold() | DropHold():
                return goal
            case _:
                assert_never(goal)

    def say(self, facts: AnswerFacts) -> str:
        """Put into words what a person is told in another way than by an answer in Outlook."""
        letter = render_answer(facts, self._templates.get(facts.kind))
        self._note(letter)
        return letter.text

    @property
    def _templates(self) -> Mapping[AnswerKind, str]:
        return {kind: row.template for kind, row in self.rows.items() if row.template is not None}

    def _note(self, letter: Letter) -> None:
        if letter.kind is not None and letter.problem is not None:
            self.failed[letter.kind] = letter.problem


async def find_words(conn: Connection, ledger: Slice, changes: Iterable[Change]) -> Words:
    """Read the templates by which a decision is put into words, if it gives an answer."""
    is_answered = any(isinstance(each, Want) and isinstance(each.goal, GiveAnswer) for each in changes)
    return await read_words(conn, ledger) if is_answered else Words(ledger.space.connection_id, {})


async def read_words(conn: Connection, ledger: Slice) -> Words:
    """Read the templates of the connection that a space is mapped by; without any the defaults are said."""
    connection_id = ledger.space.connection_id
    if connection_id is None or not ledger.space.has_templates:
        return Words(connection_id, {})
    return Words(connection_id, await answers.of_connection(conn, connection_id))


async def note_failed(conn: Connection, words: Words) -> None:
    """Note which templates could not be used; always in one order, so that two decisions cannot wait for each other."""
    if words.connection_id is None:
        return
    for kind, problem in sorted(words.failed.items()):
        FAILED.labels(kind, problem).inc()
        if await answers.record_failure(conn, words.connection_id, words.rows[kind], problem):
            log.warning("template.failed", connection_id=str(words.connection_id), answer=kind, problem=problem)
