"""Read credentials, which prove to Entra that we are the application: a secret, a certificate, a workload identity.

Each is a file of its own, and its content says what it is:

* the text of a secret, or a JSON object of it with the day on which it expires, which Entra does not tell;
* a certificate with its unencrypted key, as PEM;
* the token of a workload identity, or a JSON object with the path of the file in which the platform keeps it.

One rule: the content of the file never gets into a message, a log or a repr.

Source: https://learn.microsoft.com/entra/workload-id/workload-identity-federation
"""

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

import jwt

from libs.graph.certificates import BadPem, read_pem
from libs.graph.errors import CredentialUnusable

CLOCKS_DIFFER = timedelta(minutes=5)
"""How far Microsoft's clock and ours may be apart, so within it Microsoft is asked whether something is valid."""

_JWT = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)
_PUT = "Put the secret or the certificate into"


class CredentialKind(StrEnum):
    """What a credential is, the one that is tried first at the top: the less there is to steal and to expire."""

    WORKLOAD_IDENTITY = "workload_identity"
    CERTIFICATE = "certificate"
    SECRET = "secret"  # noqa: S105 - the word, not a secret


@dataclass(frozen=True, slots=True)
class Credential:
    """A credential in the form that MSAL takes.

    `expires_at` is None where nobody knows. `thumbprint` is that of a certificate, as Entra shows it.
    """

    for_msal: str | dict[str, str] = field(repr=False)
    kind: CredentialKind = CredentialKind.SECRET
    expires_at: datetime | None = None
    valid_from: datetime | None = None
    thumbprint: str | None = None

    @property
    def counts_down(self) -> bool:
        """Whether somebody has to replace it before it expires; the platform renews the token of an identity."""
        return self.kind is not CredentialKind.WORKLOAD_IDENTITY


def read_credential(secrets_dir: Path | None, name: str) -> Credential:
    """Read a credential by its name, which is the name of its file in the directory.

    Raises `CredentialUnusable`, whose message says what is wrong with the file.
    """
    if secrets_dir is not None and Path(name).name != name:
        raise _unusable(name, "this is no name of a file", "Name a file of ROOMSYNC_SECRETS_DIR in this connection")
    if secrets_dir is None:
        raise _unusable(name, "no directory of secrets is configured", "Set ROOMSYNC_SECRETS_DIR to the directory")
    try:
        text = _read(secrets_dir / name)
    except FileNotFoundError as error:
        remedy = f"{_PUT} a file of this name there"
        raise _unusable(name, "there is no such file in ROOMSYNC_SECRETS_DIR", remedy) from error
    except (OSError, ValueError) as error:
        # Without the cause: what cannot be decoded is part of it.
        remedy = "Make it a text file that Roomsync may read"
        raise _unusable(name, f"its file gives {type(error).__name__}", remedy) from None
    if not text:
        raise _unusable(name, "its file is empty", f"{_PUT} it")
    if text.startswith("{"):
        return _from_json(text, name)
    if "-----BEGIN" in text:
        return _certificate(text, name)
    return _workload_identity(text, name) if _JWT.fullmatch(text) else Credential(text)


def check_validity(name: str, credential: Credential, now: datetime) -> None:
    """Raise `CredentialUnusable` for what says of itself that it is not valid at this time.

    A secret says nothing: the day in its file is what somebody wrote there, and Microsoft decides.
    """
    if credential.kind is CredentialKind.SECRET:
        return
    thing = "certificate" if credential.kind is CredentialKind.CERTIFICATE else "token of the workload identity"
    if credential.valid_from is not None and now < credential.valid_from - CLOCKS_DIFFER:
        remedy = "Wait until then, or set the clock of this machine right"
        raise _unusable(name, f"its {thing} is not valid before {_moment(credential.valid_from)}", remedy)
    if credential.expires_at is not None and now >= credential.expires_at + CLOCKS_DIFFER:
        remedy = (
            "Put a new certificate with its key there, and register it with the application"
            if credential.kind is CredentialKind.CERTIFICATE
            else "See why the platform does not renew the file of the token"
        )
        raise _unusable(name, f"its {thing} expired at {_moment(credential.expires_at)}", remedy)


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8").strip()


def _from_json(text: str, name: str) -> Credential:
    """Read a secret with its expiry, or the token that a file names."""
    try:
        given = json.loads(text)
    except ValueError:
        raise _bad_json(name) from None
    match given:
        case {"secret": str(secret), **rest} if secret.strip() and set(rest) <= {"expires"}:
            return Credential(secret.strip(), expires_at=_moment_in(rest.get("expires"), name))
        case {"federated_token_file": str(path), **rest} if not rest:
            return _workload_identity(_token_in(path, name), name)
        case _:
            raise _bad_json(name)


def _token_in(path: str, name: str) -> str:
    remedy = "See whether the platform projects the token of the workload identity there"
    try:
        text = _read(Path(path))
    except (OSError, ValueError) as error:
        raise _unusable(name, f"the token file that it names gives {type(error).__name__}", remedy) from None
    if not _JWT.fullmatch(text):
        raise _unusable(name, "the token file that it names holds no token", remedy)
    return text


def _moment_in(given: Any, name: str) -> datetime | None:  # noqa: ANN401 - any JSON
    """Read when a secret expires. A day counts from its beginning: so nothing is promised that may not hold."""
    if given is None:
        return None
    try:
        found = datetime.combine(date.fromisoformat(given), time(), UTC) if len(given) == len("2027-03-01") else None
        found = found or datetime.fromisoformat(given)
    except (TypeError, ValueError):
        found = None
    if found is None or found.tzinfo is None:
        remedy = 'Write "expires" as a day such as "2027-03-01", or as a moment such as "2027-03-01T09:00:00Z"'
        raise _unusable(name, "when it expires cannot be read", remedy)
    return found.astimezone(UTC)


def _certificate(text: str, name: str) -> Credential:
    try:
        found = read_pem(text)
    except BadPem as bad:
        raise _unusable(name, bad.found, bad.remedy) from None
    return Credential(
        {"private_key": found.key, "public_certificate": found.certificate},
        CredentialKind.CERTIFICATE,
        found.expires_at,
        found.valid_from,
        found.thumbprint,
    )


def _workload_identity(token: str, name: str) -> Credential:
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
        expires_at = datetime.fromtimestamp(claims["exp"], UTC)
        valid_from = datetime.fromtimestamp(claims["nbf"], UTC) if "nbf" in claims else None
    except (jwt.PyJWTError, KeyError, TypeError, ValueError, OverflowError, OSError):
        # Without the cause, which may quote the token.
        remedy = "See whether the platform puts the token of the workload identity there"
        raise _unusable(name, "its token makes no sense", remedy) from None
    return Credential({"client_assertion": token}, CredentialKind.WORKLOAD_IDENTITY, expires_at, valid_from)


def _bad_json(name: str) -> CredentialUnusable:
    remedy = (
        'Write {"secret": "...", "expires": "2027-03-01"} for a secret with the day on which it expires, or '
        '{"federated_token_file": "..."} with the path of a token'
    )
    return _unusable(name, "its JSON is not what is expected", remedy)


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _unusable(name: str, found: str, remedy: str) -> CredentialUnusable:
    return CredentialUnusable(
        f"The credential {name!r} cannot be used: {found}. {remedy}; Microsoft was not asked, and it is used at once."
    )
