"""Which space a question about rules is for: chosen among those found, or the only one that has what is typed.

One rule: what is looked for anew comes before what was chosen, because whoever types a name means that.
"""

from dataclasses import dataclass, replace
from uuid import UUID

from libs.common.db import Connection
from services.policy.commands.refusals import say_invalid
from services.policy.console.rule_targets import (
    TargetChoice,
    find_targets,
    is_looked_for,
    parse_target,
    write_target,
)
from services.policy.store import policies, target_search
from services.policy.store.target_search import FoundTarget

_ONE = "The name of one, as it is listed, or its id"


@dataclass(frozen=True, slots=True)
class SpaceQuestion:
    """What an address says: what is chosen, what is looked for, and what was found last.

    Whoever `only_looks` is shown what is found, and no space is meant yet.
    """

    written: str
    part: str
    found: str
    only_looks: bool


@dataclass(frozen=True, slots=True)
class AskedSpace:
    """What is found, and which space is meant: None if none is yet, or if something is `wrong` with it."""

    choice: TargetChoice
    space_id: UUID | None = None
    wrong: str | None = None


async def find_asked_space(conn: Connection, asked: SpaceQuestion) -> AskedSpace:
    """Find the space that is meant."""
    chosen, wrong = None, None
    if asked.written and (asked.only_looks or not is_looked_for(asked.part, asked.found)):
        chosen, wrong = await _read(conn, asked.written)
    written = write_target("space", chosen) if chosen is not None else ""
    choice = await find_targets(conn, asked.part, written, "space")
    if asked.only_looks:
        return AskedSpace(choice)
    if chosen is None and wrong is None and choice.part:
        meant = _only_one(choice)
        if meant is None:
            return AskedSpace(choice, wrong=_say_why_none(choice))
        chosen, choice = meant.id, replace(choice, chosen=meant, written=write_target("space", meant.id))
    return AskedSpace(choice, chosen, wrong)


async def _read(conn: Connection, written: str) -> tuple[UUID | None, str | None]:
    """Return the space of a name, an id or what the form writes; or what is wrong with it."""
    named = await policies.targets_named(conn, "space", written, 2)
    if len(named) == 1:
        return named[0], None
    space_id = _id_of(written)
    if space_id is not None and await target_search.one(conn, "space", space_id) is not None:
        return space_id, None
    problem = "is the name of several spaces" if named else "names no space"
    return None, say_invalid("Space", problem, f"The id of one, such as {named[0]}" if named else _ONE)


def _id_of(written: str) -> UUID | None:
    target = parse_target(written) or parse_target(f"space:{written}")
    return target[1] if target is not None and target[0] == "space" else None


def _only_one(choice: TargetChoice) -> FoundTarget | None:
    """Return the space that is called so, or that alone has this in its name; None if several are possible."""
    called = [each for each in choice.found if each.name.casefold() == choice.part.casefold()]
    possible = called or ([] if choice.has_more else choice.found)
    return possible[0] if len(possible) == 1 else None


def _say_why_none(choice: TargetChoice) -> str:
    if not choice.found:
        return say_invalid("Space", "names no space", "A part of the name of one, or of its building")
    return say_invalid("Space", "is not chosen yet", "One of those that were found")
