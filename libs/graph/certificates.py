"""Take a private key and its certificate out of a PEM file, as an application proves itself with.

Entra takes RSA keys only. A key has to be unencrypted: its passphrase would be one more secret beside it.

Source: https://learn.microsoft.com/entra/identity-platform/certificate-credentials
"""

import re
from dataclasses import dataclass, field
from datetime import datetime

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import load_pem_x509_certificate

_KEY = re.compile(r"-----BEGIN (?P<kind>(?:RSA |EC )?PRIVATE KEY)-----.*?-----END (?P=kind)-----", re.DOTALL)
_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)
_ENCRYPTED = re.compile(r"-----BEGIN ENCRYPTED PRIVATE KEY-----|Proc-Type: 4,ENCRYPTED")


class BadPem(Exception):
    """The file cannot be used: what was found, to follow a colon, and what to do. Neither quotes the file."""

    def __init__(self, found: str, remedy: str) -> None:
        super().__init__(found)
        self.found = found
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class KeyAndCertificate:
    """A key and its certificate as PEM, and what the certificate says; `thumbprint` as Entra shows it."""

    key: str = field(repr=False)
    certificate: str = field(repr=False)
    valid_from: datetime
    expires_at: datetime
    thumbprint: str


def read_pem(text: str) -> KeyAndCertificate:
    """Return the key and the first certificate of a PEM file, in any order. Raises `BadPem`."""
    if _ENCRYPTED.search(text):
        remedy = "Write the key without a passphrase, as `openssl pkey` does, and let nobody else read the file"
        raise BadPem("its private key is encrypted, and no passphrase can be given", remedy)
    key, certificate = _KEY.search(text), _CERTIFICATE.search(text)
    if key is None or certificate is None:
        raise BadPem("its PEM file lacks an unencrypted private key or a certificate", "Put both into it")
    try:
        private = load_pem_private_key(key[0].encode(), password=None)
        known = load_pem_x509_certificate(certificate[0].encode())
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # Without the cause, which may quote the file.
        raise BadPem("its PEM file makes no sense", "Export the key and the certificate anew") from None
    if not isinstance(private, RSAPrivateKey):
        raise BadPem("its key is not an RSA key, and Microsoft takes no other", "Make a certificate with an RSA key")
    thumbprint = known.fingerprint(SHA1()).hex().upper()  # noqa: S303 - a name, not a proof
    return KeyAndCertificate(key[0], certificate[0], known.not_valid_before_utc, known.not_valid_after_utc, thumbprint)
