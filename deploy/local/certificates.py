"""A certificate for the webhook, from an authority that is created for this run."""

from dataclasses import dataclass
from pathlib import Path

import trustme


@dataclass(frozen=True, slots=True)
class Certificate:
    """PEM files: the authority that callers have to trust, and the server's certificate chain and key."""

    authority: Path
    chain: Path
    key: Path


def issue_certificate(directory: Path) -> Certificate:
    """Issue a certificate for 127.0.0.1 and localhost into `directory`; only we may read the key."""
    directory.mkdir(parents=True, exist_ok=True)
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1", "localhost")
    certificate = Certificate(directory / "ca.pem", directory / "server.pem", directory / "server.key")
    authority.cert_pem.write_to_path(certificate.authority)
    certificate.chain.write_bytes(b"".join(each.bytes() for each in issued.cert_chain_pems))
    write_secret(certificate.key, issued.private_key_pem.bytes())
    return certificate


def write_secret(path: Path, content: bytes) -> None:
    """Write a file that only its owner can read, from the moment it exists."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(content)
