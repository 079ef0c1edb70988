"""Which mailboxes may be watched as rooms, and what an administrator is told."""

import pytest

from libs.graph.admission import AdmissionRules, admit

STRICT = AdmissionRules(shared=False, unverified=False)
LENIENT = AdmissionRules(shared=True, unverified=True)


@pytest.mark.parametrize(
    ("purpose", "strict", "lenient"),
    [
        ("room", True, True),
        ("equipment", True, True),
        ("shared", False, True),
        ("user", False, False),
        ("linked", False, False),
        ("others", False, False),
        ("something new", False, False),
        (None, False, True),
    ],
)
def test_only_rooms_are_admitted_and_what_the_settings_allow(purpose: str | None, strict: bool, lenient: bool) -> None:
    assert admit("a@example.org", purpose, STRICT).is_admitted is strict
    assert admit("a@example.org", purpose, LENIENT).is_admitted is lenient


@pytest.mark.parametrize(
    ("purpose", "found", "remedy"),
    [
        ("user", "a@example.org is a person's mailbox, not a room", "Map the space to its room mailbox."),
        ("shared", "a@example.org is a shared mailbox, not a room", "or set ROOMSYNC_ADMITS_SHARED_MAILBOXES"),
        ("new", "a@example.org is a mailbox of the kind 'new', not a room", "Map the space to its room mailbox."),
        (None, "cannot be verified that a@example.org is a room", "Grant the application MailboxSettings.Read"),
    ],
)
def test_what_was_found_and_what_to_do_is_told(purpose: str | None, found: str, remedy: str) -> None:
    detail = admit("a@example.org", purpose, STRICT).detail or ""

    assert found in detail
    assert remedy in detail
    assert "nothing is read from it or written to it" in detail


@pytest.mark.parametrize(("purpose", "is_told"), [("room", False), ("shared", False), (None, True)])
def test_an_admitted_mailbox_is_remarked_on_only_if_it_was_not_verified(purpose: str | None, is_told: bool) -> None:
    assert (admit("a@example.org", purpose, LENIENT).detail is not None) is is_told
