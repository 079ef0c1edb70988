"""Credentials come from files, and never get out of them."""

from pathlib import Path

import pytest
import trustme

from libs.graph.credentials import Credential, read_credential
from libs.graph.errors import AuthenticationFailed

SECRET = "a~secret-that_is.long"


@pytest.fixture(scope="module")
def pem() -> tuple[str, str]:
    """A key and its certificate."""
    issued = trustme.CA(key_type=trustme.KeyType.RSA).issue_cert("birch.example.org", key_type=trustme.KeyType.RSA)
    return issued.private_key_pem.bytes().decode(), issued.cert_chain_pems[0].bytes().decode()


def written(directory: Path, text: str) -> Path:
    (directory / "tenant").write_text(text)
    return directory


def test_a_secret_is_the_text_of_its_file(tmp_path: Path) -> None:
    assert read_credential(written(tmp_path, f"{SECRET}\n"), "tenant") == Credential(SECRET)


@pytest.mark.parametrize("order", ["key first", "certificate first", "with notes around"])
def test_a_certificate_and_its_key_are_found_in_any_order(tmp_path: Path, pem: tuple[str, str], order: str) -> None:
    key, certificate = pem
    text = {
        "key first": key + certificate,
        "certificate first": certificate + key,
        "with notes around": f"Bag Attributes\n{key}\nsubject=CN\n{certificate}\n",
    }[order]

    found = read_credential(written(tmp_path, text), "tenant").for_msal
    assert found == {"private_key": key.strip(), "public_certificate": certificate.strip()}


@pytest.mark.parametrize("text", ["", " \n", "key only", "certificate only", "broken", "encrypted"])
def test_what_is_no_credential_is_refused_and_not_quoted(tmp_path: Path, pem: tuple[str, str], text: str) -> None:
    key, certificate = pem
    content = {
        "key only": key,
        "certificate only": certificate,
        "broken": key.replace("A", "!") + certificate,
        "encrypted": key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY") + certificate,
    }.get(text, text)

    with pytest.raises(AuthenticationFailed) as refused:
        read_credential(written(tmp_path, content), "tenant")
    assert "'tenant'" in str(refused.value)
    assert not any(line in str(refused.value) for line in key.splitlines())


@pytest.mark.parametrize("name", ["missing", "../tenant", "/etc/passwd", "a/b", "", ".", "..", "nul\0"])
def test_only_a_file_of_the_directory_is_read(tmp_path: Path, name: str) -> None:
    (tmp_path / "tenant").write_text(SECRET)
    (tmp_path / "inner").mkdir()

    with pytest.raises(AuthenticationFailed):
        read_credential(tmp_path / "inner", name)


def test_without_a_directory_there_is_no_credential() -> None:
    with pytest.raises(AuthenticationFailed):
        read_credential(None, "tenant")


def test_a_credential_does_not_show_itself() -> None:
    assert SECRET not in repr(Credential(SECRET))
