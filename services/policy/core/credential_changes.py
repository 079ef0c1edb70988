"""Say what naming a credential, and taking one away, comes to, before somebody does it."""

from services.policy.core.findings.facts import CredentialKind

NEVER_HERE = (
    "A credential is named here by its file in the directory ROOMSYNC_SECRETS_DIR, which ingest, outbound and the "
    "reconciler read. Never write a secret, a certificate or a token itself into this page: it belongs into the file."
)

WHERE_IT_BELONGS = (
    "A file holds the token of a workload identity, a certificate with its key as PEM, or a secret.",
    "Of which kind it is shows by its content: docs/credentials.md says what it may be, and how it gets there.",
    "What is in the file never enters the database, a message, a log or a page.",
)
"""What goes into the file of a credential, and where it does not get to."""

NAMING = (
    "Its file is read within seconds, and Microsoft is asked whether it takes the credential.",
    "Nothing has to be started again, and nothing changes in Outlook.",
    "A workload identity is tried first, then a certificate, then a secret; of two of one kind the first.",
    "The next is tried where Microsoft refuses the one before.",
    "A token that was got with a credential is used to its end, about an hour, even if that is no longer named.",
)
"""What naming a credential does."""

ONE_BY_ONE = (
    "To replace a credential without a gap, name the new one as the second, wait until its row shows no problem, and "
    "then take the old one away."
)

_STANDING_STILL = (
    "While none works, nothing is read from or written to the rooms: invitations wait unanswered, and nothing is taken "
    "for cancelled. All is caught up with as soon as one works."
)


def say_taking_away(left: str, kind: CredentialKind | None, problem: str | None) -> tuple[str, ...]:
    """Say what taking one of two credentials away leaves; `kind` and `problem` are what is known of the one `left`."""
    if problem is not None:
        return f"Then only {left} is named, and it does not work now: {problem}", _STANDING_STILL
    if kind is None:
        return f"Then only {left} is named, and whether it works is not known yet.", _STANDING_STILL
    return (f"Then only {left} is named. Nothing is known against it.",)
