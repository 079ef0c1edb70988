"""Find what is wrong with credentials, or soon will be: one that fails, and one that is about to expire.

A connection works as long as one of its credentials does, so what the other lacks is worth less. While the connection
is paused, that is told instead (RS110), with the reason.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from services.findings.finding import FindingCode
from services.policy.core.findings.facts import CredentialKind, KnownCredential
from services.policy.core.policies.phrases import say_count

_COUNTDOWN = (
    (timedelta(days=7), FindingCode.CREDENTIAL_EXPIRES_IN_DAYS),
    (timedelta(days=30), FindingCode.CREDENTIAL_EXPIRES_IN_WEEKS),
    (timedelta(days=60), FindingCode.CREDENTIAL_EXPIRES_IN_MONTHS),
)
"""How long before its end which finding stands, the shortest first."""

_LASTS_LONG_ENOUGH = timedelta(days=30)
_NOT_TOLD = "not known: its file does not say"


@dataclass(frozen=True, slots=True)
class CredentialTrouble:
    """What is found about a credential, since when, and the words that only this finding has."""

    code: FindingCode
    credential: KnownCredential
    since: datetime
    detail: str = ""


def find_in_credentials(known: Sequence[KnownCredential], *, is_paused: bool) -> Iterator[CredentialTrouble]:
    """Find what is wrong with the credentials of one connection."""
    for each in known:
        others = [other for other in known if other is not each]
        found = _find(each, others)
        is_told_already = is_paused and not each.works
        if found is not None and not is_told_already:
            yield found


def say_expiry(credential: KnownCredential) -> str:
    """Say when a credential expires, and in how many whole days if it has not yet."""
    if credential.expires_at is None:
        return "at a time that is not known"
    moment = f"at {credential.expires_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return f"{moment}, in {say_count(credential.left.days, 'day')}" if credential.left > timedelta() else moment


def say_countdown(kind: CredentialKind | None, expires_at: datetime | None, now: datetime) -> str:
    """Say how long a credential of a kind still lasts, or since when it no longer does; None: its file was not read."""
    if expires_at is None:
        return "does not expire" if kind == "workload_identity" else _NOT_TOLD if kind else "not known yet"
    left = expires_at - now
    if left <= timedelta():
        return f"expired {say_count((-left).days, 'day')} ago" if (-left).days else "expired less than a day ago"
    return f"in {say_count(left.days, 'day')}" if left.days else "in less than a day"


def _find(each: KnownCredential, others: Sequence[KnownCredential]) -> CredentialTrouble | None:
    if not each.works:
        return _find_failing(each, has_other=any(other.works for other in others))
    if each.expires_at is None:
        is_silent = each.kind == "secret"
        return CredentialTrouble(FindingCode.EXPIRY_NOT_KNOWN, each, each.since) if is_silent else None
    has_heir = any(other.works and other.left > _LASTS_LONG_ENOUGH for other in others)
    for before, code in _COUNTDOWN[-1:] if has_heir else _COUNTDOWN:
        if each.left <= before:
            return CredentialTrouble(code, each, each.expires_at - before)
    return None


def _find_failing(each: KnownCredential, *, has_other: bool) -> CredentialTrouble:
    has_expired = each.expires_at is not None and each.left <= timedelta()
    since = each.expires_at if has_expired else each.problem_since
    detail = each.problem or f"It expired {say_expiry(each)}, by what its file says."
    if has_other:
        code = FindingCode.SPARE_CREDENTIAL_FAILS
    else:
        code = FindingCode.CREDENTIAL_EXPIRED if has_expired else FindingCode.CREDENTIAL_FAILS
    return CredentialTrouble(code, each, since or each.since, detail)
