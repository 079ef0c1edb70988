"""The message catalogue as documents: a JSON schema of each message, and all of it as one AsyncAPI 3 document.

A schema that is checked in is a promise. `write` refuses to overwrite it with a schema that would break those who read
or write the message today. Such a change needs a new version, which is a message of its own.

Source: https://www.asyncapi.com/docs/reference/specification/v3.0.0
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from inspect import getdoc
from pathlib import Path
from typing import Any

from libs.common.codec import replies_to
from libs.common.topology import Lane, routing_key
from libs.contracts.messages import CATALOGUE, Message
from libs.contracts.topology import IN_TWO_LANES, LISTENERS

Json = dict[str, Any]
Catalogue = Mapping[str, type[Message]]

SCHEMAS = "schema"
ASYNCAPI = "asyncapi.yaml"
REPLY_TO = "A queue of the sender's, to which the reply goes with the same correlation id; no reply if it is missing."
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


def asyncapi() -> Json:
    """Describe the whole bus as an AsyncAPI document."""
    return describe(CATALOGUE, LISTENERS)


def describe(catalogue: Catalogue, listeners: Mapping[str, Sequence[str]]) -> Json:
    """Describe a bus: a channel for each message, who consumes it, and which messages reply to it."""
    answers = {each for message in catalogue.values() for each in replies_to(message)}
    answered = {name: message for name, message in catalogue.items() if replies_to(message)}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Roomsync",
            "version": "1",
            "description": "Messages carry state and are delivered at least once, those of one space in order. "
            "Unknown fields are ignored; removing or retyping a field is a new version.",
        },
        "defaultContentType": "application/json",
        "channels": {
            **{name: _channel(name, message) for name, message in catalogue.items() if message not in answers},
            **{_replies(name): _reply_channel(name, message) for name, message in answered.items()},
        },
        "operations": dict(_operations(catalogue, listeners)),
        "components": {"messages": {name: _message(name, message) for name, message in catalogue.items()}},
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


def _channel(name: str, message: type[Message]) -> Json:
    listeners = [consumer for consumer, types in LISTENERS.items() if name in types]
    lanes = "live and bulk" if IN_TWO_LANES.intersection(listeners) else "live"
    return {
        "address": routing_key(name, Lane.LIVE, 0).removesuffix("0") + "{shard}",
        "description": f"Lanes: {lanes}; the routing key of the bulk lane ends in .{Lane.BULK}.",
        "parameters": {"shard": {"description": f"CRC-32 of {message.sharded_by}, modulo the number of shards."}},
        "messages": {message.__name__: {"$ref": f"#/components/messages/{name}"}},
        "bindings": {
            "amqp": {"is": "routingKey", "exchange": {"name": "roomsync", "type": "topic", "durable": True}},
        },
    }


def _replies(name: str) -> str:
    """Name the channel of the replies to a message."""
    return f"{name}.replies"


def _reply_channel(name: str, message: type[Message]) -> Json:
    return {
        "address": None,
        "description": f"What answers {name}, at the address that its sender named; its type says how it went.",
        "messages": {each.__name__: {"$ref": f"#/components/messages/{each.type}"} for each in replies_to(message)},
    }


def _operations(catalogue: Catalogue, listeners: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, Json]]:
    for consumer, types in listeners.items():
        for name in types:
            channel = {"$ref": f"#/channels/{name}"}
            summary = f"{consumer} handles {name}."
            reply = _reply(name, catalogue[name])
            yield f"{consumer}.{name}", {"action": "receive", "channel": channel, "summary": summary, **reply}
    for name, message in catalogue.items():
        if message.is_open:
            summary = f"Whoever cares may listen to {name}."
            yield name, {"action": "send", "channel": {"$ref": f"#/channels/{name}"}, "summary": summary}


def _reply(name: str, message: type[Message]) -> Json:
    """Describe where and with which messages a message is replied to; empty if it is not."""
    channel = f"#/channels/{_replies(name)}"
    messages = [{"$ref": f"{channel}/messages/{each.__name__}"} for each in replies_to(message)]
    if not messages:
        return {}
    address = {"location": "$message.header#/reply_to", "description": "None is sent to whoever names no address."}
    return {"reply": {"address": address, "channel": {"$ref": channel}, "messages": messages}}


def _message(name: str, message: type[Message]) -> Json:
    said = (getdoc(message) or "").split("\n\n", 1)
    return {
        "name": name,
        "title": message.__name__,
        "summary": " ".join(said[0].split()),
        **({"description": " ".join(said[1].split())} if len(said) > 1 else {}),
        "contentType": "application/json",
        "correlationId": {"location": "$message.header#/correlation_id"},
        "headers": {
            "type": "object",
            "properties": {
                "message_id": {"type": "string", "format": "uuid"},
                "type": {"type": "string", "const": name},
                "timestamp": {"type": "string", "format": "date-time"},
                "correlation_id": {"type": "string"},
                "traceparent": {"type": "string", "description": "W3C Trace Context"},
                "x-attempt": {"type": "integer", "description": "How often it was tried before."},
                "x-wakes": {"type": "integer", "description": "How often it was woken after it had waited for access."},
                "x-lane": {"type": "string", "enum": [lane.value for lane in Lane]},
                "x-shard": {"type": "integer"},
                **({"reply_to": {"type": "string", "description": REPLY_TO}} if replies_to(message) else {}),
            },
        },
        "payload": {"$ref": f"./{SCHEMAS}/{name}.json"},
    }


def _yaml(value: Mapping[str, Any], indent: str = "") -> Iterator[str]:
    """Write nested mappings of plain values as YAML; JSON's strings and numbers are valid YAML."""
    for key, each in value.items():
        if isinstance(each, Mapping) and each:
            yield f"{indent}{json.dumps(key)}:"
            yield from _yaml(each, indent + "  ")
        else:
            yield f"{indent}{json.dumps(key)}: {json.dumps(each, ensure_ascii=False)}"
