"""Where a rule holds, as its form has it: all spaces, or a group or a space that is chosen among those found.

What is chosen is written as `all`, or as the scope and the id: `space:9c41…`. One rule: what was chosen stays in the
form, whatever is looked for, and also if it is gone.

In a browser, Enter in any field presses the first button of a form. So a form brings both what is looked for and what
was found last: where these differ, somebody looks for something, and nothing else is done.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from libs.common.db import Connection
from libs.contracts.fields import UNPRINTABLE
from libs.contracts.problems import FieldProblem
from services.policy.commands.policy_fields import UnusableFields, explain_target
from services.policy.commands.unknown import UnknownTarget
from services.policy.core.policies.policy import Attachment
from services.policy.store import target_search
from services.policy.store.target_search import FoundTarget

EVERYWHERE = "all"
MOST_FOUND = 10
LONGEST_PART = 200

_LISTED = "a space or a group of spaces that is listed"


@dataclass(frozen=True, slots=True)
class TargetChoice:
    """What is looked for, what is found of that, and what is chosen: None if that is everywhere, nothing or `gone`.

    What is chosen is among what is `listed`, whether or not it is found.
    """

    part: str
    written: str
    found: Sequence[FoundTarget]
    has_more: bool
    chosen: FoundTarget | None = None
    gone: bool = False

    @property
    def listed(self) -> list[tuple[str, FoundTarget]]:
        """Return what can be chosen, what is chosen first, each with how it is written."""
        first = [] if self.chosen is None else [self.chosen]
        each_once = [*first, *(each for each in self.found if each != self.chosen)]
        return [(write_target(each.scope, each.id), each) for each in each_once]


def write_target(scope: str, target_id: UUID | None) -> str:
    """Write where a rule holds as its form does."""
    return EVERYWHERE if target_id is None else f"{scope}:{target_id}"


def read_target(written: str | None) -> Mapping[str, str]:
    """Return the attachment that is chosen, as the API has it. Raises `UnusableFields`."""
    if written is None:
        raise _unusable("is missing", f"all spaces, or {_LISTED}")
    if written == EVERYWHERE:
        return {"scope": EVERYWHERE}
    named = parse_target(written)
    if named is None:
        raise _unusable("names no space and no group of spaces", _LISTED)
    return {"scope": named[0], "id": str(named[1])}


def target_of(attach: Attachment) -> str:
    """Return how the form writes where a rule is attached."""
    return write_target(attach.scope, attach.id)


def problem_of_target(error: UnknownTarget) -> FieldProblem:
    """Say at the field of the form that what was chosen is gone."""
    return explain_target(error).model_copy(update={"field": "target", "expected": _LISTED})


def is_looked_for(part: str | None, found: str | None) -> bool:
    """Whether this part of a name is looked for, and is not what the form was `found` by before."""
    return _as_part(part or "") not in {"", _as_part(found or "")}


async def find_targets(
    conn: Connection, part: str, written: str, scope: Literal["group", "space"] | None = None
) -> TargetChoice:
    """Find what has this part in its name or its building, of one scope or of both; what is chosen is listed before."""
    part = _as_part(part)
    found = await target_search.named(conn, part or None, MOST_FOUND + 1, scope)
    has_more, shown = len(found) > MOST_FOUND, found[:MOST_FOUND]
    named = parse_target(written)
    chosen = await target_search.one(conn, *named) if named is not None else None
    gone = chosen is None and written not in {EVERYWHERE, ""}
    return TargetChoice(part, written, shown, has_more, chosen, gone)


def _as_part(written: str) -> str:
    return UNPRINTABLE.sub("", written).strip()[:LONGEST_PART]


def parse_target(written: str) -> tuple[str, UUID] | None:
    """Return the scope and the id that are written; None if that is neither a group nor a space."""
    scope, _, target_id = written.partition(":")
    try:
        return (scope, UUID(target_id)) if scope in {"group", "space"} else None
    except ValueError:
        return None


def _unusable(problem: str, expected: str) -> UnusableFields:
    return UnusableFields([FieldProblem(field="target", problem=problem, expected=expected)])
