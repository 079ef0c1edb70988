"""Links that let a person act: made, read, and refused."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import jwt
import pytest

from services.policy.core.links import Link, LinkAltered, LinkExpired, LinkPurpose, LinkSigner

NOW = datetime(2027, 3, 1, 9, tzinfo=UTC)
OLD, NEW, FOREIGN = "the old secret of some forty characters", "the new secret of some forty characters", "x" * 40
LINK = Link(LinkPurpose.DECIDE_QUESTION, UUID(int=7), "grace@example.org", NOW + timedelta(hours=1))


def token_of(link: Link, secret: str = NEW) -> str:
    return LinkSigner("https://rooms.example.org/", [secret]).url_of(link).rpartition("/")[2]


def read(token: str, *secrets: str, now: datetime = NOW) -> Link:
    return LinkSigner("https://rooms.example.org", secrets or [NEW]).read(token, now)


def test_what_was_made_is_read() -> None:
    assert LinkSigner("https://rooms.example.org/", [NEW]).url_of(LINK).startswith("https://rooms.example.org/links/ey")
    assert read(token_of(LINK)) == LINK


def test_the_same_link_has_the_same_address_and_another_has_another() -> None:
    assert token_of(LINK) == token_of(LINK)
    others = [replace(LINK, person="ada@example.org"), replace(LINK, purpose=LinkPurpose.TAKE_OFFER)]
    assert len({token_of(each) for each in (LINK, *others)}) == 3


def test_a_link_expires_and_not_a_second_sooner() -> None:
    assert read(token_of(LINK), now=LINK.expires_at - timedelta(seconds=1)) == LINK
    with pytest.raises(LinkExpired):
        read(token_of(LINK), now=LINK.expires_at)


def test_while_secrets_rotate_the_old_one_still_verifies_and_the_new_one_signs() -> None:
    assert read(token_of(LINK, OLD), NEW, OLD) == LINK
    assert LinkSigner("https://rooms.example.org", [NEW, OLD]).url_of(LINK).endswith(token_of(LINK, NEW))
    with pytest.raises(LinkAltered):
        read(token_of(LINK, OLD), NEW)


def _resign(**changed: object) -> str:
    claims = {"purpose": "decide_question", "sub": str(UUID(int=7)), "person": "grace@example.org", "exp": 2**31}
    return jwt.encode({name: value for name, value in (claims | changed).items() if value is not None}, NEW, "HS256")


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x",
        "a.b.c",
        token_of(LINK)[:-1],
        token_of(LINK)[:60],
        token_of(LINK) + "A",
        token_of(LINK).replace(".", ".e", 1),
        token_of(LINK, FOREIGN),
        jwt.encode({"purpose": "decide_question", "sub": str(UUID(int=7)), "person": "x", "exp": 2**31}, "", "none"),
        "\udcff" * 10,
        "a" * 100_000,
        _resign(purpose="become_administrator"),
        _resign(purpose=None),
        _resign(sub="7"),
        _resign(sub=None),
        _resign(person=None),
        _resign(exp=None),
        _resign(exp="tomorrow"),
    ],
)
def test_what_we_did_not_make_is_refused(token: str) -> None:
    with pytest.raises(LinkAltered):
        read(token)
