"""Several calls as one, and the answers to each: the chain, the headers, and whatever an answer may hold."""

from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from libs.graph import batch_protocol, protocol
from libs.graph.batch_protocol import PartAnswer, UnansweredPart

ROOM = "birch@example.org"
READ = protocol.read_event(ROOM, "AAk=")
CHANGE = protocol.update_event(ROOM, "AAk=", {"showAs": "busy"}, 'W/"1"')
REMOVE = protocol.delete_event(ROOM, "AAk=")

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=10,
)
RESPONSE = st.fixed_dictionaries(
    {},
    optional={
        "id": st.sampled_from(["1", "2", "3", "4", 1, None]),
        "status": st.sampled_from([200, 404, 424, "200", None, True]) | JSON,
        "headers": JSON,
        "body": JSON,
    },
)


def joined(*calls: protocol.Call) -> list[dict[str, Any]]:
    batch = batch_protocol.join([(each, protocol.headers(each, f"id {number}")) for number, each in enumerate(calls)])
    assert (batch.method, batch.url, batch.mailbox, batch.is_repeatable) == ("POST", "/$batch", None, False)
    requests: list[dict[str, Any]] = orjson.loads(orjson.dumps(batch.body))["requests"]
    return requests


def test_the_calls_are_a_chain_in_their_order() -> None:
    calls = [protocol.read_event(ROOM, f"AAk{number}") for number in range(batch_protocol.MOST)]

    requests = joined(*calls)

    assert [each["url"] for each in requests] == [call.url for call in calls]
    idents = [each["id"] for each in requests]
    assert len({ident.lower() for ident in idents}) == len(calls)
    assert [each.get("dependsOn") for each in requests] == [None, *([ident] for ident in idents[:-1])]


def test_each_call_has_what_it_would_have_alone() -> None:
    read, change, remove = joined(READ, CHANGE, REMOVE)

    assert (read["method"], change["method"], remove["method"]) == ("GET", "PATCH", "DELETE")
    assert read["headers"] == {"Prefer": protocol.PREFER, "client-request-id": "id 0"}
    assert change["headers"] == {
        "Prefer": protocol.PREFER,
        "client-request-id": "id 1",
        "If-Match": 'W/"1"',
        "Content-Type": "application/json",
    }
    assert change["body"] == {"showAs": "busy"}
    assert "body" not in read
    assert "body" not in remove
    assert "Content-Type" not in remove["headers"]


def test_answers_find_their_calls_in_any_order() -> None:
    answer = {
        "responses": [
            {"id": "3", "status": 424, "body": {"error": {"code": "FailedDependency"}}},
            {"id": "2", "status": 429, "headers": {"retry-after": "7"}, "body": None},
            {"id": "1", "status": 200, "headers": {"Content-Type": "application/json"}, "body": {"id": "AAk="}},
        ]
    }

    assert batch_protocol.take_apart(answer, 3) == [
        PartAnswer(200, {"Content-Type": "application/json"}, {"id": "AAk="}),
        PartAnswer(429, {"Retry-After": "7"}, None),
        UnansweredPart.NOT_MADE,
    ]


def test_a_call_that_depends_on_none_and_failed_with_another_is_answered() -> None:
    answer = {"responses": [{"id": each, "status": 424} for each in ("1", "2")]}
    assert batch_protocol.take_apart(answer, 2) == [PartAnswer(424, {}, None), UnansweredPart.NOT_MADE]


@given(st.fixed_dictionaries({}, optional={"responses": st.lists(RESPONSE | JSON, max_size=6) | JSON}))
def test_whatever_comes_each_call_has_one_answer_and_only_its_own(answer: dict[str, Any]) -> None:
    found = batch_protocol.take_apart(answer, 3)

    assert len(found) == 3
    responses = answer.get("responses")
    told = [each for each in responses if isinstance(each, dict)] if isinstance(responses, list) else []
    for number, each in enumerate(found, 1):
        own = [response for response in told if response.get("id") == str(number)]
        if each is not UnansweredPart.UNKNOWN:
            (response,) = own
            expected = 424 if isinstance(each, UnansweredPart) else each.status
            assert response["status"] == expected
            assert type(response["status"]) is int
