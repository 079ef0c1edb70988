"""Read credentials, which prove to Entra that we are the application: a secret, or a certificate with its key.

Each is a file of its own. One rule: the content of the file never gets into a message, a log or a repr.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import load_pem_x509_certificate

from libs.graph.errors import AuthenticationFailed

_KEY = re.compile(r"-----BEGIN (?P<kind>(?:RSA )?PRIVATE KEY)-----.*?-----END (?P=kind)-----", re.DOTALL)
_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Credential:
    """A credential in the form that MSAL takes."""

    for_msal: str | dict[str, str] = field(repr=False)


def read_credential(secrets_dir: Path | None, name: str) -> Credential:
    """Read a credential by its name, which is the name of its file in the directory.

    Raises `AuthenticationFailed`, whose message says what is wrong with the file.
    """
    if secrets_dir is None or Path(name).name != name:
        raise AuthenticationFailed(f"the credential {name!r} cannot be read: no directory of secrets is configured")
    try:
        text = (secrets_dir / name).read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        raise AuthenticationFailed(f"the credential {name!r} cannot be read: {type(error).__name__}") from error
    if not text:
        raise AuthenticationFailed(f"the credential {name!r} is empty")
    return Credential(_certificate(text, name) if "-----BEGIN" in text else text)


def _certificate(text: str, name: str) -> dict[str, str]:
    """Take the key and the first certificate out of a PEM file, in any order."""
    key, certificate = _KEY.search(text), _CERTIFICATE.search(text)
    if key is None or certificate is None:
        raise AuthenticationFailed(
            f"the credential {name!r} is a PEM file without an unencrypted private key and a certificate"
        )
    try:
        load_pem_private_key(key[0].encode(), password=None)
        load_pem_x509_certificate(certificate[0].encode())
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # Without the cause, which may quote the file.
        raise AuthenticationFailed(f"the credential {name!r} is a PEM file that cannot be read") from None
    return {"private_key": key[0], "public_certificate": certificate[0]}
