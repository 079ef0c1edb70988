"""On requested mails: mail each recipient once, each in a mail of their own, and record for each how it ended.

Exactly once as far as SMTP allows. What it cannot close is the moment between the server's 250 after the message and
our commit: a process that dies there mails a second copy, with the same Message-ID. So does a server that takes a
message and loses the connection before it says so. That is tried once more and then left, so nobody gets a third.

A server that is away, and a recipient whom it does not take now, are waited for (see `libs.common.waiting`); a mail
that is refused for one recipient has ended for that one. Neither addresses nor contents are logged.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from uuid import UUID

import structlog
from prometheus_client import Counter

from libs.common.clock import utc_now
from libs.common.db import AWAY, Pool, database_now
from libs.common.handlers import Became, Finished, HeldBack, RetryLater, Waits
from libs.common.observed import in_words, on_behalf_of
from libs.common.waiting import Remote
from libs.contracts.messages import MailRequested
from libs.contracts.values import Person
from libs.mail.addresses import LONGEST_ADDRESS, MailParty, NoMailAddress
from libs.mail.errors import Deferred, MailFailed, RecipientRefused, ServerAway, SetupRefused, Unanswered
from libs.mail.message import Mail, written
from libs.mail.session import Mailer, MailSession
from services.outbound.store import mails
from services.outbound.store.mails import MailState, UnsentMail

LONGEST_TRIED = timedelta(days=5)
"""After so long a mail is given up. Source: https://www.rfc-editor.org/rfc/rfc5321#section-4.5.4.1"""

LAST_DAY = datetime.max.replace(tzinfo=UTC)
MAIL_SERVER = UUID("5b0c2b5e-7a3d-4f52-9d4e-3c1f0a6d8e77")
"""What stands for the mail server among what messages wait for; a member of it is a recipient."""

MAILS = Counter("roomsync_mails_total", "Mails, one for each recipient, by how they ended", ["about", "result"])

OnReached = Callable[[UUID, str | None], None]

log = structlog.get_logger()


class NotNow(Exception):
    """A mail that has to be tried again, and what it has to wait for."""

    def __init__(self, target: Remote, error: MailFailed) -> None:
        super().__init__(str(error))
        self.target = target


class HandedOverElsewhere(Exception):
    """Another process is handing this very mail over, or has just done so. It is looked at again later."""


@dataclass(frozen=True, slots=True)
class MailHandlers:
    """The handler of requested mails. Without a mailer, mail is not set up, and no mail is sent.

    `on_success` is told what was reached: the mail server, and which recipient.
    """

    pool: Pool
    mailer: Mailer | None
    on_success: OnReached = lambda *_: None
    taken: set[tuple[UUID, str]] = field(default_factory=set)
    """Mails that the server has taken and that could not be recorded yet."""

    async def on_mail_requested(self, messages: Sequence[MailRequested]) -> Sequence[Became]:
        """Send the mails over one connection, and return for each how it ended or why it has to be tried again.

        Once the server cannot be used, the rest is not tried. Harmless to repeat.
        """
        if self.mailer is None:
            return [await _became(partial(_leave, self.pool), message) for message in messages]
        async with self.mailer.session() as session:
            sending = _Sending(self.pool, self.mailer, session, self.on_success, self.taken)
            return [await _became(sending.bring_to_end, message) for message in messages]


