"""Each message keeps what its committed schema promises, and the documents say what the code says."""

import json
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from libs.common.codec import replies_to
from libs.contracts.messages import CATALOGUE
from libs.contracts.topology import IN_TWO_LANES, LISTENERS
from services.asyncapi import SCHEMAS, asyncapi
from services.catalogue import ASYNCAPI, Incompatible, broken_promises, documents, write

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

    broken = broken_promises(name, held)
    assert not broken, "\n".join(broken)


def test_a_broken_promise_is_not_overwritten(tmp_path: Path) -> None:
    write(tmp_path)
    promised = tmp_path / SCHEMAS / "space.mapped.v1.json"
    held = json.loads(promised.read_text(encoding="utf-8"))
    held["properties"]["colour"] = {"type": "string"}
    promised.write_text(json.dumps(held), encoding="utf-8")

    said = (
        r"^space.mapped.v1: colour was removed. That breaks .*: make it a new version, .* of the type space.mapped.v2"
    )
    with pytest.raises(Incompatible, match=said):
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
