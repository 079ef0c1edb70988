"""A mail as a message in the form of the internet: the headers, and the text, plain and as HTML.

Source: https://www.rfc-editor.org/rfc/rfc5322 (headers), https://www.rfc-editor.org/rfc/rfc2046#section-5.1.4
(multipart/alternative), https://www.rfc-editor.org/rfc/rfc3834#section-5 (Auto-Submitted)
"""

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from uuid import UUID

from libs.mail.addresses import MailParty
from libs.mail.headers import person_header, text_header

LONGEST_SUBJECT = 400
_ASCII = SMTP.clone(cte_type="7bit")
"""Every line is ASCII and short, so that any server takes it: the rest is encoded."""


@dataclass(frozen=True, slots=True)
class Mail:
    """What somebody is to read. Each recipient is mailed a message of their own, all with the same Message-ID."""

    mail_id: UUID
    subject: str
    text: str
    html: str | None = None
    reply_to: MailParty | None = None

    @property
    def needs_utf8(self) -> bool:
        """Whether the mail, whoever it is for, needs a server that speaks SMTPUTF8."""
        return self.reply_to is not None and self.reply_to.address.needs_utf8

    def message_id(self, sender: MailParty) -> str:
        """Return the Message-ID, the same however often it is sent, so that a mailbox may show a copy once."""
        return f"<{self.mail_id}@{sender.address.domain}>"


def written(mail: Mail, sender: MailParty, recipient: MailParty, at: datetime) -> bytes:
    """Return the message to one recipient, with CRLF. It is all ASCII unless an address needs SMTPUTF8."""
    headers = {
        "From": person_header(sender),
        "To": person_header(recipient),
        **({"Reply-To": person_header(mail.reply_to)} if mail.reply_to is not None else {}),
        "Subject": text_header(mail.subject[:LONGEST_SUBJECT]),
        "Date": format_datetime(at),
        "Message-ID": mail.message_id(sender),
        "Auto-Submitted": "auto-generated",
    }
    content = EmailMessage(_ASCII)
    content.set_content(_lines(mail.text))
    if mail.html is not None:
        content.add_alternative(_lines(mail.html), subtype="html")
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode() + content.as_bytes()


def _lines(text: str) -> str:
    """Return a text with the line ends that the email package expects, and one at its end."""
    return "\n".join(text.replace("\r\n", "\n").replace("\r", "\n").split("\n")).rstrip("\n") + "\n"
