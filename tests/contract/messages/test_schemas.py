"""Each message keeps what its committed schema promises, and the documents say what the code says."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from libs.common.codec import replies_to
from libs.contracts.messages import CATALOGUE
from libs.contracts.topology import IN_TWO_LANES, LISTENERS
from services.asyncapi import SCHEMAS, asyncapi
from services.catalogue import ASYNCAPI, Incompatible, breaks, documents, schemas, write

DOCS = Path(__file__).parents[3] / "docs"
ANSWERS = {answer.type for message in CATALOGUE.values() for answer in replies_to(message)}
HOW = "bring the documents up to date: make documents"


@pytest.mark.parametrize("path", sorted(documents()))
def test_the_documents_are_up_to_date(path: str) -> None:
    assert (DOCS / path).exists(), HOW
    assert (DOCS / path).read_text(encoding="utf-8") == documents()[path], HOW


def test_a_message_that_was_promised_is_still_there() -> None:
    promised = {path.stem for path in (DOCS / SCHEMAS).glob("*.json")}

    assert promised == set(CATALOGUE)


@pytest.mark.parametrize("name", sorted(CATALOGUE))
def test_no_message_breaks_what_its_schema_promises(name: str) -> None:
    held = json.loads((DOCS / SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))

    assert breaks(held, schemas()[name]) == [], "removing or retyping a field is a new version of the message"


def without_field(schema: Any) -> None:
    del schema["properties"]["key"]


def without_nested_field(schema: Any) -> None:
    del schema["$defs"]["Meeting"]["properties"]["start"]


def without_a_value(schema: Any) -> None:
    schema["$defs"]["Answer"]["enum"].remove("declined")


def retyped(schema: Any) -> None:
    schema["properties"]["key"]["type"] = "integer"


def newly_required(schema: Any) -> None:
    schema["properties"]["reason"] = {"type": "string"}
    schema["required"].append("reason")


def without_part(schema: Any) -> None:
    del schema["$defs"]["Person"]


def with_an_optional_field(schema: Any) -> None:
    schema["properties"]["hint"] = {"type": "string", "default": ""}


def in_other_words(schema: Any) -> None:
    schema["description"] = schema["$defs"]["Meeting"]["description"] = "In other words."
    schema["properties"]["key"]["title"] = "Other"


@pytest.mark.parametrize(
    ("change", "breach"),
    [
        (without_field, "message.key was removed"),
        (without_nested_field, "Meeting.start was removed"),
        (without_a_value, "Answer has other values"),
        (retyped, "message.key has another type"),
        (newly_required, "message.reason is required now"),
        (without_part, "Person.address was removed"),
        (with_an_optional_field, None),
        (in_other_words, None),
    ],
)
def test_a_change_that_breaks_a_reader_or_a_writer_is_noticed(change: Any, breach: str | None) -> None:
    held = schemas()["correction.requested.v3"]
    changed = deepcopy(held)
    change(changed)

    found = breaks(held, changed)

    assert breach in found if breach is not None else found == []


def test_a_broken_promise_is_not_overwritten(tmp_path: Path) -> None:
    write(tmp_path)
    promised = tmp_path / SCHEMAS / "space.mapped.v1.json"
    held = json.loads(promised.read_text(encoding="utf-8"))
    held["properties"]["colour"] = {"type": "string"}
    promised.write_text(json.dumps(held), encoding="utf-8")

    with pytest.raises(Incompatible, match=r"space.mapped.v1: message.colour was removed"):
        write(tmp_path)

    assert "colour" in promised.read_text(encoding="utf-8")


def test_the_bus_is_described_as_it_is() -> None:
    described = YAML(typ="safe").load(DOCS / ASYNCAPI)

    assert described == asyncapi()
    assert described["asyncapi"].startswith("3.")
    answered = {name for name, message in CATALOGUE.items() if replies_to(message)}
    assert set(described["channels"]) == set(CATALOGUE) - ANSWERS | {f"{name}.replies" for name in answered}
    received = [name for name, each in described["operations"].items() if each["action"] == "receive"]
    assert sorted(received) == sorted(f"{consumer}.{name}" for consumer, types in LISTENERS.items() for name in types)


def test_every_reference_leads_somewhere() -> None:
    described = asyncapi()
    for reference in _references(described):
        if reference.startswith("#/"):
            found: Any = described
            for step in reference.removeprefix("#/").split("/"):
                found = found[step]
        else:
            assert (DOCS / reference).exists(), reference


def test_every_message_reaches_somebody_or_is_open() -> None:
    heard = {name for types in LISTENERS.values() for name in types}

    assert heard <= set(CATALOGUE)
    assert {name for name, message in CATALOGUE.items() if not message.is_open} - ANSWERS <= heard
    assert not ANSWERS & heard
    assert set(LISTENERS) >= IN_TWO_LANES


@pytest.mark.parametrize("name", sorted(CATALOGUE))
def test_a_message_names_its_type_and_version(name: str) -> None:
    assert CATALOGUE[name].type == name
    assert name.rpartition(".v")[2].isdigit()


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [found for each in value.values() for found in _references(each)]
    return [found for each in value for found in _references(each)] if isinstance(value, list) else []
