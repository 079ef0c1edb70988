"""SMTP as the sink speaks it, by aiosmtpd; what is answered is the sink's to say.

Source: https://aiosmtpd.aio-libs.org/en/latest/handlers.html
"""

import asyncio
import logging
import ssl
from typing import cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.graphsim.smtp.sink import At, Sink, SmtpFault

logging.getLogger("mail.log").setLevel(logging.CRITICAL)  # What goes wrong here goes wrong on purpose.

LARGEST_MAIL = 4 * 1024 * 1024


class Conversation(SMTP):
    """One connection, which the sink may close at any time."""

    def hang_up(self) -> None:
        """Close the connection without a word."""
        if self.transport is not None:
            _writing(self.transport).abort()


class RefusedGreeting(asyncio.Protocol):
    """A connection that is refused as soon as it is made."""

    def __init__(self, fault: SmtpFault) -> None:
        self._fault = fault

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self._fault.code is not None:
            _writing(transport).write(f"{self._fault.code} {self._fault.text}\r\n".encode())
        transport.close()


def _writing(transport: asyncio.BaseTransport) -> asyncio.WriteTransport:
    """Return a transport as what it is; those of uvloop do not say so."""
    return cast("asyncio.WriteTransport", transport)


class SinkAnswers:
    """What is answered at each step of a conversation."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    async def handle_MAIL(  # noqa: N802 - aiosmtpd looks for this name
        self, server: Conversation, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self._said(server, "mail") or "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: Conversation, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        refusal = self._said(server, "rcpt", address)
        if refusal is None:
            envelope.rcpt_tos.append(address)
        return refusal or "250 2.1.5 OK"

    async def handle_DATA(self, server: Conversation, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        refusal = self._said(server, "data", *envelope.rcpt_tos)
        if refusal is not None:
            return refusal
        assert isinstance(envelope.content, bytes)
        self._sink.take(envelope.mail_from or "", envelope.rcpt_tos, envelope.content)
        await asyncio.sleep(self._sink.settings.answer_delay_s)
        if self._sink.drops():
            server.hang_up()
        return "250 2.0.0 OK"

    def authenticate(
        self, server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: object
    ) -> AuthResult:
        """Let in whoever may send mail."""
        assert isinstance(server, Conversation)
        refusal, login = self._said(server, "login"), self._sink.settings.login
        known = LoginPassword(login.user.encode(), login.password.encode()) if login else None
        if refusal is None and known is not None and given == known:
            return AuthResult(success=True)
        return AuthResult(success=False, handled=False, message=refusal or "535 5.7.8 Authentication failed")

    def _said(self, server: Conversation, at: At, *recipients: str) -> str | None:
        """Return what is said instead of the usual, if anything is; without a code, hang up."""
        fault = self._sink.fault(at, *recipients)
        if fault is None:
            return None
        if fault.code is None:
            server.hang_up()
        return f"{fault.code or 421} {fault.text}"


class SinkServer:
    """The sink, listening on 127.0.0.1."""

    def __init__(self, sink: Sink, trust: ssl.SSLContext) -> None:
        self._sink = sink
        self._trust = trust
        self._answers = SinkAnswers(sink)
        self._server: asyncio.Server | None = None

    async def start(self, port: int) -> int:
        """Listen on a port, on any that is free if it is 0, and return it."""
        self._server = await asyncio.get_running_loop().create_server(self._met, "127.0.0.1", port)
        listening: int = self._server.sockets[0].getsockname()[1]
        return listening

    async def stop(self) -> None:
        """Listen no longer."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    def _met(self) -> asyncio.BaseProtocol:
        fault = self._sink.fault("connect")
        return RefusedGreeting(fault) if fault is not None else self._conversation()

    def _conversation(self) -> Conversation:
        settings = self._sink.settings
        return Conversation(
            self._answers,
            hostname="sink.example.org",
            ident="sink",
            data_size_limit=LARGEST_MAIL,
            enable_SMTPUTF8=settings.smtputf8,
            tls_context=self._trust if settings.starttls else None,
            auth_required=settings.login is not None,
            auth_require_tls=settings.starttls,
            authenticator=self._answers.authenticate,
            loop=asyncio.get_running_loop(),
        )
