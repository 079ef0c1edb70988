"""Say what would be decided about an invitation from Outlook: rule by rule, and in the words its organizer would read.

Nothing is changed, and nothing is locked, so another request may come first. The answer to a real invitation may end
with a link that only its organizer is sent.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from libs.common.db import Connection
from libs.contracts.intents import AnswerMeeting
from libs.contracts.values import Outcome, Reason
from services.policy.commands.alternatives import find_instead
from services.policy.commands.unknown import UnknownSpace
from services.policy.commands.windows import check_distance, window_between
from services.policy.commands.words import read_words
from services.policy.core.alternatives import Alternatives
from services.policy.core.evaluate import evaluate
from services.policy.core.explanations import BrokenRule, Explanation
from services.policy.core.foreseen_answer import foresee_answer
from services.policy.core.ledger import Slice
from services.policy.core.place import Place
from services.policy.core.policies.policy import JudgedBy
from services.policy.core.request import Request
from services.policy.core.verdict import Accept, Verdict
from services.policy.core.wording import state_reason
from services.policy.store import slices


@dataclass(frozen=True, slots=True)
class ForeseenInvitation:
    """An invitation of a space that nobody has sent. `people` counts the organizer too."""

    space_id: UUID
    start: datetime
    end: datetime
    organizer: str | None
    people: int


@dataclass(frozen=True, slots=True)
class InvitationForecast:
    """What would be decided, with every reason and warning, and what could be booked instead.

    `letter` is what the organizer would read. `judged` has every policy that would judge, with what breaks it, or None
    if the invitation keeps to it.
    """

    outcome: Outcome
    reasons: tuple[Reason, ...]
    warnings: tuple[Reason, ...]
    alternatives: Alternatives
    judged: Mapping[UUID, Reason | None]
    letter: str
    is_mapped: bool


async def foresee_invitation(conn: Connection, wanted: ForeseenInvitation) -> InvitationForecast:
    """Say what would be decided about an invitation now. Raises `InvalidWindow`, `UnknownSpace`."""
    window = window_between(wanted.start, wanted.end)
    try:
        ledger = await slices.of_reservation(conn, wanted.space_id, uuid4(), window, wanted.organizer)
    except slices.MissingSpace as error:
        raise UnknownSpace(wanted.space_id) from error
    check_distance(window, ledger.now)
    asked = Request(window, wanted.people, wanted.organizer)
    verdict = evaluate(asked, ledger)
    outcome, goal = foresee_answer(verdict, window, ledger.now)
    instead = await find_instead(conn, ledger, goal, asked.judged)
    answer = (await read_words(conn, ledger)).write(goal, ledger, instead)
    place = ledger.space.place
    return InvitationForecast(
        outcome=outcome,
        reasons=_state(_reasons_of(verdict), place),
        warnings=_state(verdict.warnings, place),
        alternatives=instead,
        judged={each.policy_id: _what_breaks(each, ledger) for each in verdict.judged_by},
        letter=answer.comment if isinstance(answer, AnswerMeeting) else "",
        is_mapped=ledger.space.room_mailbox is not None,
    )


def _reasons_of(verdict: Verdict) -> Sequence[Explanation]:
    return () if isinstance(verdict, Accept) else verdict.reasons


def _state(reasons: Iterable[Explanation], place: Place) -> tuple[Reason, ...]:
    return tuple(state_reason(each, place) for each in reasons)


def _what_breaks(judged_by: JudgedBy, ledger: Slice) -> Reason | None:
    if judged_by.breach is None:
        return None
    policy = next(each for each in ledger.policies if each.id == judged_by.policy_id)
    why = BrokenRule(
        policy_id=policy.id,
        version=policy.version,
        effect=judged_by.effect,
        rule=policy.rule,
        breach=judged_by.breach,
    )
    return state_reason(why, ledger.space.place)
