"""The mails that were taken, and how the sink fares with those that come."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Literal

from tests.graphsim.quantities import Count, Positive

At = Literal["connect", "login", "mail", "rcpt", "data"]


@dataclass(frozen=True, slots=True)
class SmtpFault:
    """What is answered at one step of a conversation; without a `code` the connection is closed without a word.

    `recipient` limits it to that one, from RCPT on; `times` is how often it happens, always if None.
    """

    at: At
    code: int | None = None
    text: str = "4.3.0 So it was told"
    recipient: str | None = None
    times: Count | None = None


@dataclass(frozen=True, slots=True)
class SinkLogin:
    """Who may send mail."""

    user: str
    password: str


@dataclass(frozen=True, slots=True)
class SinkSettings:
    """How the sink fares. `drop_after_data`: so many mails are taken, and the connection is closed before it says so.

    `answer_delay_s` passes before it says that it took one. The first fault that fits happens. `login` is who may send
    mail: anybody if None.
    """

    faults: tuple[SmtpFault, ...] = ()
    drop_after_data: Count = 0
    answer_delay_s: Positive = 0
    starttls: bool = True
    smtputf8: bool = True
    login: SinkLogin | None = None


@dataclass(slots=True)
class Sink:
    """Every mail that was taken, one for each recipient, and the settings."""

    clock: Callable[[], datetime]
    settings: SinkSettings = SinkSettings()
    messages: list[dict[str, str | None]] = field(default_factory=list)
    _happened: Counter[int] = field(default_factory=Counter)
    _dropped: int = 0

    def reset(self) -> None:
        """Forget every mail, and fare well."""
        self.messages.clear()
        self.change(SinkSettings())

    def change(self, settings: SinkSettings) -> None:
        """Fare as told from now on; how often something happened is counted anew."""
        self.settings = settings
        self._happened.clear()
        self._dropped = 0

    def fault(self, at: At, *recipients: str) -> SmtpFault | None:
        """Return what happens now at this step, if anything does, and count it."""
        concerned = {each.lower() for each in recipients}
        for number, each in enumerate(self.settings.faults):
            fits = each.at == at and (each.recipient is None or each.recipient.lower() in concerned)
            if fits and (each.times is None or self._happened[number] < each.times):
                self._happened[number] += 1
                return each
        return None

    def drops(self) -> bool:
        """Whether the connection is closed now, after a mail was taken."""
        if self._dropped >= self.settings.drop_after_data:
            return False
        self._dropped += 1
        return True

    def take(self, sender: str, recipients: list[str], content: bytes) -> None:
        """Keep a mail, for each recipient."""
        message = message_from_bytes(content, policy=default)
        assert isinstance(message, EmailMessage)
        read = {
            "subject": str(message["Subject"]),
            "text": _part(message, "plain"),
            "html": _part(message, "html"),
            "at": self.clock().isoformat(),
            "message_id": str(message["Message-ID"]),
        }
        self.messages += [{"from": sender, "to": each, **read} for each in recipients]


def _part(message: EmailMessage, kind: str) -> str | None:
    part = message.get_body((kind,))
    return str(part.get_content()).replace("\r\n", "\n") if isinstance(part, EmailMessage) else None
