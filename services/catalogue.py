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

ASYNCAPI = "asyncapi.yaml"
_ABOUT_WORDS = {"title", "description", "default", "$id"}


class Incompatible(Exception):
    """A message no longer keeps what its schema promises. Make it a new version instead; each breach is listed."""


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
        f"{name}: {breach}"
        for name, schema in schemas().items()
        if (held := docs / SCHEMAS / f"{name}.json").exists()
        for breach in breaks(json.loads(held.read_text(encoding="utf-8")), schema)
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


def breaks(held: Json, schema: Json) -> list[str]:
    """List each way in which a schema breaks the promise of an earlier one; new optional fields break nothing."""
    return [
        breach
        for name, old in _objects(held).items()
        for breach in _breaks(name, old, _objects(schema).get(name, {"properties": {}}))
    ]


def _breaks(name: str, old: Json, new: Json) -> Iterator[str]:
    if "properties" not in old:
        if _shape(old) != _shape(new):
            yield f"{name} has other values"
        return
    fields = new.get("properties", {})
    for field, shape in old["properties"].items():
        if field not in fields:
            yield f"{name}.{field} was removed"
        elif _shape(fields[field]) != _shape(shape):
            yield f"{name}.{field} has another type"
    for field in set(new.get("required", [])) - set(old.get("required", [])):
        yield f"{name}.{field} is required now"


def _objects(schema: Json) -> dict[str, Json]:
    return {"message": schema, **schema.get("$defs", {})}


def _shape(value: Any) -> Any:  # noqa: ANN401 - JSON of any shape
    """Return a schema without its title, description and default."""
    if isinstance(value, dict):
        return {key: _shape(each) for key, each in value.items() if key not in _ABOUT_WORDS}
    return [_shape(each) for each in value] if isinstance(value, list) else value


def _yaml(value: Mapping[str, Any], indent: str = "") -> Iterator[str]:
    """Write nested mappings of plain values as YAML; JSON's strings and numbers are valid YAML."""
    for key, each in value.items():
        if isinstance(each, Mapping) and each:
            yield f"{indent}{json.dumps(key)}:"
            yield from _yaml(each, indent + "  ")
        else:
            yield f"{indent}{json.dumps(key)}: {json.dumps(each, ensure_ascii=False)}"
