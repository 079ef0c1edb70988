"""HTTPS: the authority behind ours, kept in the state directory, and whom we trust where we call."""

import ssl
from pathlib import Path

import trustme


def server_context(directory: Path, *names: str) -> ssl.SSLContext:
    """HTTPS under the authority of `directory`/ca.pem, for the names and addresses given."""
    authority_file, key_file = directory / "ca.pem", directory / "ca_key.pem"
    if authority_file.exists() and key_file.exists():
        authority = trustme.CA.from_pem(authority_file.read_bytes(), key_file.read_bytes())
    else:
        authority = trustme.CA()
        authority.cert_pem.write_to_path(authority_file)
        key_file.touch(mode=0o600)
        authority.private_key_pem.write_to_path(key_file)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(*names).configure_cert(context)
    return context


def trusting(authority: Path | None) -> ssl.SSLContext:
    """For calls we make: the authority given, or those of the system."""
    return ssl.create_default_context(cafile=authority)
