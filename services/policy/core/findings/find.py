"""Find what is wrong, of what is known: which findings stand, about what, and since when."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from services.findings.finding import Finding, FindingCode
from services.findings.registry import fill_in
from services.policy.core.answers.grammar import PROBLEM_WORDS
from services.policy.core.findings.credentials import CredentialTrouble, find_in_credentials, say_expiry
from services.policy.core.findings.facts import (
    FailingTemplate,
    KnownCredential,
    KnownFacts,
    MailSetup,
    PausedConnection,
    RefusedApprover,
    RoomTrouble,
)
from services.policy.core.own_answers import as_word, write_command
from services.policy.core.policies.phrases import join_and, say_count


def find(facts: KnownFacts) -> Iterator[Finding]:
    """Find everything that is wrong, in no order."""
    if facts.mail is not None:
        yield from _find_in_mail(facts.mail)
    yield from map(_find_refused, facts.refused)
    yield from map(_find_failing, facts.templates)
    for room in facts.rooms:
        yield from _find_in_room(room)
    yield from map(_find_paused, facts.connections)
    yield from _find_in_credentials(facts)


def _find_in_mail(mail: MailSetup) -> Iterator[Finding]:
    if mail.is_set_up:
        return
    needs = []
    if mail.approval_rules:
        needs.append(say_count(mail.approval_rules, "approval rule"))
    if mail.waiting_lists:
        needs.append(say_count(mail.waiting_lists, "waiting list"))
    code = FindingCode.NO_MAIL_SERVER if needs else FindingCode.NO_MAIL_SERVER_YET
    yield _found(code, "the mail server", mail.since, {"needs": join_and(needs)})


def _find_refused(refused: RefusedApprover) -> Finding:
    words = {"address": refused.address, "mails": say_count(refused.mails, "mail")}
    return _found(FindingCode.MAILS_REFUSED, f"the mailbox {refused.address}", refused.since, words)


def _find_failing(template: FailingTemplate) -> Finding:
    words = {
        "kind": template.kind.value,
        "connection": template.connection_name,
        "connection_id": template.connection_id,
        "problem": PROBLEM_WORDS[template.problem],
    }
    subject = f"the answer {template.kind} of the connection {template.connection_name}"
    found = _found(FindingCode.TEMPLATE_FAILS, subject, template.since, words)
    return found.model_copy(update={"connection_id": template.connection_id})


def _find_in_room(room: RoomTrouble) -> Iterator[Finding]:
    """Find what is wrong with a room. What its whole connection is paused for is not its own."""
    is_paused = room.sweep_state == "paused"
    unreached = [
        (since, detail)
        for state, detail, since in (
            (room.watch_state, room.watch_detail, room.watch_since),
            (room.sweep_state, room.sweep_detail, room.sweep_since),
        )
        if state == "quarantined" and since is not None and not is_paused
    ]
    if unreached:
        details = [detail for _, detail in unreached if detail]
        since = min(since for since, _ in unreached)
        yield _found_in(FindingCode.MAILBOX_OUT_OF_REACH, room, since, detail=next(iter(details), ""))
    if room.watch_state == "refused" and room.watch_since is not None:
        yield _found_in(FindingCode.NO_ROOM_MAILBOX, room, room.watch_since, detail=room.watch_detail or "")
    if room.watch_state == "polling" and room.watch_since is not None:
        yield _found_in(FindingCode.NOT_NOTIFIED, room, room.watch_since, detail=room.watch_detail or "")
    if room.sweep_state == "braked" and room.sweep_since is not None:
        gone = say_count(room.cancellations or 0, "reservation")
        yield _found_in(FindingCode.CANCELLATIONS_WAIT, room, room.sweep_since, cancellations=gone)
    if room.answers_since is not None:
        at = (room.answered_at or room.answers_since).astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
        command = write_command(room.room_mailbox)
        yield _found_in(FindingCode.ANSWERS_BY_ITSELF, room, room.answers_since, answered_at=at, command=command)
    if room.address_now is not None and room.renamed_since is not None:
        yield _found_in(FindingCode.MAILBOX_RENAMED, room, room.renamed_since, address_now=room.address_now)


def _find_paused(paused: PausedConnection) -> Finding:
    words = {
        "connection": paused.connection_name,
        "connection_id": paused.connection_id,
        "client_id": paused.client_id,
        "credential": paused.credential,
        "rooms": say_count(paused.rooms, "room"),
        "detail": paused.detail,
    }
    subject = f"the connection {paused.connection_name}"
    found = _found(FindingCode.CONNECTION_PAUSED, subject, paused.since, words)
    return found.model_copy(update={"connection_id": paused.connection_id})


def _find_in_credentials(facts: KnownFacts) -> Iterator[Finding]:
    paused = {each.connection_id for each in facts.connections}
    by_connection: dict[UUID, list[KnownCredential]] = {}
    for each in facts.credentials:
        by_connection.setdefault(each.connection_id, []).append(each)
    for connection_id, known in by_connection.items():
        for trouble in find_in_credentials(known, is_paused=connection_id in paused):
            yield _tell_credential(trouble)


def _tell_credential(trouble: CredentialTrouble) -> Finding:
    credential = trouble.credential
    words = {
        "credential": credential.name,
        "connection": credential.connection_name,
        "connection_id": credential.connection_id,
        "client_id": credential.client_id,
        "expiry": say_expiry(credential),
        "detail": trouble.detail,
    }
    subject = f"the credential {credential.name} of the connection {credential.connection_name}"
    found = _found(trouble.code, subject, trouble.since, words)
    return found.model_copy(update={"connection_id": credential.connection_id})


def _found_in(code: FindingCode, room: RoomTrouble, since: datetime, **words: str) -> Finding:
    names = {
        "space": room.space_name,
        "space_id": room.space_id,
        "room_mailbox": room.room_mailbox,
        "mailbox_word": as_word(room.room_mailbox),
        "client_id": as_word(room.client_id),
    }
    found = _found(code, f"the space {room.space_name}, {room.room_mailbox}", since, names | words)
    return found.model_copy(update={"space_id": room.space_id, "connection_id": room.connection_id})


def _found(code: FindingCode, subject: str, since: datetime, words: dict[str, Any]) -> Finding:
    return fill_in(code, subject, since, words)
