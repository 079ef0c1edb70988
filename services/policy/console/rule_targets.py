"""Where a rule holds, as its form has it: all spaces, or a group or a space that is chosen among those found.

What is chosen is written as `all`, or as the scope and the id: `space:9c41…`. One rule: what was chosen stays in the
form, whatever is looked for, and also if it is gone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
    named = _parse(written)
    if named is None:
        raise _unusable("names no space and no group of spaces", _LISTED)
    return {"scope": named[0], "id": str(named[1])}


def target_of(attach: Attachment) -> str:
    """Return how the form writes where a rule is attached."""
    return write_target(attach.scope, attach.id)


def problem_of_target(error: UnknownTarget) -> FieldProblem:
    """Say at the field of the form that what was chosen is gone."""
    return explain_target(error).model_copy(update={"field": "target", "expected": _LISTED})


async def find_targets(conn: Connection, part: str, written: str) -> TargetChoice:
    """Find what has this part in its name or its building; what is chosen is listed before."""
    part = UNPRINTABLE.sub("", part).strip()[:LONGEST_PART]
    found = await target_search.named(conn, part or None, MOST_FOUND + 1)
    has_more, shown = len(found) > MOST_FOUND, found[:MOST_FOUND]
    named = _parse(written)
    chosen = await target_search.one(conn, *named) if named is not None else None
    gone = chosen is None and written not in {EVERYWHERE, ""}
    return TargetChoice(part, written, shown, has_more, chosen, gone)


def _parse(written: str) -> tuple[str, UUID] | None:
    scope, _, target_id = written.partition(":")
    try:
        return (scope, UUID(target_id)) if scope in {"group", "space"} else None
    except ValueError:
        return None


def _unusable(problem: str, expected: str) -> UnusableFields:
    return UnusableFields([FieldProblem(field="target", problem=problem, expected=expected)])
