"""The page on which an approver decides a question."""

from collections.abc import Mapping, Sequence

from libs.common.db import Connection
from libs.contracts.message import Message
from libs.contracts.values import Actor, ActorKind
from services.policy.api.pages.page import Page
from services.policy.api.problems import Problem
from services.policy.commands.questions import Ruled, decide_question
from services.policy.commands.refusals import CONFLICT, INVALID
from services.policy.commands.undecidable import AlreadyDecided
from services.policy.commands.unknown import UnknownApproval
from services.policy.commands.work import RequestContext
from services.policy.core.approvals.outcome import say_dates, say_organizer, say_outcome
from services.policy.core.approvals.telling import say_until
from services.policy.core.links import Link
from services.policy.core.policies.phrases import say_people
from services.policy.core.prose import MOST_CHARACTERS
from services.policy.core.times import say_window
from services.policy.core.wording import state_reason
from services.policy.store import questions
from services.policy.store.questions import ShownQuestion


class QuestionPage:
    """Show what is asked for; approve or reject it in the name of the person whom the link was sent to."""

    async def show(self, conn: Connection, link: Link) -> Page:
        """Return the question, with its buttons while it can be decided. It tells as much as the mail about it does."""
        found = await questions.read(conn, link.about)
        if found is None:
            raise UnknownApproval(link.about)
        return _page(found, link)

    async def act(
        self, conn: Connection, link: Link, form: Mapping[str, str], context: RequestContext
    ) -> Sequence[Message]:
        """Decide the question. Raises what `decide_question` raises."""
        comment = form.get("comment", "").replace("\r\n", "\n").strip() or None
        by = Actor(kind=ActorKind.APPROVER, subject=link.person)
        ruled = _ruled(form, comment)
        try:
            return await decide_question(
                conn, link.about, ruled, expected_version=None, patience=context.patience, by=by
            )
        except AlreadyDecided as error:
            found = await questions.read(conn, link.about)
            if found is None:
                raise
            stands = " The first decision stands." if found.state in {"approved", "rejected"} else ""
            raise Problem(CONFLICT, say_outcome(found, found.time_zone) + stands) from error


def _ruled(form: Mapping[str, str], comment: str | None) -> Ruled:
    match form.get("action"):
        case "approve":
            return Ruled("approve", comment)
        case "reject":
            return Ruled("reject", comment)
        case _:
            raise Problem(INVALID, "Choose Approve or Reject on the page of this link. Nothing was changed.")


def _page(found: ShownQuestion, link: Link) -> Page:
    asked, zone = found.asked, found.time_zone
    is_open = found.state == "pending"
    facts = {
        "headline": f"May {found.space_name} be booked?" if is_open else f"A booking of {found.space_name}",
        "space": found.space_name,
        "when": say_window(asked.windows[0], zone),
        "more_dates": say_dates(asked.windows, zone),
        "booked": say_window(found.booked[0], zone) if found.booked else None,
        "more_booked": say_dates(found.booked, zone),
        "title": found.title,
        "organizer": say_organizer(found),
        "is_private": found.is_private,
        "people": say_people(asked.people),
        "reasons": [] if found.is_private else [state_reason(each, found.place).message for each in found.reasons],
        "is_open": is_open,
        "until": say_until(found),
        "most_characters": MOST_CHARACTERS,
        "person": link.person,
        "outcome": say_outcome(found, zone),
        "comment": found.comment,
    }
    return Page("question", facts)
