"""What Graph sends becomes our values or one typed error; `tests/samples` has one folder for each oddity.

`graph.json` is an event as it comes over the wire, `expected.json` says why it is there and what is made of it.
"""

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.contracts.values import Meeting
from libs.graph import translate
from libs.graph.answers import answer_of
from libs.graph.errors import IncompleteListing, Unavailable, UnreadableEvent
from libs.graph.types import Event

SAMPLES = sorted(each for each in (Path(__file__).parents[2] / "samples").iterdir() if each.is_dir())
TWINS = ["AAMkAD-1", "AAMkAD_1", "aamkad-1"]


def loaded(sample: Path, name: str) -> Any:
    """Read a file of a sample; Graph's JSON as an answer of Graph's is read."""
    content = (sample / name).read_bytes()
    return answer_of(200, {}, content) if name == "graph.json" and content.startswith(b"{") else orjson.loads(content)


def as_json(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, tuple):
        return [as_json(each) for each in value]
    return {name: as_json(each) for name, each in value.items()} if isinstance(value, dict) else value


def having(verdict: str) -> list[Any]:
    return [pytest.param(each, id=each.name) for each in SAMPLES if verdict in loaded(each, "expected.json")]


def plain(event_id: str = "AAMkAD-1", **different: Any) -> dict[str, Any]:
    found: dict[str, Any] = loaded(Path(__file__).parents[2] / "samples" / "unanswered_invitation", "graph.json")
    return {**found, "id": event_id, **different}


@pytest.mark.parametrize("sample", having("reads"))
def test_an_event_is_read_as_its_sample_says(sample: Path) -> None:
    found = as_json(asdict(translate.event(loaded(sample, "graph.json"))))

    expected = loaded(sample, "expected.json")["reads"]
    assert {name: found[name] for name in expected} == expected


@pytest.mark.parametrize("sample", having("reads"))
def test_whatever_is_read_is_a_meeting_in_our_language(sample: Path) -> None:
    event = translate.event(loaded(sample, "graph.json"))

    assert Meeting.model_validate(event).event_id == event.event_id


@pytest.mark.parametrize("sample", having("unreadable"))
def test_a_poison_event_is_one_typed_error_that_names_it(sample: Path) -> None:
    with pytest.raises(UnreadableEvent) as refused:
        translate.event(loaded(sample, "graph.json"))

    assert refused.value.event_id == loaded(sample, "expected.json")["unreadable"]["event_id"]
    assert "merger" not in str(refused.value)


@pytest.mark.parametrize("sample", having("unreadable"))
def test_a_poison_event_in_a_listing_spoils_no_other(sample: Path) -> None:
    rows = [plain("before"), loaded(sample, "graph.json"), plain("after")]

    found, link = translate.page({"value": rows})

    assert [each.event_id for each in found] == ["before", "after"]
    assert [each.event_id for each in found.unreadable] == [loaded(sample, "expected.json")["unreadable"]["event_id"]]
    assert link is None


def test_every_sample_says_why_it_is_there_and_who_says_so() -> None:
    for sample in SAMPLES:
        expected = loaded(sample, "expected.json")
        assert expected["why"], sample.name
        assert expected["source"].startswith("https://"), sample.name


def test_ids_that_differ_in_one_character_stay_different() -> None:
    found, _ = translate.page({"value": [plain(each) for each in TWINS]})

    assert [each.event_id for each in translate.join_pages([found])] == TWINS


def test_an_event_on_two_pages_counts_once_as_last_seen() -> None:
    first, _ = translate.page({"value": [plain(subject="Old")]})
    second, _ = translate.page({"value": [plain(subject="New")]})

    assert [each.subject for each in translate.join_pages([first, second])] == ["New"]


@pytest.mark.parametrize(
    "body",
    [{}, {"value": None}, {"value": {}}, {"value": "none"}, {"value": [], "@odata.nextLink": 7}],
    ids=["nothing", "null", "an object", "a text", "a link that is no text"],
)
def test_an_answer_without_a_list_is_not_an_empty_list(body: dict[str, Any]) -> None:
    with pytest.raises(IncompleteListing):
        translate.page(body)


def test_an_empty_page_may_have_a_successor() -> None:
    found, link = translate.page({"value": [], "@odata.nextLink": "https://graph.microsoft.com/v1.0/next"})

    assert (len(found), link) == (0, "https://graph.microsoft.com/v1.0/next")


def test_a_subscription_may_end_at_a_time_with_an_offset() -> None:
    found = translate.subscription({"id": "s-1", "expirationDateTime": "2027-03-01T10:00:00.0000000+05:30"})

    assert found.expires_at == datetime.fromisoformat("2027-03-01T04:30:00Z")


@pytest.mark.parametrize("body", [{}, {"id": "s-1"}, {"id": "s-1", "expirationDateTime": "soon"}])
def test_an_unreadable_subscription_is_a_typed_error(body: dict[str, Any]) -> None:
    with pytest.raises(Unavailable):
        translate.subscription(body)


def test_an_event_of_ours_has_all_fields_of_a_meeting() -> None:
    assert set(Meeting.model_fields) <= set(Event.__dataclass_fields__)


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None, categories=None)),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["emailAddress", "type"]), inner),
    max_leaves=5,
)


@given(st.sampled_from(sorted(plain())), ANY_JSON)
def test_whatever_one_field_holds_the_event_becomes_a_meeting_or_one_typed_error(name: str, value: Any) -> None:
    try:
        event = translate.event(plain(**{name: value}) if name != "id" else plain(value))
    except UnreadableEvent:
        return

    meeting = Meeting.model_validate(event)
    assert "\\u0000" not in meeting.model_dump_json()
