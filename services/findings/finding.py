"""What a finding is, and the order in which findings are listed."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated
from uuid import UUID, uuid5

from pydantic import Field

from libs.contracts.fields import MomentOut
from libs.contracts.values import Value

PAGE = "docs/findings.md"

_NAMESPACE = UUID("0d6e8a4c-6f0b-4b0e-9b53-6a1b7f1c2f52")


class FindingLevel(StrEnum):
    """How bad a finding is: something does not work, works worse than it could, or is good to know."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class FindingCode(StrEnum):
    """What was found. A code keeps its meaning for ever; one that is no longer found is not used again."""

    NO_MAIL_SERVER = "RS101"
    NO_MAIL_SERVER_YET = "RS102"
    MAILS_REFUSED = "RS103"
    TEMPLATE_FAILS = "RS104"
    ANSWERS_BY_ITSELF = "RS105"
    MAILBOX_OUT_OF_REACH = "RS106"
    NO_ROOM_MAILBOX = "RS107"
    NOT_NOTIFIED = "RS108"
    CANCELLATIONS_WAIT = "RS109"
    CONNECTION_PAUSED = "RS110"
    CREDENTIAL_EXPIRES_IN_MONTHS = "RS141"
    CREDENTIAL_EXPIRES_IN_WEEKS = "RS142"
    CREDENTIAL_EXPIRES_IN_DAYS = "RS143"
    CREDENTIAL_EXPIRED = "RS144"
    CREDENTIAL_FAILS = "RS145"
    SPARE_CREDENTIAL_FAILS = "RS146"
    EXPIRY_NOT_KNOWN = "RS147"
    MAILBOX_RENAMED = "RS151"

    LOGIN_REFUSED = "RS201"
    CALENDARS_NOT_GRANTED = "RS202"
    PERMISSION_MISSING = "RS203"
    PERMISSION_UNUSED = "RS204"
    SCOPE_TOO_WIDE = "RS205"
    CLOCK_IS_WRONG = "RS206"
    GRAPH_AWAY = "RS207"
    CALENDARS_READ_ONLY = "RS208"
    MAILBOX_UNREADABLE = "RS211"
    MAILBOX_NOT_WRITABLE = "RS212"
    MAILBOX_NO_ROOM = "RS213"
    TIME_ZONE_DIFFERS = "RS214"
    CAPACITY_DIFFERS = "RS215"
    WEBHOOK_AWAY = "RS221"
    WEBHOOK_ADDRESS_UNUSABLE = "RS222"
    CERTIFICATE_ENDS = "RS223"
    CERTIFICATE_ENDS_SOON = "RS224"
    CERTIFICATE_OVER = "RS225"
    CERTIFICATE_NOT_TRUSTED = "RS226"
    SUBSCRIPTION_EXPIRED = "RS231"
    SUBSCRIPTION_GONE = "RS232"
    NOT_PROVED = "RS233"
    BROKER_AWAY = "RS241"
    BROKER_TOO_OLD = "RS242"
    BROKER_NOT_PREPARED = "RS243"
    QUEUE_OF_ANOTHER_KIND = "RS244"
    BROKER_ALARM = "RS245"
    MESSAGES_PARKED = "RS246"
    QUORUM_AT_RISK = "RS247"
    DATABASE_AWAY = "RS251"
    DATABASE_TOO_OLD = "RS252"
    EXTENSION_MISSING = "RS253"
    NOT_MIGRATED = "RS254"
    MIGRATED_FURTHER = "RS255"
    MAIL_SERVER_AWAY = "RS261"
    SETTING_WRONG = "RS271"
    SETTINGS_CONTRADICT = "RS272"

    @property
    def is_standing(self) -> bool:
        """Whether it is listed for as long as it is so; others are found by whoever looks at the installation."""
        return self < "RS201"


_WORST_FIRST = tuple(FindingLevel)
_PLACE = re.compile(r"\d RS\d{3} .+", re.DOTALL)


class Finding(Value):
    """One thing that is wrong now, and what mends it."""

    code: Annotated[FindingCode, Field(description="What kind of thing; docs/findings.md has a section for each.")]
    level: Annotated[
        FindingLevel,
        Field(
            description="`error`: something does not work until somebody acts. `warning`: it works, but worse than it "
            "could. `info`: good to know."
        ),
    ]
    subject: Annotated[str, Field(description="What it is about: a space, a mailbox, a connection, the mail server.")]
    finding: Annotated[str, Field(description="What was found.")]
    why: Annotated[str, Field(description="Why it matters.")]
    remedy: Annotated[str, Field(description="What mends it.")]
    doc: Annotated[str, Field(description="The section about it in the documentation.")]
    since: Annotated[MomentOut, Field(description="Since when what was found is so.")]
    space_id: Annotated[UUID | None, Field(description="The space that it is about, if it is about one.")] = None
    connection_id: Annotated[UUID | None, Field(description="The connection, likewise.")] = None

    @property
    def place(self) -> tuple[str, UUID]:
        """Return the place of this finding in lists, which no other one has: the worst first, then by code."""
        rank = _WORST_FIRST.index(self.level)
        id_ = uuid5(_NAMESPACE, f"{self.code} {self.connection_id} {self.space_id} {self.subject}")
        return f"{rank} {self.code} {self.subject}", id_


@dataclass(frozen=True, slots=True)
class WantedFindings:
    """Which findings to list: None stands for any."""

    level: FindingLevel | None = None
    code: FindingCode | None = None
    space_id: UUID | None = None


def select(
    found: Iterable[Finding], wanted: WantedFindings, after: tuple[str, UUID] | None = None
) -> Sequence[Finding]:
    """Return the findings that are wanted and come after a place, in order."""
    chosen = (
        each
        for each in found
        if wanted.level in {None, each.level}
        and wanted.code in {None, each.code}
        and wanted.space_id in {None, each.space_id}
        and (after is None or each.place > after)
    )
    return sorted(chosen, key=lambda each: each.place)


def read_place(place: str) -> str:
    """Return a place as `Finding.place` wrote it. Raises ValueError if it did not."""
    if not _PLACE.fullmatch(place):
        raise ValueError("no place of a finding")
    return place
