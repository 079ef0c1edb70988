"""Answers are written by the templates of their connection; one that fails gives way to the default, and shows it."""

from uuid import UUID

from structlog.testing import capture_logs

from libs.contracts.intents import AnswerMeeting
from libs.contracts.keys import MeetingKey
from services.policy.core.answers.grammar import TemplateProblem
from services.policy.core.answers.kinds import AnswerKind
from services.policy.store import answers
from services.policy.store.answers import AnswerRow
from tests.integration.policy.ledger import Ledger, Room, meeting, window


async def templated(ledger: Ledger, **templates: str) -> tuple[UUID, Room]:
    """Make a room whose connection has these templates, past the check of the API."""
    connection_id = await ledger.connection()
    for kind, template in templates.items():
        await ledger.pool.execute(
            "INSERT INTO answer_templates (connection_id, kind, template, version, updated_at, updated_by) "
            "VALUES ($1, $2, $3, 1, now(), $4)",
            connection_id,
            kind,
            template,
            {"kind": "administrator"},
        )
    return connection_id, await ledger.room(connection_id=connection_id)


async def answered(ledger: Ledger, room: Room, hour: float, **different: object) -> str:
    seen = meeting(window(hour), **different)
    await ledger.observe(room, seen)
    wanted = await ledger.wanted(MeetingKey(room.id, seen.ical_uid))
    assert isinstance(wanted, AnswerMeeting)
    return wanted.comment


async def read(ledger: Ledger, connection_id: UUID, kind: AnswerKind) -> AnswerRow:
    async with ledger.pool.acquire() as conn:
        return await answers.read(conn, connection_id, kind)


async def test_each_answer_is_written_by_the_template_of_its_kind(ledger: Ledger) -> None:
    _, room = await templated(ledger, accept="Yes: {{ room }}", decline="No: {{ taken_by | join(', ') }}")

    assert await answered(ledger, room, 9) == "Yes: Room"
    assert await answered(ledger, room, 9, organizer=None) == "No: Ada"


async def test_a_template_that_cannot_be_used_gives_way_to_the_default_and_is_reported_once(ledger: Ledger) -> None:
    connection_id, room = await templated(ledger, accept="{% for a in range(999999999) %}x{% endfor %}")

    with capture_logs() as logs:
        first, second = await answered(ledger, room, 9), await answered(ledger, room, 11)

    for text in (first, second):
        assert text.startswith("Room is booked for this meeting, ")
    failing = await read(ledger, connection_id, AnswerKind.ACCEPT)
    assert failing.last_error is TemplateProblem.FORBIDDEN
    assert failing.failing_since is not None
    warned = [each for each in logs if each["event"] == "template.failed"]
    assert [(each["answer"], each["problem"]) for each in warned] == [("accept", "forbidden")]


async def test_other_kinds_and_other_connections_are_not_concerned(ledger: Ledger) -> None:
    connection_id, room = await templated(ledger, accept="{{ nothing }}", decline="No.")
    elsewhere = await ledger.room()

    await answered(ledger, room, 9)

    assert await answered(ledger, room, 9, organizer=None) == "No."
    assert (await read(ledger, connection_id, AnswerKind.DECLINE)).failing_since is None
    assert (await answered(ledger, elsewhere, 9)).startswith("Room is booked")
