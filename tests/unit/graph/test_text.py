"""Whatever a string holds, it can be stored; identities stay different, and Graph is asked as it spells them."""

import re
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.graph import protocol, text, translate
from libs.graph.answers import answer_of
from libs.graph.errors import GraphError

ANY_TEXT = st.text(st.characters(codec=None, categories=None), max_size=20)
IDS = ANY_TEXT.filter(bool) | st.sampled_from(
    ["roomsync-escaped:a", "roomsync-escaped:%00", "roomsync-event:a", "a\x00"]
)


def is_storable(found: str) -> bool:
    return re.search("[\x00\ud800-\udfff]", found) is None


@given(ANY_TEXT)
def test_every_text_can_be_stored(found: str) -> None:
    assert is_storable(text.storable_text(found))


@given(ANY_TEXT.filter(is_storable))
def test_a_text_that_can_be_stored_stays_as_it_is(found: str) -> None:
    assert text.storable_text(found) == found


@given(IDS, IDS)
def test_different_identities_stay_different_and_come_back(one: str, other: str) -> None:
    assert (text.storable_id(one) == text.storable_id(other)) == (one == other)
    assert text.original_id(text.storable_id(one)) == one


@given(IDS, IDS)
def test_what_stands_for_an_ical_uid_is_never_taken_for_one(ical_uid: str, event_id: str) -> None:
    known_by = text.storable_ical_uid(ical_uid, text.storable_id(event_id))

    assert known_by == ical_uid or text.event_known_by(known_by) == text.storable_id(event_id)


def test_an_identity_is_asked_for_as_graph_spells_it() -> None:
    call = protocol.read_event("room@example.org", text.storable_id("AAk\x00"))

    assert call.path == "/users/room@example.org/events/AAk%00"


@pytest.mark.parametrize(
    "subject",
    [rb"\ud800", rb"\udc00\ud800", b"\xed\xa0\x80", b"\xff", b"\x00", b"two\nlines", rb"\u0000"],
    ids=str,
)
def test_an_answer_is_not_lost_for_one_string(subject: bytes) -> None:
    one = orjson.dumps({"id": "bad", "iCalUId": "u", "subject": "SUBJECT", **at("start"), **at("end")})
    two = orjson.dumps({"id": "good", "iCalUId": "v", "subject": "Planning", **at("start"), **at("end")})
    body = b'{"value": [' + one.replace(b"SUBJECT", subject) + b"," + two + b"]}"

    found, _ = translate.page(answer_of(200, {}, body))

    assert [each.event_id for each in found] == ["bad", "good"]
    assert all("\x00" not in each.subject and each.subject.encode() for each in found)


def test_a_refusal_can_be_told_whatever_it_says() -> None:
    with pytest.raises(GraphError) as refused:
        answer_of(400, {}, rb'{"error": {"code": "No\u0000", "message": "No\ud800 and \u0000"}}')

    assert "\x00" not in str(refused.value)
    assert str(refused.value).encode()


def at(name: str) -> dict[str, Any]:
    return {name: {"dateTime": "2027-03-01T09:00:00.0000000", "timeZone": "UTC"}}
