"""The AsyncAPI document says what a stranger needs to listen, and the wire keeps what it says."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import jsonschema
import pytest

from libs.common.bus.wire import to_wire
from libs.common.codec import Codec, replies_to
from libs.common.topology import Consumer, Lane, Topology
from libs.contracts.message import Message
from libs.contracts.messages import CATALOGUE
from libs.contracts.topology import LISTENERS
from services.asyncapi import HEADERS, asyncapi
from services.catalogue import schemas
from services.examples import EXAMPLES

DESCRIBED = asyncapi()
MESSAGES = DESCRIBED["components"]["messages"]
ANSWERS = {answer.type for message in CATALOGUE.values() for answer in replies_to(message)}
SENT = [each for name in CATALOGUE for each in EXAMPLES[name]]


def test_every_message_has_an_example() -> None:
    assert set(EXAMPLES) == set(CATALOGUE)
    assert all(MESSAGES[name]["examples"] for name in CATALOGUE)


@pytest.mark.parametrize("name", sorted(CATALOGUE))
def test_the_examples_of_a_message_follow_its_schema_and_are_read_as_they_were_written(name: str) -> None:
    for example, value in zip(MESSAGES[name]["examples"], EXAMPLES[name], strict=True):
        jsonschema.validate(example["payload"], schemas()[name], format_checker=jsonschema.FormatChecker())
        assert CATALOGUE[name].model_validate(example["payload"]) == value


@pytest.mark.parametrize("message", SENT, ids=lambda each: each.type)
def test_what_travels_with_a_message_is_described(message: Message) -> None:
    codec = Codec(CATALOGUE, Topology([Consumer(*each) for each in LISTENERS.items()], shards=8))
    now = datetime(2027, 3, 1, 9, 0, 0, 250_000, tzinfo=UTC)
    new = codec.envelope(message, message_id=uuid4(), correlation_id="c", lane=Lane.BULK, sent_at=now)
    reply_to = "somebody" if replies_to(type(message)) else None
    envelope = replace(new, wakes=1, began_at=now, reply_to=reply_to)
    described = MESSAGES[message.type]

    wire = to_wire(envelope, reason="Away.", queue="billing")
    properties = {name: value for name, value in _properties(wire).items() if value is not None}

    assert set(properties) == set(described["x-amqp-properties"])
    schema = {"type": "object", "properties": described["x-amqp-properties"]}
    jsonschema.validate(properties, schema)
    assert set(wire.headers) == set(HEADERS) - {"traceparent"}
    jsonschema.validate(dict(wire.headers), described["headers"], format_checker=jsonschema.FormatChecker())
    assert not set(described["headers"]["properties"]) & set(described["x-amqp-properties"])
    assert described["bindings"]["amqp"]["messageType"] == message.type


def _properties(wire: Any) -> dict[str, Any]:
    """Return the AMQP properties of a message, as the protocol has them."""
    sent = wire.properties
    return {
        "message_id": sent.message_id,
        "type": sent.message_type,
        "correlation_id": sent.correlation_id,
        "timestamp": int(sent.timestamp.timestamp()),
        "content_type": sent.content_type,
        "delivery_mode": int(sent.delivery_mode),
        "reply_to": sent.reply_to,
        "content_encoding": sent.content_encoding,
        "expiration": sent.expiration,
        "user_id": sent.user_id,
        "app_id": sent.app_id,
    }


def test_the_shards_of_an_address_are_told() -> None:
    addressed = {name: each for name, each in DESCRIBED["channels"].items() if not name.endswith(".replies")}
    assert set(addressed) == set(CATALOGUE) - ANSWERS
    for name, channel in addressed.items():
        shard = channel["parameters"]["shard"]
        assert shard["enum"] == [str(number) for number in range(64)]
        assert "8 unless it is set, and at most 64" in shard["description"]
        assert f"CRC-32 of {CATALOGUE[name].sharded_by} as text" in shard["description"]
        assert channel["address"].endswith(".{shard}")


def test_the_server_is_told_and_how_to_log_in() -> None:
    [server] = DESCRIBED["servers"].values()

    assert server["protocol"] == "amqp"
    assert all(f"{{{name}}}" in server["host"] + server["pathname"] for name in server["variables"])
    assert server["security"] == [{"$ref": "#/components/securitySchemes/login"}]


def test_the_recipe_binds_every_event_of_reservations_and_approvals_and_nothing_else() -> None:
    bindings = DESCRIBED["info"]["x-consumer"]["bindings"]

    assert {each["exchange"] for each in bindings} == {"roomsync"}
    bound = [each["routingKey"].removesuffix(".#") for each in bindings]
    assert bound == [name for name, message in CATALOGUE.items() if message.is_open]
    assert {name.split(".")[0] for name in bound} == {"reservation", "approval"}
    assert "approval.decide.v1" not in bound
