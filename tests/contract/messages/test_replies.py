"""A command is described with what answers it, and where."""

from typing import ClassVar

from libs.common.codec import ReplyTypes
from libs.contracts.message import Message
from services.asyncapi import describe


class DoorOpened(Message):
    """The door is open."""

    type: ClassVar[str] = "door.opened.v1"


class DoorStuck(Message):
    """The door does not open."""

    type: ClassVar[str] = "door.stuck.v1"


class OpenDoor(Message):
    """Open the door."""

    type: ClassVar[str] = "door.open.v1"
    replies: ClassVar[ReplyTypes] = (DoorOpened, DoorStuck)


DESCRIBED = describe({each.type: each for each in (OpenDoor, DoorOpened, DoorStuck)}, {"porter": ("door.open.v1",)}, {})


def test_a_command_names_the_messages_that_answer_it_and_where_they_go() -> None:
    reply = DESCRIBED["operations"]["porter.door.open.v1"]["reply"]

    assert reply["channel"] == {"$ref": "#/channels/door.open.v1.replies"}
    assert [each["$ref"] for each in reply["messages"]] == [
        "#/channels/door.open.v1.replies/messages/DoorOpened",
        "#/channels/door.open.v1.replies/messages/DoorStuck",
    ]


def test_answers_go_to_the_address_that_was_named_and_nowhere_else() -> None:
    assert set(DESCRIBED["channels"]) == {"door.open.v1", "door.open.v1.replies"}
    assert DESCRIBED["channels"]["door.open.v1.replies"]["address"] is None
    assert DESCRIBED["channels"]["door.open.v1.replies"]["messages"] == {
        "DoorOpened": {"$ref": "#/components/messages/door.opened.v1"},
        "DoorStuck": {"$ref": "#/components/messages/door.stuck.v1"},
    }
    assert set(DESCRIBED["components"]["messages"]) == {"door.open.v1", "door.opened.v1", "door.stuck.v1"}


def test_only_what_is_answered_has_a_reply_to() -> None:
    properties = {name: each["x-amqp-properties"] for name, each in DESCRIBED["components"]["messages"].items()}

    assert [name for name, each in properties.items() if "reply_to" in each] == ["door.open.v1"]
