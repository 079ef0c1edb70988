"""A change that would break those who write or read a message is noticed, and a harmless one is not."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from libs.contracts.messages import CATALOGUE
from services.catalogue import schemas
from services.compatibility import PromisedTo, find_breaches, promised_to

SCHEMA: dict[str, Any] = {
    "type": "object",
    "title": "Booked",
    "required": ["who", "state"],
    "properties": {
        "who": {"$ref": "#/$defs/Person"},
        "state": {"enum": ["booked", "free"], "type": "string"},
        "comment": {"anyOf": [{"type": "string", "maxLength": 80}, {"type": "null"}], "default": None},
        "count": {"type": "integer", "minimum": 1},
        "at": {"type": "string", "format": "date-time"},
        "guests": {"type": "array", "items": {"$ref": "#/$defs/Person"}, "maxItems": 5},
        "intent": {"oneOf": [{"$ref": "#/$defs/Keep"}, {"$ref": "#/$defs/Drop"}]},
    },
    "$defs": {
        "Person": {
            "type": "object",
            "title": "Person",
            "required": ["address"],
            "properties": {
                "address": {"type": "string"},
                "boss": {"anyOf": [{"$ref": "#/$defs/Person"}, {"type": "null"}]},
            },
        },
        "Keep": {"type": "object", "title": "Keep", "required": [], "properties": {"do": {"const": "keep"}}},
        "Drop": {"type": "object", "title": "Drop", "required": [], "properties": {"do": {"const": "drop"}}},
    },
}

Change = Callable[[Any], Any]
WRITERS, READERS, BOTH = PromisedTo.WRITERS, PromisedTo.READERS, PromisedTo.BOTH
NOBODY = PromisedTo(0)

CHANGES: list[tuple[str, Change, list[str], PromisedTo]] = [
    ("a field is removed", lambda s: s["properties"].pop("comment"), ["comment was removed"], BOTH),
    (
        "a nested field is removed",
        lambda s: s["$defs"]["Person"]["properties"].pop("boss"),
        ["who.boss was removed", "guests[].boss was removed"],
        BOTH,
    ),
    ("a field is retyped", lambda s: s["properties"]["count"].update(type="string"), ["count has another type"], BOTH),
    (
        "an object becomes text",
        lambda s: s["properties"].update(who={"type": "string"}),
        ["who has another type"],
        BOTH,
    ),
    (
        "a new field is required",
        lambda s: (s["properties"].update(why={"type": "string"}), s["required"].append("why")),
        ["why is required now"],
        WRITERS,
    ),
    ("a field becomes required", lambda s: s["required"].append("count"), ["count is required now"], WRITERS),
    ("a field may be missing", lambda s: s["required"].remove("state"), ["state may be missing now"], READERS),
    (
        "a value is no longer taken",
        lambda s: s["properties"]["state"]["enum"].remove("free"),
        ['state can no longer be: "free"'],
        WRITERS,
    ),
    (
        "there is another value",
        lambda s: s["properties"]["state"]["enum"].append("pending"),
        ['state can also be: "pending"'],
        READERS,
    ),
    (
        "any value is taken",
        lambda s: s["properties"]["state"].pop("enum"),
        ["state can also be: any other value"],
        READERS,
    ),
    (
        "null is no longer taken",
        lambda s: s["properties"]["comment"]["anyOf"].pop(),
        ["comment can no longer be: null"],
        WRITERS,
    ),
    (
        "it may be null",
        lambda s: s["properties"].update(count={"anyOf": [s["properties"]["count"], {"type": "null"}]}),
        ["count can also be: null"],
        READERS,
    ),
    (
        "text is shorter",
        lambda s: s["properties"]["comment"]["anyOf"][0].update(maxLength=40),
        ["comment has a tighter bound: maxLength"],
        WRITERS,
    ),
    (
        "a number may be lower",
        lambda s: s["properties"]["count"].update(minimum=0),
        ["count has a looser bound: minimum"],
        READERS,
    ),
    (
        "a list is bounded no more",
        lambda s: s["properties"]["guests"].pop("maxItems"),
        ["guests has a looser bound: maxItems"],
        READERS,
    ),
    (
        "text has another form",
        lambda s: s["properties"]["at"].update(format="date"),
        ["at has another form: format"],
        BOTH,
    ),
    (
        "text has a pattern",
        lambda s: s["properties"]["at"].update(pattern="Z$"),
        ["at has another form: pattern"],
        WRITERS,
    ),
    (
        "one of several objects is gone",
        lambda s: s["properties"]["intent"]["oneOf"].pop(),
        ["intent can no longer be: object Drop"],
        WRITERS,
    ),
    (
        "there is a new optional field",
        lambda s: s["properties"].update(hint={"type": "string", "default": ""}),
        [],
        NOBODY,
    ),
    (
        "it is said in other words",
        lambda s: (s.update(description="Other."), s["properties"]["who"].update(description="Other.")),
        [],
        NOBODY,
    ),
    ("a default changes", lambda s: s["properties"]["comment"].update(default="none"), [], NOBODY),
    (
        "there is another object",
        lambda s: s["properties"].update(
            who={"anyOf": [{"$ref": "#/$defs/Person"}, {"$ref": "#/$defs/Keep"}]},
        ),
        ["who can also be: object Keep"],
        READERS,
    ),
    (
        "a class is renamed",
        lambda s: (
            s["$defs"].update(Human={**s["$defs"]["Person"], "title": "Human"}),
            s["properties"].update(who={"$ref": "#/$defs/Human"}),
        ),
        [],
        NOBODY,
    ),
]


@pytest.mark.parametrize(
    ("change", "breaches", "whom"), [each[1:] for each in CHANGES], ids=[each[0] for each in CHANGES]
)
@pytest.mark.parametrize("to", [WRITERS, READERS, BOTH], ids=str)
def test_a_change_is_noticed_if_it_breaks_those_to_whom_the_message_is_a_promise(
    to: PromisedTo, change: Change, breaches: list[str], whom: PromisedTo
) -> None:
    changed = deepcopy(SCHEMA)
    change(changed)

    found = find_breaches(SCHEMA, changed, to)

    if whom & to:
        assert found
        assert set(found) <= set(breaches)
    else:
        assert found == []
    assert to is not BOTH or set(found) == set(breaches)


@pytest.mark.parametrize(
    ("name", "to"),
    [
        ("reservation.request.v1", WRITERS),
        ("approval.decide.v1", WRITERS),
        ("reservation.request.done.v1", READERS),
        ("approval.decide.refused.v1", READERS),
        ("reservation.confirmed.v1", READERS),
        ("approval.expired.v1", READERS),
        ("intent.issued.v2", BOTH),
        ("meeting.observed.v1", BOTH),
    ],
)
def test_a_command_is_a_promise_to_its_writers_and_an_event_or_reply_to_its_readers(name: str, to: PromisedTo) -> None:
    assert promised_to(CATALOGUE[name], CATALOGUE) is to


@pytest.mark.parametrize("name", sorted(CATALOGUE))
def test_a_schema_breaks_nothing_of_itself_and_misses_each_field_that_is_taken_away(name: str) -> None:
    held = schemas()[name]
    assert find_breaches(held, held, BOTH) == []
    for field in held["properties"]:
        without = deepcopy(held)
        del without["properties"][field]
        assert f"{field} was removed" in find_breaches(held, without, promised_to(CATALOGUE[name], CATALOGUE))
