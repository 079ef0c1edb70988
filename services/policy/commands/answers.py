"""Set the words of a connection's answers, take them back, and try them out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from libs.common.db import Connection as Db
from libs.contracts.values import Actor
from services.policy.commands.errors import TemplateRefused
from services.policy.commands.unknown import UnknownConnection, UnknownReservation
from services.policy.commands.versions import check_version
from services.policy.core.answers.examples import example_of
from services.policy.core.answers.grammar import UnusableTemplate
from services.policy.core.answers.kinds import AnswerKind
from services.policy.core.answers.rendering import AnswerFacts, Letter, check_template, render_answer, render_template
from services.policy.core.previews import preview_facts
from services.policy.store import answers, connections, reading
from services.policy.store.answers import AnswerRow


@dataclass(frozen=True, slots=True)
class AnswerChange:
    """The template to set for a kind of answer, None for the default; at whichever version it is if none is named."""

    connection_id: UUID
    kind: AnswerKind
    template: str | None
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """What to try out: a template, or without one what is set, about a reservation, or without one the example."""

    kind: AnswerKind
    template: str | None = None
    reservation_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class ExampleAnswer:
    """What is set for a kind of answer, and the example of that kind as it would be sent."""

    answer: AnswerRow
    letter: Letter


async def list_answers(conn: Db, connection_id: UUID) -> Sequence[AnswerRow]:
    """Read every kind of answer of a connection. Raises `UnknownConnection`."""
    await _check_connection(conn, connection_id)
    found = await answers.of_connection(conn, connection_id)
    return [found.get(kind) or AnswerRow(kind) for kind in AnswerKind]


async def list_examples(conn: Db, connection_id: UUID) -> Sequence[ExampleAnswer]:
    """Read every kind of answer of a connection, each with its example as it would be sent. Raises as above."""
    found = await list_answers(conn, connection_id)
    return [ExampleAnswer(each, render_answer(example_of(each.kind), each.template)) for each in found]


async def read_answer(conn: Db, connection_id: UUID, kind: AnswerKind) -> AnswerRow:
    """Read one kind of answer of a connection. Raises `UnknownConnection`."""
    await _check_connection(conn, connection_id)
    return await answers.read(conn, connection_id, kind)


async def change_answer(conn: Db, change: AnswerChange, now: datetime, *, by: Actor) -> AnswerRow:
    """Set or take back the template of a kind; it holds for whatever is sent from then on, and is not failing.

    Raises `UnknownConnection`, `StaleVersion`, `TemplateRefused`.
    """
    if await connections.lock(conn, change.connection_id) is None:
        raise UnknownConnection(change.connection_id)
    before = await answers.read(conn, change.connection_id, change.kind)
    check_version(change.expected_version, before.version)
    if change.template == before.template and before.failing_since is None:
        return before
    if change.template is not None:
        try_template(change.kind, change.template)
    after = AnswerRow(change.kind, change.template, before.version + 1, now, by)
    await answers.save(conn, change.connection_id, after)
    return after


async def preview_answer(conn: Db, connection_id: UUID, wanted: Preview) -> tuple[Letter, bool]:
    """Write an answer as it would be sent; and whether it is the default. A template that cannot be used is no error.

    Raises `UnknownConnection`, `UnknownReservation`.
    """
    answer = await read_answer(conn, connection_id, wanted.kind)
    template = wanted.template if wanted.template is not None else answer.template
    letter = render_answer(await _find_facts(conn, wanted), template)
    return letter, template is None or letter.problem is not None


def try_template(kind: AnswerKind, template: str) -> None:
    """Raise `TemplateRefused` if a template cannot be used for a kind of answer, or says nothing about its example."""
    try:
        check_template(kind, template)
        render_template(example_of(kind), template)
    except UnusableTemplate as error:
        raise TemplateRefused(error.found, error.remedy) from error


async def _find_facts(conn: Db, wanted: Preview) -> AnswerFacts:
    if wanted.reservation_id is None:
        return example_of(wanted.kind)
    about = await reading.reservation(conn, wanted.reservation_id)
    if about is None:
        raise UnknownReservation(wanted.reservation_id)
    return preview_facts(wanted.kind, about, about.place)


async def _check_connection(conn: Db, connection_id: UUID) -> None:
    if await connections.read(conn, connection_id) is None:
        raise UnknownConnection(connection_id)
