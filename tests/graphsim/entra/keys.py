"""Keys, secrets and certificates as files: made on the first start and kept.

A simulator that is started again is trusted by those who knew it, and knows those who knew it.
"""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

LIFETIME = timedelta(days=365)


def kept(path: Path, make: Callable[[], bytes]) -> Path:
    """Make the file if it is not there yet, readable by its owner only."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_bytes(make())
    return path


def secret(path: Path) -> str:
    return kept(path, lambda: secrets.token_urlsafe(30).encode()).read_text()


def signing_key(path: Path) -> bytes:
    """An RSA key in PEM."""
    return kept(path, new_pem).read_bytes()


def new_pem() -> bytes:
    """A new RSA key in PEM."""
    return _pem(_new_key())


def application_certificate(path: Path, name: str) -> bytes:
    """A self-signed certificate and its key in one PEM, as applications register with Entra."""
    return kept(path, lambda: _self_signed(name)).read_bytes()


def _new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _self_signed(name: str) -> bytes:
    key = _new_key()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + LIFETIME)
        .sign(key, hashes.SHA256())
    )
    return _pem(key) + certificate.public_bytes(Encoding.PEM)
