"""What is written down of a message is its one line, and nothing of what people wrote."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import asyncpg
import pytest
import structlog
from opentelemetry.trace import StatusCode
from pydantic import BaseModel, ValidationError

from libs.common.bus.port import Envelope
from libs.common.observed import add_facts, began_at, in_words, observed
from tests.support.spans import collected_spans

SECRETIVE = "Layoffs in spring"


class Invitation(BaseModel):
    subject: int


def envelope() -> Envelope:
    return Envelope(uuid4(), "thing.seen.v1", b"{}", 0, datetime(2027, 3, 1, tzinfo=UTC), "correlation")


def test_facts_of_whoever_takes_part_stand_in_the_one_line() -> None:
    with structlog.testing.capture_logs() as lines, observed("desk", envelope(), "thing.seen.v1") as facts:
        add_facts(decided="accepted")
        facts["outcome"] = "done"

    assert [(line["event"], line["outcome"], line["decided"]) for line in lines] == [
        ("message.handled", "done", "accepted")
    ]


def test_a_fact_without_a_message_in_hand_is_dropped() -> None:
    with structlog.testing.capture_logs() as lines:
        add_facts(decided="accepted")

    assert lines == []


def test_facts_do_not_leak_into_the_next_message() -> None:
    with structlog.testing.capture_logs() as lines:
        with observed("desk", envelope(), "thing.seen.v1"):
            add_facts(decided="accepted")
        with observed("desk", envelope(), "thing.seen.v1"):
            pass

    assert "decided" not in lines[1]


def test_a_message_in_hand_tells_when_what_led_to_it_came_in() -> None:
    sent, began = envelope(), datetime(2027, 2, 1, tzinfo=UTC)

    with observed("desk", sent, "thing.seen.v1"):
        assert began_at() == sent.sent_at
    with observed("desk", replace(sent, began_at=began), "thing.seen.v1"):
        assert began_at() == began
    assert began_at() is None


def test_an_error_is_told_without_the_row_it_is_about() -> None:
    error = asyncpg.CheckViolationError('new row for relation "reservations" violates check constraint "ends"')
    error.detail = f"Failing row contains ({SECRETIVE})."

    assert in_words(error) == (
        'CheckViolationError: new row for relation "reservations" violates check constraint "ends"'
    )


def test_a_value_that_postgresql_refuses_is_not_told() -> None:
    refused = asyncpg.InvalidTextRepresentationError(f'invalid input syntax for type uuid: "{SECRETIVE}"')
    not_sent = asyncpg.exceptions._base.DataError(f"invalid input for query argument $1: {SECRETIVE!r}")

    assert (in_words(refused), in_words(not_sent)) == ("InvalidTextRepresentationError: 22P02", "DataError")


def test_an_unreadable_value_is_told_by_its_place() -> None:
    with pytest.raises(ValidationError) as raised:
        Invitation.model_validate({"subject": SECRETIVE})

    assert in_words(raised.value) == "ValidationError: Invitation: subject"


def test_any_other_error_is_told_as_it_is() -> None:
    assert in_words(TimeoutError("too late")) == "TimeoutError: too late"


def test_a_span_says_how_handling_ended_and_nothing_of_the_text_of_an_error() -> None:
    with collected_spans() as spans:
        with pytest.raises(LookupError), observed("desk", envelope(), "thing.seen.v1"):
            raise LookupError(SECRETIVE)

        [span] = spans.get_finished_spans()
    assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, "failed")
    assert SECRETIVE not in span.to_json()
