"""The bus as one AsyncAPI 3 document: where it is, what travels on it in which form, and how a new consumer joins.

What AMQP carries as properties of a message stands under `x-amqp-properties`, since AsyncAPI knows no place for them;
headers are only what travels in the header table.

Source: https://www.asyncapi.com/docs/reference/specification/v3.0.0 and
https://github.com/asyncapi/bindings/tree/master/amqp
"""

from collections.abc import Iterator, Mapping, Sequence
from inspect import getdoc
from typing import Any

from annotated_types import Le

from libs.common.bus.declare import DELIVERY_LIMIT
from libs.common.codec import replies_to
from libs.common.settings import Settings
from libs.common.topology import Lane, Topology, routing_key
from libs.contracts.message import Message
from libs.contracts.messages import CATALOGUE
from libs.contracts.topology import IN_TWO_LANES, LISTENERS
from services.examples import EXAMPLES

Json = dict[str, Any]
Catalogue = Mapping[str, type[Message]]
Examples = Mapping[str, Sequence[Message]]

SCHEMAS = "schema"
BINDING_VERSION = "0.3.0"
EXCHANGE = Topology([], shards=1).namespace

DESCRIPTION = (
    "Messages carry state and are delivered at least once, those of one space in order. Unknown fields are ignored; "
    "removing or retyping a field is a new version. Any service may listen to the events of reservations and approvals "
    "by declaring a queue of its own and binding it as x-consumer says."
)

CONSUMER: Json = {
    "description": "How another service listens to every event of every reservation and approval, from the moment it "
    "binds its queue. Replace example by the name of the service. Acknowledge a message once its effect is stored. A "
    "message may come twice under one message_id; ignore one whose version is not higher than what you have of its "
    "reservation, or approval. Never set x-overflow to reject-publish: a full queue would keep Roomsync from "
    "publishing.",
    "queue": {
        "name": "example.reservations",
        "durable": True,
        "exclusive": False,
        "autoDelete": False,
        "arguments": {
            "x-queue-type": "quorum",
            "x-single-active-consumer": True,
            "x-delivery-limit": DELIVERY_LIMIT,
            "x-dead-letter-exchange": "",
            "x-dead-letter-routing-key": "example.reservations.parked",
        },
    },
    "deadLetterQueue": {"name": "example.reservations.parked", "durable": True, "arguments": {}},
    "bindings": [
        {"exchange": EXCHANGE, "routingKey": f"{name}.#"} for name, message in CATALOGUE.items() if message.is_open
    ],
}
"""A recipe that a test follows on a real broker."""

PROPERTIES: Json = {
    "message_id": {"type": "string", "format": "uuid", "description": "The same however often it is delivered."},
    "type": {"type": "string", "description": "The name of the message with its version."},
    "correlation_id": {"type": "string", "description": "Ties together all that follows from one cause."},
    "timestamp": {"type": "integer", "description": "When it was sent, in whole seconds since 1970 in UTC."},
    "content_type": {"type": "string", "const": "application/json"},
    "delivery_mode": {"type": "integer", "const": 2, "description": "Persistent."},
}
REPLY_TO: Json = {
    "reply_to": {
        "type": "string",
        "description": "A queue of the sender's, to which the reply goes with the same correlation id; no reply if it "
        "is missing.",
    }
}
HEADERS: Json = {
    "traceparent": {"type": "string", "description": "W3C Trace Context, if it is traced."},
    "x-attempt": {"type": "integer", "minimum": 0, "description": "How often it was tried before."},
    "x-wakes": {
        "type": "integer",
        "minimum": 0,
        "description": "How often it was woken after it had waited for access.",
    },
    "x-lane": {"type": "string", "enum": [lane.value for lane in Lane], "description": "live where people wait."},
    "x-shard": {"type": "integer", "minimum": 0, "description": "The shard in its routing key."},
    "x-sent-at": {
        "type": "string",
        "format": "date-time",
        "description": "When it was sent, in microseconds; the property timestamp has only seconds.",
    },
    "x-began-at": {
        "type": "string",
        "format": "date-time",
        "description": "When what led to it came in: a notification, a call, or what a sweep found; it began with this "
        "message if it is missing.",
    },
    "x-reason": {"type": "string", "description": "On the ladder or parked: why it failed last."},
    "x-queue": {"type": "string", "description": "On the ladder or parked: the queue that it failed in."},
    "x-parked-at": {"type": "string", "format": "date-time", "description": "On the ladder or parked: since when."},
}


def asyncapi() -> Json:
    """Describe the whole bus."""
    return describe(CATALOGUE, LISTENERS, EXAMPLES)


