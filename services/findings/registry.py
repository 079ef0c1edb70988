"""The words of every finding: what was found, why it matters, what mends it, and when it goes away.

Words in braces are filled in when something is found; `docs/findings.md` names them as they are. One rule: each code
has one entry, and each entry is found by something: the standing ones by policy, those of `installation` by the doctor.

Sources:
    https://learn.microsoft.com/powershell/module/exchangepowershell/set-calendarprocessing
    https://learn.microsoft.com/powershell/module/exchangepowershell/test-serviceprincipalauthorization
    https://learn.microsoft.com/powershell/module/exchangepowershell/get-exomailbox
    https://learn.microsoft.com/powershell/module/exchangepowershell/set-mailbox
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.findings.entry import FindingEntry
from services.findings.finding import PAGE, Finding
from services.findings.finding import FindingCode as Code
from services.findings.finding import FindingLevel as Level
from services.findings.installation import INSTALLATION

_SET_MAIL_UP = (
    "set `ROOMSYNC_SMTP_URL`, such as `smtp://user:password@host:587`, and `ROOMSYNC_MAIL_SENDER`, such as `Room "
    "Reservations <rooms@example.org>`, for the outbound service, and start it again."
)
_OUTBOUND_STARTS = "It goes away when outbound was started with a mail server."

_REPLACE = (
    "Add a new secret or certificate to the application {client_id} in Microsoft Entra, and put it into the "
    "credential's file, or into a file of another name and name both: PATCH /v1/connections/{connection_id} with "
    "`credentials`. Nothing has to be started again; docs/credentials.md tells each step."
)
_REPLACED = (
    "It goes away when the file holds a credential that lasts longer, or the connection no longer names it; with less "
    "time left it becomes the next of RS141 to RS144."
)
_EXPIRES = "The credential {credential} of the connection {connection} expires {expiry}."
_STOPS = (
    "Then nothing is read from or written to its rooms any more. If another credential of the connection lasts for "
    "longer than 30 days, it takes over, and this finding stays RS141."
)

_STANDING: Mapping[Code, FindingEntry] = {
    Code.NO_MAIL_SERVER: FindingEntry(
        level=Level.ERROR,
        finding="No mail server is set up, and mails are to be sent because of {needs}.",
        why="Approvers are not told that a booking waits for them, so its deadline passes unseen; and whoever is on a "
        "waiting list is not told of an offer, which lapses.",
        remedy=f"To have mail sent, {_SET_MAIL_UP} Mails that were due before are not sent afterwards: `roomsync "
        "approvals list` shows what waits to be decided.",
        ends=f"{_OUTBOUND_STARTS} Without anything that needs one it becomes RS102.",
    ),
    Code.NO_MAIL_SERVER_YET: FindingEntry(
        level=Level.INFO,
        finding="No mail server is set up. So far nothing needs one: no approval rule names approvers, and no space "
        "has a waiting list.",
        why="Approvers, and whoever is on a waiting list, would not be mailed.",
        remedy=f"Before you set an approval rule or a waiting list: {_SET_MAIL_UP}",
        ends=f"{_OUTBOUND_STARTS} As soon as something needs one it becomes RS101.",
    ),
    Code.MAILS_REFUSED: FindingEntry(
        level=Level.WARNING,
        finding="The mail server refused {mails} to {address} for good, and has taken none since.",
        why="This person, who is named by an approval rule or a question that waits, does not learn of questions.",
        remedy="Correct the address in the policies of kind `approval` that name it, or have its mailbox mended. The "
        "log of outbound has what the mail server said: `mail.ended` with the result `refused`.",
        ends="It goes away when the mail server takes a mail to the address, when no rule and no question that waits "
        "names it, and 30 days after the last mail that was refused.",
    ),
    Code.TEMPLATE_FAILS: FindingEntry(
        level=Level.WARNING,
        finding="The template of the answer `{kind}` of the connection {connection} could not be used: {problem}.",
        why="The default was said in its place, so organizers do not read what was written for them.",
        remedy="Try a better one out with POST /v1/connections/{connection_id}/answers:preview, then set it with "
        "PUT /v1/connections/{connection_id}/answers/{kind}; or take the template back with DELETE there. "
        "docs/answers.md says what a template may hold.",
        ends="It goes away when the template is set anew or taken back.",
    ),
    Code.ANSWERS_BY_ITSELF: FindingEntry(
        level=Level.WARNING,
        finding="The mailbox {room_mailbox} answers invitations by itself, or somebody answers for it; it last did at "
        "{answered_at}.",
        why="Every invitation is decided here all the same, so an organizer may get a second answer that contradicts "
        "the first. Microsoft Graph does not tell how a mailbox is set, so this is seen only once it has answered.",
        remedy="Run in Exchange Online PowerShell: `{command}`",
        ends="It goes away once 5 invitations in a row have come unanswered.",
    ),
    Code.MAILBOX_OUT_OF_REACH: FindingEntry(
        level=Level.ERROR,
        finding="The room mailbox {room_mailbox} cannot be reached. {detail}",
        why="Invitations to it are not answered, and reservations do not show on its calendar. Nothing is taken for "
        "cancelled.",
        remedy="See in Exchange Online PowerShell whether the mailbox exists: `Get-EXOMailbox -Identity "
        "{mailbox_word}`; and whether the application may reach it: `Test-ServicePrincipalAuthorization -Identity "
        "{client_id} -Resource {mailbox_word}`. If it has another address, map the space to that: PATCH "
        "/v1/spaces/{space_id} with `room_mailbox`.",
        ends="It goes away with the first time that the mailbox is reached, which is tried all the time; "
        "POST /v1/spaces/{space_id}/check has it tried at once.",
    ),
    Code.NO_ROOM_MAILBOX: FindingEntry(
        level=Level.ERROR,
        finding="The mailbox {room_mailbox} is not taken for a room. {detail}",
        why="Nothing is read from it or written to it, so Outlook and the ledger do not know of each other there.",
        remedy="Map the space to its room mailbox: PATCH /v1/spaces/{space_id} with `room_mailbox`. If this is "
        "the one, make it a room in Exchange Online PowerShell: `Set-Mailbox -Identity {mailbox_word} -Type Room`.",
        ends="It goes away when the mailbox is found to be a room, or the space is mapped to another.",
    ),
    Code.NOT_NOTIFIED: FindingEntry(
        level=Level.WARNING,
        finding="Microsoft Graph does not notify us of changes in {room_mailbox}. {detail}",
        why="What happens in Outlook is seen only when the room is compared, so answers take until then: "
        "`ROOMSYNC_SWEEP_INTERVAL_S`, 5 minutes unless it is set.",
        remedy="See that the address in `ROOMSYNC_INGEST_PUBLIC_URL` is reached from the internet, with a certificate "
        "that is publicly trusted, and that the application may read this calendar. It is tried again all the time; "
        "POST /v1/spaces/{space_id}/check has it tried at once.",
        ends="It goes away with the first subscription that Graph grants.",
    ),
    Code.CANCELLATIONS_WAIT: FindingEntry(
        level=Level.ERROR,
        finding="{cancellations} of {space} are gone from the calendar of {room_mailbox} at once, more than are taken "
        "for cancellations without asking. None was cancelled.",
        why="Until somebody says what happened, the ledger keeps them, and nobody else can book their time.",
        remedy="See whether the mailbox was emptied, exchanged or restored. If they are to be cancelled, confirm that "
        "in the console under Operations, or by `roomsync rooms confirm {space_id} --by NAME`, with your name; "
        "otherwise restore the calendar.",
        ends="It goes away with the first comparison after they were confirmed, or after they are back.",
    ),
    Code.CONNECTION_PAUSED: FindingEntry(
        level=Level.ERROR,
        finding="The connection {connection}, with {rooms}, does not work. {detail}",
        why="None of its rooms is compared with Outlook. Nothing is lost or taken for cancelled, but what happens "
        "meanwhile is answered late.",
        remedy="Do what the finding says, or see whether Microsoft 365 is well. What the connection uses is the "
        "credential {credential} of the application {client_id}. It is tried again all the time; "
        "POST /v1/connections/{connection_id}/check has it tried at once.",
        ends="It goes away with the first of its rooms that is read.",
    ),
    Code.CREDENTIAL_EXPIRES_IN_MONTHS: FindingEntry(
        level=Level.INFO, finding=_EXPIRES, why=_STOPS, remedy=_REPLACE, ends=_REPLACED
    ),
    Code.CREDENTIAL_EXPIRES_IN_WEEKS: FindingEntry(
        level=Level.WARNING, finding=_EXPIRES, why=_STOPS, remedy=_REPLACE, ends=_REPLACED
    ),
    Code.CREDENTIAL_EXPIRES_IN_DAYS: FindingEntry(
        level=Level.ERROR, finding=_EXPIRES, why=_STOPS, remedy=_REPLACE, ends=_REPLACED
    ),
    Code.CREDENTIAL_EXPIRED: FindingEntry(
        level=Level.ERROR,
        finding="The credential {credential} of the connection {connection} has expired, and there is no other that "
        "works. {detail}",
        why="As soon as the token in use ends, within about an hour, nothing is read from or written to its rooms any "
        "more. Nothing is taken for cancelled meanwhile.",
        remedy=_REPLACE,
        ends="It goes away when a credential of the connection works. While the connection is paused because of it, "
        "RS110 is told instead.",
    ),
    Code.CREDENTIAL_FAILS: FindingEntry(
        level=Level.ERROR,
        finding="The credential {credential} of the connection {connection} does not work, and there is no other that "
        "does. {detail}",
        why="As soon as the token in use ends, within about an hour, nothing is read from or written to its rooms any "
        "more. Nothing is taken for cancelled meanwhile.",
        remedy=f"Do what the finding says. If the credential was revoked, make another. {_REPLACE}",
        ends="It goes away when a credential of the connection works. While the connection is paused because of it, "
        "RS110 is told instead.",
    ),
    Code.SPARE_CREDENTIAL_FAILS: FindingEntry(
        level=Level.WARNING,
        finding="The credential {credential} of the connection {connection} does not work. The other one does. "
        "{detail}",
        why="The connection works, but nothing takes over if its other credential fails too.",
        remedy="Do what the finding says; or, if it is not needed any more, have the connection name the other one "
        "only: PATCH /v1/connections/{connection_id} with `credentials`.",
        ends="It goes away when the credential works, or the connection no longer names it.",
    ),
    Code.EXPIRY_NOT_KNOWN: FindingEntry(
        level=Level.INFO,
        finding="When the secret {credential} of the connection {connection} expires is not known here.",
        why="Microsoft does not tell an application when its own secret expires, so nobody is warned before it does.",
        remedy="Write the day that Microsoft Entra shows for it into the file of the secret (docs/credentials.md says "
        "how); or use a certificate, which says it, or a workload identity, which does not expire. Nothing has to be "
        "started again.",
        ends="It goes away with the next look at the file, within seconds.",
    ),
    Code.MAILBOX_RENAMED: FindingEntry(
        level=Level.WARNING,
        finding="The mailbox {room_mailbox} of {space} has the address {address_now} by now.",
        why="It is still reached by its object id, if that is known; but who invites the old address may get it "
        "returned, and somebody else may be given it.",
        remedy="Follow it: PATCH /v1/spaces/{space_id} with the `room_mailbox` {address_now}. Nothing is taken out of "
        "Outlook by that, and nobody is mailed. GET /v1/mapping-proposals lists it with all others.",
        ends="It goes away when the space is mapped to that address, or the rooms are listed with the old one again.",
    ),
}
"""What is said of the codes that stand for as long as the facts do that the services keep."""

REGISTRY: Mapping[Code, FindingEntry] = {**_STANDING, **INSTALLATION}
"""What is said of each code."""


def fill_in(code: Code, subject: str, since: datetime, words: Mapping[str, Any]) -> Finding:
    """Return a finding with the words of its code. What is filled in is never read as a form itself."""
    entry = REGISTRY[code]
    return Finding(
        code=code,
        level=entry.level,
        subject=subject,
        finding=entry.finding.format_map(words).rstrip(),
        why=entry.why.format_map(words),
        remedy=entry.remedy.format_map(words),
        doc=f"{PAGE}#{code.lower()}",
        since=since,
    )
