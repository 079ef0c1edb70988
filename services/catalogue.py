"""The message catalogue as documents: a JSON schema of each message, and all of it as one AsyncAPI document.

A schema that is checked in is a promise. `write` refuses to overwrite it with a schema that would break those who read
or write the message today. Such a change needs a new version, which is a message of its own.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from libs.contracts.messages import CATALOGUE
from services.asyncapi import SCHEMAS, Json, asyncapi
from services.compatibility import find_breaches, promised_to

ASYNCAPI = "asyncapi.yaml"


class Incompatible(Exception):
    """A message no longer keeps what its schema promises. Make it a new version instead; each breach is listed."""


def broken_promises(name: str, held: Json) -> list[str]:
    """List in sentences how a message breaks what its schema as it is checked in promises, and what to do instead."""
    message = CATALOGUE[name]
    base, _, version = name.rpartition(".v")
    return [
        f"{name}: {breach}. That breaks others who use this message: make it a new version, a class of its own of the "
        f"type {base}.v{int(version) + 1}, and keep this one for as long as anybody sends or reads it."
        for breach in find_breaches(held, schemas()[name], promised_to(message, CATALOGUE))
    ]


def schemas() -> dict[str, Json]:
    """Return the JSON schema of each message by its type."""
    return {
        name: {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": f"urn:roomsync:{name}",
            **message.model_json_schema(),
        }
        for name, message in CATALOGUE.items()
    }


def write(docs: Path) -> None:
    """Write all documents into a directory. Raises Incompatible, and then has written nothing."""
    breaches = [
        breach
        for name in CATALOGUE
        if (held := docs / SCHEMAS / f"{name}.json").exists()
        for breach in broken_promises(name, json.loads(held.read_text(encoding="utf-8")))
    ]
    if breaches:
        raise Incompatible("\n".join(breaches))
    (docs / SCHEMAS).mkdir(parents=True, exist_ok=True)
    for path, text in documents().items():
        (docs / path).write_text(text, encoding="utf-8")


def documents() -> dict[str, str]:
    """Return each document as it is checked in, by its path within the directory of documents."""
    files = {
        f"{SCHEMAS}/{name}.json": json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
        for name, schema in schemas().items()
    }
    return files | {ASYNCAPI: "\n".join(_yaml(asyncapi())) + "\n"}


def _yaml(value: Mapping[str, Any], indent: str = "") -> Iterator[str]:
    """Write nested mappings of plain values as YAML; JSON's strings and numbers are valid YAML."""
    for key, each in value.items():
        if isinstance(each, Mapping) and each:
            yield f"{indent}{json.dumps(key)}:"
            yield from _yaml(each, indent + "  ")
        else:
            yield f"{indent}{json.dumps(key)}: {json.dumps(each, ensure_ascii=False)}"
