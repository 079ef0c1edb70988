"""What to do when Microsoft's login service refuses us, by its code, and how to tell any failure of the login.

Every code has one sentence that says what is wrong and one that says what helps. A code that is not here is told with
its number, and Microsoft's page about it.

Source: https://learn.microsoft.com/entra/identity-platform/reference-error-codes
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from libs.graph.errors import AuthenticationFailed, GraphError, GraphTokenRefused, LoginUnreachable, UnusableConnection

PAGE = "https://login.microsoftonline.com/error?code="


@dataclass(frozen=True, slots=True)
class Remedy:
    """What a refusal means, to follow a colon, and a full sentence with what to do about it."""

    meaning: str
    what_to_do: str


_CONSENT = (
    "Check the client id and the tenant id of this connection, and have an administrator of that tenant consent to the "
    "application."
)
_CERTIFICATE = "Upload the certificate of the credential's file to the app registration, or put the right one there."

_IDENTITY = (
    "Compare issuer, subject and audience of the federated credential in the app registration with the token in the "
    "file, character by character."
)

REMEDIES: Mapping[int, Remedy] = {
    7000215: Remedy(
        "the client secret is not valid",
        "Put the value of the secret, not its id, into the credential's file.",
    ),
    7000222: Remedy(
        "the client secret has expired",
        "Make a new secret in the app registration and put its value into the credential's file.",
    ),
    7000216: Remedy("the application has no secret or certificate", "Add one to the app registration."),
    7000218: Remedy(
        "no secret or certificate was accepted", "Put a secret or a certificate into the credential's file."
    ),
    700027: Remedy("the certificate is not registered for this application", _CERTIFICATE),
    7000214: Remedy("the certificate was revoked", _CERTIFICATE),
    7000274: Remedy("the proof has a wrong signature", _CERTIFICATE),
    7000277: Remedy("the certificate was revoked", _CERTIFICATE),
    1000502: Remedy(
        "the certificate is not valid at this time",
        "Put a new certificate with its key into the credential's file, and upload it to the app registration.",
    ),
    50013: Remedy("the proof has a wrong signature", "See whether the issuer of the token is the one that is trusted."),
    70021: Remedy("no federated credential of the application fits the workload identity", _IDENTITY),
    700211: Remedy("no federated credential of the application names this issuer", _IDENTITY),
    700212: Remedy("no federated credential of the application names this audience", _IDENTITY),
    700213: Remedy("no federated credential of the application names this subject", _IDENTITY),
    70025: Remedy("the application trusts no workload identity", "Add a federated credential to the app registration."),
    700024: Remedy("the proof is not valid at this time", "Set the clock of this machine right."),
    700016: Remedy("the application is not known in this tenant", _CONSENT),
    7000229: Remedy("the application has no service principal in this tenant", _CONSENT),
    7000112: Remedy(
        "the application is disabled", "Enable sign-in for the enterprise application, or let its owner do so."
    ),
    90002: Remedy("there is no such tenant", "Correct the tenant id or the cloud of this connection."),
    900023: Remedy("the tenant id is neither an id nor a domain", "Correct the tenant id of this connection."),
    50034: Remedy("the application is not in this directory", _CONSENT),
    53003: Remedy(
        "a Conditional Access policy blocks the application",
        "Exclude the application from the policy, or allow it from the address Roomsync calls from.",
    ),
    500011: Remedy(
        "Microsoft Graph is not available in this tenant", "Correct the cloud of this connection, or ask Microsoft."
    ),
    65001: Remedy("nobody has consented to the application", _CONSENT),
    70011: Remedy("the permissions asked for are not valid", "Correct the cloud of this connection."),
}
"""Remedies by AADSTS code; the meaning of each is on Microsoft's page of codes, see `PAGE` followed by the number."""


def known_code(codes: Sequence[int]) -> int | None:
    """Return the first of the codes that there is a remedy for."""
    return next((code for code in codes if code in REMEDIES), None)


def describe_refusal(credential: str, error: str, codes: Sequence[int]) -> str:
    """Tell in full sentences that a credential was refused, and what helps."""
    code = known_code(codes)
    if code is not None:
        remedy = REMEDIES[code]
        return f"Microsoft refuses the credential {credential!r} (AADSTS{code}): {remedy.meaning}. {remedy.what_to_do}"
    named = ", ".join([error, *(f"AADSTS{each}" for each in codes)])
    page = f" {PAGE}{codes[0]} says what it means." if codes else ""
    return f"Microsoft refuses the credential {credential!r} ({named}).{page} Check the app registration."


def tell(error: GraphError) -> str:
    """Tell an error to an administrator: what happened and, where it is the login's or the connection's, what helps."""
    match error:
        case GraphTokenRefused():
            return (
                f"Microsoft Graph does not accept our token for this connection: {error}. Check that the enterprise "
                "application is enabled and consented to in this tenant."
            )
        case AuthenticationFailed() | LoginUnreachable() | UnusableConnection():
            return str(error)
        case _:
            return f"{error}."
