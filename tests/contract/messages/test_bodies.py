"""What travels: bodies that are read as they were written, by older and newer readers alike."""

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import UUID

import jsonschema
import pytest
from pydantic import ValidationError

from libs.contracts.intents import AnswerMeeting, DropHold, KeepHold, MoveBack
from libs.contracts.keys import MeetingKey
from libs.contracts.message import Message
from libs.contracts.messages import (
    CATALOGUE,
    CorrectionRequested,
    DriftKind,
    IntentIssued,
    LookRequested,
    MeetingObserved,
)
from libs.contracts.values import Attendee, AttendeeKind, Meeting, Observation, Person, Window
from services.asyncapi import SCHEMAS

DOCS = Path(__file__).parents[3] / "docs"
SPACE, RESERVATION = UUID(int=1), UUID(int=2)
AT = datetime(2027, 3, 1, 9, tzinfo=UTC)
WINDOW = Window(start=AT, end=AT + timedelta(hours=1))
SEEN = Meeting(
    event_id="e",
    ical_uid="u",
    start=AT,
    end=AT + timedelta(hours=1),
    organizer=Person(address="ada@example.org", name="Ada"),
    attendees=(Attendee(address="room@example.org", kind=AttendeeKind.RESOURCE),),
)
OBSERVATION = Observation(space_id=SPACE, room_mailbox="r@example.org", ical_uid="u", observed_at=AT, meeting=SEEN)


def issued(intent: Any) -> IntentIssued:
    return IntentIssued(
        connection_id=UUID(int=3),
        room_mailbox="r@example.org",
        key=MeetingKey(SPACE, "u"),
        generation=1,
        awaited_until=AT,
        intent=intent,
    )


MESSAGES: list[Message] = [
    MeetingObserved(space_id=SPACE, observation=OBSERVATION),
    MeetingObserved(space_id=SPACE, observation=OBSERVATION.model_copy(update={"meeting": None})),
    MeetingObserved(space_id=SPACE, observation=OBSERVATION, look_id=UUID(int=4)),
    LookRequested(space_id=SPACE, look_id=UUID(int=4), about="u", in_the_way=("v", "w"), asked_at=AT),
    CorrectionRequested(drift=DriftKind.DUPLICATE, key=MeetingKey(SPACE, "u"), observation=OBSERVATION),
    issued(AnswerMeeting(ical_uid="u", answer="accepted", comment="Yes.", judged=WINDOW, proposed=WINDOW)),
    issued(
        AnswerMeeting(ical_uid="u", answer="declined", comment="No.", judged=WINDOW, takes_room_off="a@example.org")
    ),
    issued(MoveBack(ical_uid="u", organizer="ada@example.org", kept=WINDOW, refused=WINDOW)),
    issued(KeepHold(reservation_id=RESERVATION, window=WINDOW, time_zone="UTC", subject="Board")),
    issued(DropHold(reservation_id=RESERVATION)),
]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda each: each.type)
def test_a_body_is_read_as_it_was_written(message: Message) -> None:
    assert CATALOGUE[message.type].model_validate_json(message.model_dump_json()) == message


@pytest.mark.parametrize("message", MESSAGES, ids=lambda each: each.type)
def test_a_body_follows_its_committed_schema(message: Message) -> None:
    schema = json.loads((DOCS / SCHEMAS / f"{message.type}.json").read_text(encoding="utf-8"))

    jsonschema.validate(json.loads(message.model_dump_json()), schema)


@pytest.mark.parametrize("message", MESSAGES, ids=lambda each: each.type)
def test_fields_of_a_newer_publisher_are_ignored(message: Message) -> None:
    body = json.loads(message.model_dump_json())
    body["from_the_future"] = {"deeply": ["nested"]}

    assert CATALOGUE[message.type].model_validate(body) == message


@pytest.mark.parametrize("message", MESSAGES, ids=lambda each: each.type)
def test_messages_of_one_space_share_a_shard_key(message: Message) -> None:
    assert message.shard_key == str(SPACE)


def test_instants_are_brought_to_utc() -> None:
    berlin = AT.astimezone(timezone(timedelta(hours=1)))

    assert Window(start=berlin, end=berlin).start.isoformat() == "2027-03-01T09:00:00+00:00"


@pytest.mark.parametrize(
    "bad",
    [
        {"start": "2027-03-01T09:00:00", "end": "2027-03-01T10:00:00"},
        {"start": "2027-03-01T10:00:00Z", "end": "2027-03-01T09:00:00Z"},
        {"start": "tomorrow", "end": "2027-03-01T09:00:00Z"},
    ],
)
def test_a_window_without_zone_sense_or_order_is_refused(bad: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Window.model_validate(bad)


def test_a_value_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        WINDOW.start = AT  # type: ignore[misc]
