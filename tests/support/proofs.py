"""What an application proves itself with, made for tests: certificates of any validity, and identities of an issuer."""

from datetime import UTC, datetime, timedelta
from functools import cache

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.x509.oid import NameOID

ISSUER = "https://oidc.cluster.example"
SUBJECT = "system:serviceaccount:roomsync:roomsync"
EXCHANGE = "api://AzureADTokenExchange"


@cache
def rsa_key() -> rsa.RSAPrivateKey:
    """The key of every certificate here."""
    return new_key()


@cache
def issuer_key() -> rsa.RSAPrivateKey:
    """The key by which the issuer signs."""
    return new_key()


def new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def key_pem(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def certificate_pem(*, begins: timedelta = timedelta(days=-1), ends: timedelta = timedelta(days=365)) -> str:
    """A key and its certificate, valid between these times from now."""
    key, now = rsa_key(), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "roomsync")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + begins)
        .not_valid_after(now + ends)
        .sign(key, hashes.SHA256())
    )
    return key_pem(key) + certificate.public_bytes(Encoding.PEM).decode()


def identity(
    *,
    issuer: str = ISSUER,
    subject: str = SUBJECT,
    audience: str = EXCHANGE,
    lasts: timedelta = timedelta(hours=1),
    key: rsa.RSAPrivateKey | None = None,
) -> str:
    """The token of a workload identity, as a platform projects it into a file."""
    now = datetime.now(UTC)
    claims = {"iss": issuer, "sub": subject, "aud": [audience], "iat": now, "nbf": now, "exp": now + lasts}
    return jwt.encode(claims, key or issuer_key(), algorithm="RS256")


def trusted_identity() -> dict[str, str]:
    """What is registered in Entra for the identity."""
    public = issuer_key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return {"kind": "federated", "issuer": ISSUER, "subject": SUBJECT, "public_key": public}