def describe(catalogue: Catalogue, listeners: Mapping[str, Sequence[str]], examples: Examples) -> Json:
    """Describe a bus: a channel for each message, who consumes it, and which messages reply to it."""
    answers = {each for message in catalogue.values() for each in replies_to(message)}
    answered = {name: message for name, message in catalogue.items() if replies_to(message)}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Roomsync", "version": "1", "description": DESCRIPTION, "x-consumer": CONSUMER},
        "defaultContentType": "application/json",
        "servers": {"rabbitmq": _server()},
        "channels": {
            **{name: _channel(name, message) for name, message in catalogue.items() if message not in answers},
            **{_replies(name): _reply_channel(name, message) for name, message in answered.items()},
        },
        "operations": dict(_operations(catalogue, listeners)),
        "components": {
            "messages": {name: _message(message, examples.get(name, ())) for name, message in catalogue.items()},
            "securitySchemes": {"login": {"type": "userPassword", "description": "A login of the RabbitMQ server."}},
        },
    }


def _server() -> Json:
    return {
        "host": "{host}:{port}",
        "pathname": "/{virtualHost}",
        "protocol": "amqp",
        "protocolVersion": "0-9-1",
        "description": "The RabbitMQ server that ROOMSYNC_AMQP_URL names; with amqps:// as protocol amqps.",
        "variables": {
            "host": {"default": "127.0.0.1"},
            "port": {"default": "5672"},
            "virtualHost": {"default": "", "description": "The virtual host; the default one, /, if it is empty."},
        },
        "security": [{"$ref": "#/components/securitySchemes/login"}],
    }


def _channel(name: str, message: type[Message]) -> Json:
    listeners = [consumer for consumer, types in LISTENERS.items() if name in types]
    lanes = "live and bulk" if message.is_open or IN_TWO_LANES.intersection(listeners) else "live"
    return {
        "address": routing_key(name, Lane.LIVE, 0).removesuffix("0") + "{shard}",
        "description": f"Lanes: {lanes}; the routing key of the bulk lane ends in .{Lane.BULK}.",
        "parameters": {"shard": _shard(message)},
        "messages": {message.__name__: {"$ref": f"#/components/messages/{name}"}},
        "bindings": {
            "amqp": {
                "is": "routingKey",
                "exchange": {"name": EXCHANGE, "type": "topic", "durable": True, "autoDelete": False},
                "bindingVersion": BINDING_VERSION,
            },
        },
    }


def _shard(message: type[Message]) -> Json:
    """Describe which values the last part of a routing key has, by the setting that says how many there are."""
    setting = Settings.model_fields["shards"]
    most = next(int(str(each.le)) for each in setting.metadata if isinstance(each, Le))
    return {
        "description": f"CRC-32 of {message.sharded_by} as text, modulo the number of shards: from 0 to one less than "
        f"ROOMSYNC_SHARDS, which is {setting.default} unless it is set, and at most {most}.",
        "enum": [str(shard) for shard in range(most)],
        "default": "0",
        "examples": ["0", str(setting.default - 1)],
    }


def _replies(name: str) -> str:
    """Name the channel of the replies to a message."""
    return f"{name}.replies"


def _reply_channel(name: str, message: type[Message]) -> Json:
    return {
        "address": None,
        "description": f"What answers {name}, at the queue that the property reply_to of {name} names; its type says "
        "how it went. None is sent to whoever names no queue.",
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
    """Describe with which messages a message is replied to; empty if it is not."""
    channel = f"#/channels/{_replies(name)}"
    messages = [{"$ref": f"{channel}/messages/{each.__name__}"} for each in replies_to(message)]
    return {"reply": {"channel": {"$ref": channel}, "messages": messages}} if messages else {}


def _message(message: type[Message], examples: Sequence[Message]) -> Json:
    said = (getdoc(message) or "").split("\n\n", 1)
    name = message.type
    properties = {**PROPERTIES, "type": {**PROPERTIES["type"], "const": name}}
    shown = [
        {"name": f"{message.__name__}{number}", "payload": each.model_dump(mode="json")}
        for number, each in enumerate(examples, 1)
    ]
    return {
        "name": name,
        "title": message.__name__,
        "summary": " ".join(said[0].split()),
        **({"description": " ".join(said[1].split())} if len(said) > 1 else {}),
        "contentType": "application/json",
        "headers": {"type": "object", "properties": HEADERS},
        "bindings": {
            "amqp": {"messageType": name, "bindingVersion": BINDING_VERSION},
        },
        "x-amqp-properties": {**properties, **(REPLY_TO if replies_to(message) else {})},
        "payload": {"$ref": f"./{SCHEMAS}/{name}.json"},
        **({"examples": shown} if shown else {}),
    }
