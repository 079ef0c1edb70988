"""The conversation with a mail server: one connection, and on it one transaction for each mail and recipient.

A transaction has two steps, so that the caller can record between them that the mail is about to go: until `hand_over`
is called, nothing can have been mailed.

Source: https://www.rfc-editor.org/rfc/rfc5321 (section 4.2 for replies), https://www.rfc-editor.org/rfc/rfc4954 (login)
"""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import timedelta
from enum import Enum, auto
from ssl import SSLCertVerificationError

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPException,
    SMTPRecipientRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)
from aiosmtplib.protocol import SMTPProtocol

from libs.mail.addresses import MailParty
from libs.mail.errors import Deferred, MailFailed, RecipientRefused, ServerAway, SetupRefused, Unanswered, in_short
from libs.mail.server import Encryption, MailServer

MOST_CONNECTIONS = 3
"""As many as Exchange Online allows a client.

Source: https://learn.microsoft.com/exchange/mail-flow-best-practices (client SMTP submission, limits)
"""

CLOSING, MUST_LOG_IN, TOO_LARGE, GO_ON = 421, 530, 552, 354
LONGER_FOR_A_MAIL = 4
"""So many times longer than for any other answer a server may take to answer a whole mail, which it may look through.

To give up sooner would send a second copy. Source: https://www.rfc-editor.org/rfc/rfc5321#section-4.5.3.2.6
"""

LOGIN = "user and password in ROOMSYNC_SMTP_URL"
_DOT = re.compile(rb"(?m)^\.")


class Mailer:
    """A mail server as one process uses it: `MOST_CONNECTIONS` at a time, each for as long as its session."""

    def __init__(self, server: MailServer, sender: MailParty, timeout_s: float) -> None:
        self.sender = sender
        self.longest_hand_over = timedelta(seconds=timeout_s * LONGER_FOR_A_MAIL)
        self._timeout_s = timeout_s
        self._server = server
        self._trust = server.trust()
        self._places = asyncio.Semaphore(MOST_CONNECTIONS)

    @asynccontextmanager
    async def session(self) -> AsyncIterator["MailSession"]:
        """Open a session. It connects when the first mail is offered, and says goodbye at the end."""
        async with self._places:
            session = MailSession(self._connection(), self._server, self.sender, self.longest_hand_over)
            try:
                yield session
            finally:
                await session.end()

    def _connection(self) -> SMTP:
        server = self._server
        return SMTP(
            hostname=server.host,
            port=server.port,
            local_hostname=self.sender.address.domain,
            timeout=self._timeout_s,
            use_tls=server.encryption is Encryption.FROM_THE_START,
            start_tls=server.encryption is Encryption.STARTTLS,
            tls_context=self._trust,
        )


class _Stage(Enum):
    """How far a conversation is."""

    CLOSED = auto()
    READY = auto()
    BEGUN = auto()
    """A transaction began and came to nothing."""
    OFFERED = auto()
    """The server takes whatever comes next as the message."""