@dataclass(slots=True)
class _Sending:
    """The sending of a batch of mails over one connection, until the server cannot be used."""

    pool: Pool
    mailer: Mailer
    session: MailSession
    on_success: OnReached
    taken: set[tuple[UUID, str]]
    away: ServerAway | None = None

    async def bring_to_end(self, message: MailRequested) -> None:
        """Have a mail end for each recipient. Raises `NotNow` if it has to be tried again for one of them."""
        people: dict[str, Person] = {}
        for each in message.to:
            people.setdefault(_key(each), each)
        async with self.pool.acquire() as conn:
            unsent = await mails.note(conn, message.mail_id, people)
            now = await database_now(conn)
        put_off: NotNow | None = None
        for recipient, mail in unsent.items():
            try:
                async with mails.claimed(self.pool, message.mail_id, recipient) as is_ours:
                    if not is_ours:
                        raise HandedOverElsewhere("another process is handing this mail over")
                    await self._bring_to_end_for(message, recipient, people[recipient], mail, now)
            except Deferred as error:
                put_off = NotNow(Remote(MAIL_SERVER, _member(recipient)), error)
        if put_off is not None:
            raise put_off

    async def _bring_to_end_for(
        self, message: MailRequested, recipient: str, person: Person, mail: UnsentMail, now: datetime
    ) -> None:
        if (message.mail_id, recipient) in self.taken:
            await self._settle(message, recipient, MailState.SENT)
        elif now >= min(message.expires_at or LAST_DAY, mail.noted_at + LONGEST_TRIED):
            await self._settle(message, recipient, MailState.EXPIRED)
        elif not mail.may_be_sent:
            await self._settle(message, recipient, MailState.UNCONFIRMED)
        else:
            try:
                to = MailParty.of(person.address, person.name)
            except NoMailAddress as error:
                await self._settle(message, recipient, MailState.REFUSED, reason=f"no mail address: {error}")
                return
            await self._send(message, recipient, to, _mail(message))

    async def _send(self, message: MailRequested, recipient: str, to: MailParty, mail: Mail) -> None:
        if self.away is not None:
            raise NotNow(Remote(MAIL_SERVER), self.away)
        try:
            await self._hand_over(message.mail_id, recipient, to, mail)
        except ServerAway as error:
            self.away = error
            if isinstance(error, SetupRefused):
                log.error("mail.not_possible", reason=str(error))  # noqa: TRY400 - the reason says what to mend
            raise NotNow(Remote(MAIL_SERVER), error) from error
        except RecipientRefused as error:
            await self._settle(message, recipient, MailState.REFUSED, reason=str(error))
            self.on_success(MAIL_SERVER, _member(recipient))
            return
        self.taken.add((message.mail_id, recipient))
        await self._settle(message, recipient, MailState.SENT)
        self.on_success(MAIL_SERVER, _member(recipient))

    async def _hand_over(self, mail_id: UUID, recipient: str, to: MailParty, mail: Mail) -> None:
        """Hand a mail over once the server is ready for it."""
        content = written(mail, self.mailer.sender, to, utc_now())
        await self.session.offer(to, needs_utf8=mail.needs_utf8)
        async with self.pool.acquire() as conn:
            if not await mails.begin(conn, mail_id, recipient):
                raise HandedOverElsewhere("another process has just handed this mail over")
        try:
            await self.session.hand_over(content)
        except Unanswered:
            raise  # The server may have taken it, so it counts as handed over.
        except MailFailed:
            async with self.pool.acquire() as conn:
                await mails.record_refusal(conn, mail_id, recipient)
            raise

    async def _settle(self, message: MailRequested, recipient: str, state: MailState, reason: str = "") -> None:
        async with self.pool.acquire() as conn:
            await mails.settle(conn, message.mail_id, recipient, state)
        self.taken.discard((message.mail_id, recipient))
        MAILS.labels(message.about, state.value).inc()
        level = logging.INFO if state is MailState.SENT else logging.WARNING
        said = {"reason": reason} if reason else {}
        log.log(level, "mail.ended", mail_id=str(message.mail_id), about=message.about, result=state.value, **said)


async def _became(bring_to_end: Callable[[MailRequested], Awaitable[None]], message: MailRequested) -> Became:
    """Have a mail end, and return what became of its message."""
    with on_behalf_of(message):
        try:
            await bring_to_end(message)
        except NotNow as error:
            return Waits(message, error.target, str(error), has_an_end=True)
        except HandedOverElsewhere as error:
            return RetryLater(message, str(error))
        except AWAY as error:
            return HeldBack(message, error)
        except Exception as error:  # noqa: BLE001 - an error with one mail must not keep the others from being sent
            return RetryLater(message, in_words(error))
    return Finished(message)


async def _leave(pool: Pool, message: MailRequested) -> None:
    """Record that a mail is not sent, because no mail is set up."""
    async with pool.acquire() as conn:
        left = await mails.leave(conn, message.mail_id, map(_key, message.to))
    MAILS.labels(message.about, MailState.NOT_CONFIGURED.value).inc(left)
    result = MailState.NOT_CONFIGURED.value
    log.info("mail.ended", mail_id=str(message.mail_id), about=message.about, result=result)


def _mail(message: MailRequested) -> Mail:
    """Return what is to be read. Without a usable address to reply to, replies go to the sender."""
    reply_to = None
    if message.reply_to is not None:
        with suppress(NoMailAddress):
            reply_to = MailParty.of(message.reply_to.address, message.reply_to.name)
    return Mail(message.mail_id, message.subject, message.text, message.html, reply_to)


def _key(person: Person) -> str:
    """Return by what a recipient is known. What is too long for an address is cut, so that a database takes it."""
    return person.address.strip().lower()[:LONGEST_ADDRESS]


def _member(recipient: str) -> str:
    """Return what stands for a recipient where an address does not belong."""
    return sha256(recipient.encode()).hexdigest()[:16]
