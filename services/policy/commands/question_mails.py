"""Have people mailed about a question: those whose mails are due, unless it is closed by now."""

from collections.abc import Sequence
from uuid import UUID

from libs.common.db import Connection
from libs.contracts.messages import MailRequested
from libs.contracts.values import Person
from services.policy.core.approvals.telling import ToldQuestion, write_mail
from services.policy.core.links import Link, LinkPurpose, LinkSigner
from services.policy.store import question_mails
from services.policy.store.question_mails import ClaimedMail

AT_ONCE = 100
"""So many people are mailed about a question in one transaction; the others follow in the next."""


async def request_mails(conn: Connection, approval_id: UUID, links: LinkSigner | None) -> Sequence[MailRequested]:
    """Return the mails about a question that are due, each to one person; none to anybody who got it before.

    With `links`, each has a link by which that person may decide, for as long as somebody has to. Once the question is
    closed, nobody gets what was planned, and a mail that still waits is taken back.
    """
    claimed = await question_mails.claim(conn, approval_id, AT_ONCE)
    told = await question_mails.tell(conn, approval_id)
    if told is None:
        await question_mails.forget(conn, [each for each in claimed if not each.was_requested])
        return [_take_back(each) for each in claimed if each.was_requested and not each.has_ended]
    return [_write(each, told, links) for each in claimed if not each.was_requested]


def _write(mail: ClaimedMail, told: ToldQuestion, links: LinkSigner | None) -> MailRequested:
    link = Link(LinkPurpose.DECIDE_QUESTION, told.id, mail.recipient, told.due_at)
    written = write_mail(told, mail.kind, links.url_of(link) if links is not None else None)
    return MailRequested(
        mail_id=mail.mail_id,
        about=f"question.{mail.kind}",
        to=(Person(address=mail.recipient),),
        subject=written.subject,
        text=written.text,
        html=written.html,
        expires_at=told.due_at,
    )


def _take_back(mail: ClaimedMail) -> MailRequested:
    """Ask for a mail once more as one that is pointless, which outbound drops, and the one that waits with it."""
    return MailRequested(
        mail_id=mail.mail_id,
        about=f"question.{mail.kind}",
        to=(Person(address=mail.recipient),),
        subject="No longer needed",
        text="Nobody has to decide this any more.",
        expires_at=mail.due_at,
    )