class MailSession:
    """One connection to a mail server, made when it is needed."""

    def __init__(self, client: SMTP, server: MailServer, sender: MailParty, longest_hand_over: timedelta) -> None:
        self._client = client
        self._server = server
        self._sender = sender
        self._longest_hand_over_s = longest_hand_over.total_seconds()
        self._stage = _Stage.CLOSED

    async def greet(self) -> None:
        """Have a connection on which mail could be sent: encrypted and logged in as it is set up. Nothing is mailed.

        Raises `ServerAway` or `SetupRefused`.
        """
        with _translated():
            await self._be_ready()

    async def offer(self, recipient: MailParty, *, needs_utf8: bool = False) -> None:
        """Have the server ready to take a mail for this recipient; nothing is mailed yet.

        Raises `ServerAway`, `SetupRefused`, `Deferred` or `RecipientRefused`. `needs_utf8` says that the
        mail itself needs a server that speaks SMTPUTF8.
        """
        with _translated():
            await self._be_ready()
            needs_utf8 = needs_utf8 or recipient.address.needs_utf8 or self._sender.address.needs_utf8
            if needs_utf8 and not self._client.supports_extension("smtputf8"):
                raise RecipientRefused("the mail server takes only addresses in ASCII (it does not speak SMTPUTF8)")
            encoding, options = ("utf-8", ["SMTPUTF8"]) if needs_utf8 else ("ascii", [])
            self._stage = _Stage.BEGUN
            await self._client.mail(str(self._sender.address), options=options, encoding=encoding)
            await self._client.rcpt(str(recipient.address), encoding=encoding)
            ready = await self._client.execute_command(b"DATA")
            if ready.code != GO_ON:
                raise _of_reply(ready.code, ready.message, "DATA")
            self._stage = _Stage.OFFERED

    async def hand_over(self, message: bytes) -> None:
        """Give the server the message that was offered. If this returns, the server has taken it on.

        Raises `Unanswered` if that cannot be known, and otherwise as `offer`: then the server did not take it.
        """
        protocol = self._client.protocol
        if self._stage is not _Stage.OFFERED or protocol is None or not protocol.is_connected:
            self.abandon()
            raise ServerAway("the connection to the mail server was lost")
        try:
            code, said = await _give(protocol, message, self._longest_hand_over_s)
        except (SMTPException, OSError, TimeoutError) as error:
            self.abandon()
            raise Unanswered(f"the mail server did not say whether it took the mail: {type(error).__name__}") from error
        self._stage = _Stage.READY
        if code // 100 != 2:
            raise _of_reply(code, said, "the mail")

    def abandon(self) -> None:
        """Close the connection at once. What was offered and not handed over is not mailed."""
        self._client.close()
        self._stage = _Stage.CLOSED

    async def end(self) -> None:
        """Say goodbye if there is anybody to say it to."""
        if self._client.is_connected and self._stage in {_Stage.READY, _Stage.BEGUN}:
            with suppress(SMTPException, OSError, TimeoutError):
                await self._client.quit()
        self.abandon()

    async def _be_ready(self) -> None:
        """Have a connection on which a transaction can begin."""
        if self._stage is _Stage.OFFERED or not self._client.is_connected:
            self.abandon()
        if self._stage is _Stage.CLOSED:
            await self._client.connect()
            if self._server.user is not None and self._server.password is not None:
                await self._client.login(self._server.user, self._server.password)
            await self._client.ehlo()
        elif self._stage is _Stage.BEGUN:
            await self._client.rset()
        self._stage = _Stage.READY


async def _give(protocol: SMTPProtocol, message: bytes, timeout_s: float) -> tuple[int, str]:
    """Send the lines of a message and the dot that ends them, and return what the server says."""
    protocol.write(_DOT.sub(b"..", message) + b".\r\n")
    reply = await protocol.read_response(timeout=timeout_s)
    return reply.code, reply.message


@contextmanager
def _translated() -> Iterator[None]:
    """Say in our own terms what went wrong before a mail was handed over."""
    try:
        yield
    except SMTPAuthenticationError as error:
        raise _of_setup(error, "log in", LOGIN) from error
    except SMTPSenderRefused as error:
        if error.code == TOO_LARGE:
            raise _of_reply(error.code, error.message, "MAIL") from error
        if error.code == MUST_LOG_IN:
            raise _of_setup(error, "send mail", LOGIN) from error
        raise _of_setup(error, "send mail", "ROOMSYNC_MAIL_SENDER, or whom the server lets send for it") from error
    except SMTPRecipientRefused as error:
        if error.code == MUST_LOG_IN:
            raise _of_setup(error, "send mail", LOGIN) from error
        raise _of_reply(error.code, error.message, "RCPT") from error
    except SMTPResponseException as error:
        raise _of_setup(error, "connect", "ROOMSYNC_SMTP_URL, or whom the server serves") from error
    except (OSError, TimeoutError) as error:
        raise _of_connection(error) from error
    except SMTPException as error:
        raise SetupRefused(
            f"the mail server does not offer what ROOMSYNC_SMTP_URL asks for: {in_short(str(error))}"
        ) from error


def _of_setup(error: SMTPResponseException, wanted: str, remedy: str) -> ServerAway:
    """Return what it means that the server refuses us, whoever the mail is for."""
    said = f"the mail server does not let Roomsync {wanted}: {error.code} {in_short(error.message)}"
    return SetupRefused(f"{said}; look at {remedy}") if _is_for_good(error.code) else ServerAway(said)


def _of_reply(code: int, said: str, to: str) -> MailFailed:
    """Return what a reply that is no success means for one recipient."""
    text = f"the mail server answered {to} with {code} {in_short(said)}"
    if _is_for_good(code):
        return RecipientRefused(text)
    return Deferred(text) if 400 <= code < 500 and code != CLOSING else ServerAway(text)


def _is_for_good(code: int) -> bool:
    return 500 <= code < 600


def _of_connection(error: Exception) -> ServerAway:
    """Return what it means that a connection cannot be made, or was lost."""
    cause = error.__cause__ or error
    if isinstance(cause, SSLCertVerificationError):
        said = f"the certificate of the mail server is not trusted: {in_short(cause.verify_message)}"
        return SetupRefused(f"{said}; look at ROOMSYNC_SMTP_CA_FILE, and at the host in ROOMSYNC_SMTP_URL")
    return ServerAway(f"the mail server cannot be reached: {type(cause).__name__}")
