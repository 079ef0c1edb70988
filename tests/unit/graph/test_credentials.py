"""Credentials come from files, and never get out of them."""

import json
import re
import traceback
from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
import trustme

from libs.graph.credentials import Credential, CredentialKind, check_validity, read_credential
from libs.graph.errors import AuthenticationFailed, CredentialUnusable
from tests.support.proofs import certificate_pem, identity

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


def test_a_secret_may_say_when_it_expires(tmp_path: Path) -> None:
    by_day = read_credential(written(tmp_path, json.dumps({"secret": SECRET, "expires": "2027-03-01"})), "tenant")
    assert by_day == Credential(SECRET, expires_at=datetime(2027, 3, 1, tzinfo=UTC))

    text = json.dumps({"secret": SECRET, "expires": "2027-03-01T10:00:00+01:00"})
    by_moment = read_credential(written(tmp_path, text), "tenant")
    assert by_moment.expires_at == datetime(2027, 3, 1, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    "given",
    [
        {"secret": SECRET, "expires": "soon"},
        {"secret": SECRET, "expires": "2027-03-01T10:00:00"},
        {"secret": SECRET, "expires": 1803808800},
        {"secret": SECRET, "expires_on": "2027-03-01"},
        {"secret": ""},
        {"expires": "2027-03-01"},
        {"federated_token_file": "/nowhere", "secret": SECRET},
        {"federated_token_file": 1},
        f'{{"secret": "{SECRET}"',
    ],
    ids=str,
)
def test_json_that_is_not_understood_is_refused_and_not_quoted(tmp_path: Path, given: object) -> None:
    text = given if isinstance(given, str) else json.dumps(given)
    directory = written(tmp_path, text)

    with pytest.raises(CredentialUnusable) as refused:
        read_credential(directory, "tenant")
    assert SECRET not in "".join(traceback.format_exception(refused.value))


def test_a_certificate_says_when_it_is_valid_and_what_it_is_called(tmp_path: Path) -> None:
    found = read_credential(written(tmp_path, certificate_pem(ends=timedelta(days=10))), "tenant")

    assert (found.kind, found.counts_down) == (CredentialKind.CERTIFICATE, True)
    assert found.expires_at is not None
    assert timedelta(days=9) < found.expires_at - datetime.now(UTC) <= timedelta(days=10)
    assert re.fullmatch("[0-9A-F]{40}", found.thumbprint or "")


@pytest.mark.parametrize("form", ["the token", "the path of its file"])
def test_the_token_of_a_workload_identity_is_read_anew_from_where_the_platform_keeps_it(
    tmp_path: Path, form: str
) -> None:
    projected = tmp_path / "projected"
    credential = projected if form == "the token" else tmp_path / "tenant"
    (tmp_path / "tenant").write_text(json.dumps({"federated_token_file": str(projected)}))

    for token in (identity(), identity(subject="another")):
        projected.write_text(token)
        found = read_credential(tmp_path, credential.name)
        assert (found.kind, found.for_msal) == (CredentialKind.WORKLOAD_IDENTITY, {"client_assertion": token})
        assert not found.counts_down


@pytest.mark.parametrize("projected", [None, "", "some~word", "eyJub3QiOiJhIn0.dG9rZW4.c2ln"])
def test_a_token_file_without_a_token_is_refused_and_not_quoted(tmp_path: Path, projected: str | None) -> None:
    file = tmp_path / "projected"
    if projected is not None:
        file.write_text(projected)

    with pytest.raises(CredentialUnusable, match="token") as refused:
        read_credential(written(tmp_path, json.dumps({"federated_token_file": str(file)})), "tenant")
    assert not projected or projected not in "".join(traceback.format_exception(refused.value))


def test_what_is_no_text_is_not_in_the_error_that_says_so(tmp_path: Path) -> None:
    (tmp_path / "tenant").write_bytes(b"a-key\xff\xfe")

    with pytest.raises(CredentialUnusable) as refused:
        read_credential(tmp_path, "tenant")
    assert refused.value.__cause__ is None


@pytest.mark.parametrize(
    ("pem", "found"),
    [
        ("-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIF\n-----END ENCRYPTED PRIVATE KEY-----\n", "key is encrypted"),
        ("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nMIIE\n-----END RSA PRIVATE KEY-----", "encrypted"),
    ],
)
def test_an_encrypted_key_is_refused_as_such(tmp_path: Path, pem: str, found: str) -> None:
    with pytest.raises(CredentialUnusable, match=found):
        read_credential(written(tmp_path, pem), "tenant")


def test_a_key_that_microsoft_does_not_take_is_refused_as_such(tmp_path: Path) -> None:
    issued = trustme.CA().issue_cert("birch.example.org", key_type=trustme.KeyType.ECDSA)
    with pytest.raises(CredentialUnusable, match="not an RSA key"):
        read_credential(written(tmp_path, issued.private_key_and_cert_chain_pem.bytes().decode()), "tenant")


@pytest.mark.parametrize(
    ("made", "refused"),
    [
        (partial(certificate_pem, begins=timedelta(hours=1)), "certificate is not valid before"),
        (partial(certificate_pem, ends=timedelta(hours=-1)), "certificate expired at"),
        (partial(identity, lasts=timedelta(hours=-1)), "token of the workload identity expired at"),
        (partial(certificate_pem, begins=timedelta(minutes=4)), None),
        (partial(certificate_pem, ends=timedelta(minutes=-4)), None),
        (certificate_pem, None),
        (identity, None),
        (lambda: json.dumps({"secret": SECRET, "expires": "2020-01-01"}), None),
    ],
    ids=[
        "certificate of tomorrow",
        "expired certificate",
        "expired identity",
        "clocks differ, early",
        "clocks differ, late",
        "certificate",
        "identity",
        "secret, for which Microsoft decides",
    ],
)
def test_what_says_that_it_is_not_valid_now_is_refused_before_microsoft_is_asked(
    tmp_path: Path, made: Callable[[], str], refused: str | None
) -> None:
    credential = read_credential(written(tmp_path, made()), "tenant")
    with pytest.raises(CredentialUnusable, match=refused) if refused else nullcontext():
        check_validity("tenant", credential, datetime.now(UTC))
