"""Read credentials, which prove to Entra that we are the application: a secret, or a certificate with its key.

Each is a file of its own. One rule: the content of the file never gets into a message, a log or a repr.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import load_pem_x509_certificate

from libs.graph.errors import CredentialUnusable

_KEY = re.compile(r"-----BEGIN (?P<kind>(?:RSA )?PRIVATE KEY)-----.*?-----END (?P=kind)-----", re.DOTALL)
_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Credential:
    """A credential in the form that MSAL takes."""

    for_msal: str | dict[str, str] = field(repr=False)


def read_credential(secrets_dir: Path | None, name: str) -> Credential:
    """Read a credential by its name, which is the name of its file in the directory.

    Raises `CredentialUnusable`, whose message says what is wrong with the file.
    """
    if secrets_dir is not None and Path(name).name != name:
        raise _unusable(name, "this is no name of a file", "Name a file of ROOMSYNC_SECRETS_DIR in this connection")
    if secrets_dir is None:
        raise _unusable(name, "no directory of secrets is configured", "Set ROOMSYNC_SECRETS_DIR to the directory")
    try:
        text = (secrets_dir / name).read_text(encoding="utf-8").strip()
    except FileNotFoundError as error:
        remedy = "Put the secret or the certificate into a file of this name there"
        raise _unusable(name, "there is no such file in ROOMSYNC_SECRETS_DIR", remedy) from error
    except (OSError, ValueError) as error:
        remedy = "Make it a text file that Roomsync may read"
        raise _unusable(name, f"its file gives {type(error).__name__}", remedy) from error
    if not text:
        raise _unusable(name, "its file is empty", "Put the secret or the certificate into it")
    return Credential(_certificate(text, name) if "-----BEGIN" in text else text)


def _certificate(text: str, name: str) -> dict[str, str]:
    """Take the key and the first certificate out of a PEM file, in any order."""
    key, certificate = _KEY.search(text), _CERTIFICATE.search(text)
    if key is None or certificate is None:
        remedy = "Put both into it"
        raise _unusable(name, "its PEM file lacks an unencrypted private key or a certificate", remedy)
    try:
        load_pem_private_key(key[0].encode(), password=None)
        load_pem_x509_certificate(certificate[0].encode())
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # Without the cause, which may quote the file.
        raise _unusable(name, "its PEM file makes no sense", "Export the key and the certificate anew") from None
    return {"private_key": key[0], "public_certificate": certificate[0]}


def _unusable(name: str, found: str, remedy: str) -> CredentialUnusable:
    return CredentialUnusable(
        f"The credential {name!r} cannot be used: {found}. {remedy}; Microsoft was not asked, and it is used at once."
    )
