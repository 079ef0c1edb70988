"""All that whoever is to decide a question should know: who else wants the time, what a yes and a no would do.

Nothing is locked, so somebody else may decide meanwhile; the decision itself sees to that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from libs.common.db import Connection
from libs.contracts.values import Reason
from services.policy.commands.alternatives import find_alternatives
from services.policy.commands.questions import read_asked_about
from services.policy.commands.unknown import UnknownApproval
from services.policy.core.alternatives import NO_ALTERNATIVES, Alternatives
from services.policy.core.approvals.competing import find_in_the_way
from services.policy.core.approvals.consequences import Consequences, find_what_is_asked, say_consequences
from services.policy.core.approvals.question import Question
from services.policy.core.explanations import Explanation
from services.policy.core.ledger import Judged, Slice
from services.policy.core.request import request_of_meeting
from services.policy.core.wording import state_reason
from services.policy.store import questions, reading, slices
from services.policy.store.questions import AskedAbout, ShownQuestion
from services.policy.store.reading import ShownReservation


@dataclass(frozen=True, slots=True)
class QuestionDetail:
    """A question with its reasons in words, and, while it waits, with what bears on the decision.

    `rivals` are the requests that a yes declines. What is `in_the_way` has the time by now, so that there can be no
    yes until it is gone. `consequences` are None once it is closed.
    """

    question: ShownQuestion
    reasons: tuple[Reason, ...]
    rivals: Sequence[ShownReservation] = ()
    in_the_way: tuple[Reason, ...] = ()
    alternatives: Alternatives = NO_ALTERNATIVES
    consequences: Consequences | None = None


async def read_question_detail(conn: Connection, question_id: UUID) -> QuestionDetail:
    """Read a question with what bears on its decision. Raises `UnknownApproval`."""
    found, about = await questions.read(conn, question_id), await questions.asked_about(conn, question_id)
    if found is None or about is None:
        raise UnknownApproval(question_id)
    reasons = _state(found.reasons, found)
    if found.state != "pending":
        return QuestionDetail(found, reasons)
    ledger = await read_asked_about(conn, about)
    question = ledger.question
    if question is None or question.id != question_id:
        return QuestionDetail(found, reasons)
    in_the_way = find_in_the_way(question, ledger)
    return QuestionDetail(
        found,
        reasons,
        rivals=await reading.these_reservations(conn, found.rivals) if found.rivals else (),
        in_the_way=_state(in_the_way, found),
        alternatives=await _find_alternatives(conn, about, question, (*question.reasons, *in_the_way)),
        consequences=say_consequences(find_what_is_asked(question, ledger, len(found.rivals))),
    )


async def _find_alternatives(
    conn: Connection, about: AskedAbout, question: Question, reasons: Sequence[Explanation]
) -> Alternatives:
    """Find what could be booked instead of what is asked for; of a series, nothing is looked for."""
    if about.reservation_id is None:
        return NO_ALTERNATIVES
    ledger = await _read_judged(conn, about, about.reservation_id, question)
    if ledger is None:
        return NO_ALTERNATIVES
    asked = question.asked
    judged = Judged(window=asked.window, organizer=asked.organizer, people=asked.people)
    return await find_alternatives(conn, ledger, request_of_meeting(judged, ledger.live), reasons)


async def _read_judged(conn: Connection, about: AskedAbout, reservation_id: UUID, question: Question) -> Slice | None:
    """Read what judging the request again needs; None if the space is closing, so that nothing is suggested there."""
    asked = question.asked
    try:
        return await slices.of_reservation(conn, about.space_id, reservation_id, asked.window, asked.organizer)
    except slices.ClosingSpace:
        return None


def _state(reasons: Sequence[Explanation], found: ShownQuestion) -> tuple[Reason, ...]:
    return tuple(state_reason(each, found.place) for each in reasons)
