"""What holds for a room and a person, and what would be decided about a request: asked, and nothing changed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request, Response
from pydantic import AfterValidator, BaseModel, Field, TypeAdapter, ValidationError

from libs.common.db import Connection
from libs.contracts.fields import FIRST_YEAR, LAST_YEAR, Address, printable
from libs.contracts.values import Reason
from services.policy.commands.callers import READERS
from services.policy.commands.errors import InvalidWindow
from services.policy.commands.invitation_forecasts import (
    ForeseenInvitation,
    InvitationForecast,
    foresee_invitation,
)
from services.policy.commands.policies import resolve_policies
from services.policy.commands.refusals import explain_window, say_invalid
from services.policy.commands.unknown import UnknownSpace
from services.policy.console.access import Context, serves
from services.policy.console.asked_space import SpaceQuestion, find_asked_space
from services.policy.console.page import show
from services.policy.console.rule_targets import LONGEST_PART
from services.policy.console.rule_words import EFFECT_NAMES, KIND_NAMES
from services.policy.console.sections import RULES
from services.policy.console.shown_rule import ShownRule, describe_policy
from services.policy.core.policies.describe import say_why_not
from services.policy.core.policies.resolve import Asker
from services.policy.store import policies, spaces

router = APIRouter(prefix="/rules", include_in_schema=False)

_ADDRESS: TypeAdapter[str] = TypeAdapter(Address)


class AskedCheck(BaseModel):
    """What is asked: for which space, which is chosen or found by what is typed, for whom, when and for how many."""

    space: Annotated[str, Field(max_length=255), AfterValidator(printable)] = ""
    find: Annotated[str, Field(max_length=LONGEST_PART), AfterValidator(printable)] = ""
    found: Annotated[str, Field(max_length=LONGEST_PART), AfterValidator(printable)] = ""
    look: Literal["yes"] | None = None
    organizer: Annotated[str, Field(max_length=254), AfterValidator(printable)] = ""
    start: Annotated[str, Field(max_length=20)] = ""
    end: Annotated[str, Field(max_length=20)] = ""
    people: Annotated[str, Field(max_length=6)] = ""


class CannotCheck(Exception):
    """A field of the question cannot be used. The message says which, and what would be right."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True, slots=True)
class RuleHere:
    """A rule that concerns the space, and why it does not judge, if it does not.

    One that `is_asked` judges the time that was asked for, and `broken` says what breaks it, if anything does.
    """

    rule: ShownRule
    why_not: str | None
    is_asked: bool
    broken: Reason | None


@dataclass(frozen=True, slots=True)
class Checked:
    """The rules of a space, and what would be decided, if a time was asked for."""

    space_name: str
    time_zone: str
    rules: tuple[RuleHere, ...]
    forecast: InvitationForecast | None


@router.get("/check", dependencies=serves(READERS))
async def check(asked: Annotated[AskedCheck, Query()], request: Request, context: Context) -> Response:
    """Show the question, and its answer if it is complete; a field that cannot be used has its sentence."""
    checked, wrong = None, dict[str, str]()
    async with context.reading() as conn:
        space = await find_asked_space(
            conn, SpaceQuestion(asked.space, asked.find, asked.found, only_looks=asked.look is not None)
        )
        if space.wrong is not None:
            wrong["space"] = space.wrong
        elif space.space_id is not None:
            try:
                checked = await _check(conn, space.space_id, asked, context.clock())
            except CannotCheck as error:
                wrong[error.field] = str(error)
    facts = {
        "asked": asked,
        "choice": space.choice,
        "longest_part": LONGEST_PART,
        "checked": checked,
        "wrong": wrong,
        "kinds": KIND_NAMES,
        "effects": EFFECT_NAMES,
    }
    return show(request, "rule_check", facts, section=RULES, status=422 if wrong else 200)


async def _check(conn: Connection, space_id: UUID, asked: AskedCheck, now: datetime) -> Checked:
    space = await spaces.read(conn, space_id)
    if space is None:
        raise UnknownSpace(space_id)
    zone = space.space.time_zone
    organizer = _organizer(asked.organizer)
    start, end = _moment("start", asked.start, zone), _moment("end", asked.end, zone)
    people = _people(asked.people)
    forecast = None
    if start is not None and end is not None:
        forecast = await _foresee(conn, ForeseenInvitation(space_id, start, end, organizer, people))
    on = start.astimezone(ZoneInfo(zone)).date() if start is not None else None
    found = await resolve_policies(conn, space_id, Asker(organizer, "outlook"), on, now)
    names = await policies.named(conn, [each.policy.attach.id for each in found if each.policy.attach.id is not None])
    judged = forecast.judged if forecast is not None else {}
    here = tuple(
        RuleHere(
            describe_policy(each.policy, names.get(each.policy.attach.id) if each.policy.attach.id else None),
            say_why_not(each.why_not) if each.why_not is not None else None,
            each.policy.id in judged,
            judged.get(each.policy.id),
        )
        for each in found
    )
    return Checked(space.space.name, zone, here, forecast)


async def _foresee(conn: Connection, wanted: ForeseenInvitation) -> InvitationForecast:
    try:
        return await foresee_invitation(conn, wanted)
    except InvalidWindow as error:
        field, problem, expected = explain_window(error)  # type: ignore[arg-type]
        raise CannotCheck(field, say_invalid(field.capitalize(), problem, expected)) from error


def _organizer(written: str) -> str | None:
    try:
        return _ADDRESS.validate_python(written) if written else None
    except ValidationError as error:
        sentence = say_invalid("Organizer", "cannot be used", "A mail address such as ada@example.org")
        raise CannotCheck("organizer", sentence) from error


def _people(written: str) -> int:
    if not written:
        return 1
    if not (written.isascii() and written.isdecimal()):
        raise CannotCheck("people", say_invalid("People", "is no whole number", "A number such as 12"))
    return int(written)


def _moment(field: str, written: str, zone: str) -> datetime | None:
    if not written:
        return None
    try:
        moment = datetime.fromisoformat(written).replace(tzinfo=ZoneInfo(zone))
        if not FIRST_YEAR <= moment.year <= LAST_YEAR:
            raise ValueError(f"the year {moment.year} is beyond what a calendar has")
    except ValueError as error:
        sentence = say_invalid(field.capitalize(), "is no time that exists", "A time such as 2027-03-01T09:00")
        raise CannotCheck(field, sentence) from error
    return moment
