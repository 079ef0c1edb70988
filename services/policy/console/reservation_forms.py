"""Forms about reservations: what somebody wrote, as they wrote it, and as what is wanted of the ledger.

Times are written by the clock of the room, without a zone. What is wrong with a field is said by the words that the API
has for it.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TypeAlias, TypeVar, get_args
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ValidationError

from libs.contracts.fields import write_rfc_3339
from libs.contracts.problems import FieldProblem
from services.policy.commands.errors import AnyInvalidWindow, UnusableRecurrence
from services.policy.commands.invalid_fields import field_problems
from services.policy.commands.refusals import explain_window, say_invalid
from services.policy.console.forms import Form
from services.policy.core.wall_clock import clock_time, instant_of

Model = TypeVar("Model", bound=BaseModel)

FIELDS = ("start", "end", "title", "organizer_name", "organizer_email", "people", "override_reason")

_OF_MODEL = {"organizer.name": "organizer_name", "organizer.email": "organizer_email", "attendee_count": "people"}
_NO_TIME = ("is no time", "a day and a time of day")
_SKIPPED = ("does not exist", "another time; the clocks are put forward then")
_NO_NUMBER = ("is no whole number", "a number such as 12")
_LONGEST_NUMBER = 9


class NotUsable(Exception):
    """Some fields of a form cannot be used: for each a sentence that says what is wrong, and what would be right."""

    def __init__(self, sentences: Mapping[str, str]) -> None:
        super().__init__(f"cannot be used: {', '.join(sentences)}")
        self.sentences = sentences


def written_in(form: Form, fields: Iterable[str] = FIELDS) -> dict[str, str]:
    """Return what was written into the fields; nothing for those that were left empty."""
    return {name: form.text(name) or "" for name in fields}


def say_clock(instant: datetime, zone: str) -> str:
    """Write an instant as a form has it: by the clock of a zone, without the zone."""
    clock = clock_time(instant, ZoneInfo(zone))
    return clock.isoformat(timespec="seconds" if clock.second else "minutes")


def read_instants(written: Mapping[str, str], zone: str) -> dict[str, str]:
    """Read the times that were written, as RFC 3339 has them. Raises `NotUsable`."""
    found: dict[str, str] = {}
    problems: list[FieldProblem] = []
    for name in ("start", "end"):
        text = written.get(name, "")
        if not text:
            continue
        try:
            clock = datetime.fromisoformat(text)
        except ValueError:
            problems.append(_problem(name, _NO_TIME))
            continue
        instant = clock if clock.tzinfo is not None else instant_of(clock, ZoneInfo(zone))
        if instant is None:
            problems.append(_problem(name, _SKIPPED))
        else:
            found[name] = write_rfc_3339(instant)
    _check(problems)
    return found


def read_number(written: Mapping[str, str], name: str) -> int | None:
    """Read a number that was written; None if the field is empty. Raises `NotUsable`."""
    text = written.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER):
        raise NotUsable({name: _sentence(_problem(name, _NO_NUMBER))})
    return int(text)


def read_organizer(written: Mapping[str, str]) -> dict[str, str] | None:
    """Read for whom it is; None if that was left empty."""
    parts = {"name": written.get("organizer_name", ""), "email": written.get("organizer_email", "")}
    return {name: text for name, text in parts.items() if text} or None


def build(model: type[Model], body: Mapping[str, Any]) -> Model:
    """Build what is wanted. Raises `NotUsable`."""
    try:
        return model.model_validate(body)
    except ValidationError as error:
        found = [{**each, "loc": ("body", *each["loc"])} for each in error.errors()]
        raise NotUsable(sentences_about(field_problems(found, frozenset()))) from error


def sentences_about(problems: Iterable[FieldProblem]) -> dict[str, str]:
    """Return for each field of a form what is wrong with it."""
    return {_OF_MODEL.get(each.field, each.field): _sentence(each) for each in problems}


Unusable: TypeAlias = NotUsable | AnyInvalidWindow | UnusableRecurrence
UNUSABLE: tuple[type[Unusable], ...] = get_args(Unusable)
"""What is raised where fields of a form cannot be used, to be caught by whoever shows it again."""


def say_unusable(error: Unusable) -> Mapping[str, str]:
    """Return for each field of a form why it cannot be used."""
    match error:
        case NotUsable():
            return error.sentences
        case UnusableRecurrence():
            return {"start" if error.field == "start" else "repeats": error.sentence}
        case _:
            name, problem, expected = explain_window(error)
            return {name: _sentence(_problem(name, (problem, expected)))}


def _check(problems: Iterable[FieldProblem]) -> None:
    found = sentences_about(problems)
    if found:
        raise NotUsable(found)


def _problem(name: str, what: tuple[str, str]) -> FieldProblem:
    return FieldProblem(field=name, problem=what[0], expected=what[1])


def _sentence(problem: FieldProblem) -> str:
    return say_invalid("This", problem.problem, problem.expected)
