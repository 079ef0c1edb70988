"""What is asked of Graph, call by call, and what its answers mean, case by case. No I/O."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID

import orjson
import pytest
from yarl import URL

from libs.graph import answers, bodies, protocol
from libs.graph.errors import (
    BadRequest,
    Conflict,
    DuplicateTransaction,
    Forbidden,
    Gone,
    GraphError,
    GraphTokenRefused,
    MailboxNotFound,
    NotFound,
    OccurrenceCrossing,
    PreconditionFailed,
    Refused,
    Throttled,
    Transient,
    Unavailable,
)
from libs.graph.protocol import Call

ROOM = "birch@example.org"
START = datetime(2027, 3, 1, 9, tzinfo=UTC)
END = START + timedelta(hours=1)
RESERVATION = UUID("00000000-0000-4000-8000-00000000000a")
HOLD = bodies.new_hold(START, END, "Board", reservation_id=RESERVATION, transaction_id=RESERVATION)


def query(call: Call) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(call.url).query).items()}


@pytest.mark.parametrize(
    ("call", "line"),
    [
        (protocol.read_event(ROOM, "AAk="), "GET /users/birch@example.org/events/AAk%3D"),
        (protocol.find_events(ROOM, "0400"), "GET /users/birch@example.org/events"),
        (protocol.find_holds(ROOM, str(RESERVATION)), "GET /users/birch@example.org/events"),
        (protocol.calendar_view(ROOM, START, END), "GET /users/birch@example.org/calendarView"),
        (protocol.respond(ROOM, "AAk", "accept", {}), "POST /users/birch@example.org/events/AAk/accept"),
        (protocol.create_event(ROOM, HOLD), "POST /users/birch@example.org/events"),
        (protocol.update_event(ROOM, "AAk", {}, "etag"), "PATCH /users/birch@example.org/events/AAk"),
        (protocol.delete_event(ROOM, "AAk"), "DELETE /users/birch@example.org/events/AAk"),
        (protocol.renew("s/1", END), "PATCH /subscriptions/s%2F1"),
        (protocol.unsubscribe("s 1"), "DELETE /subscriptions/s%201"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_each_call_has_its_address(call: Call, line: str) -> None:
    assert f"{call.method} {call.path}" == line


@pytest.mark.parametrize("event_id", ["AAMk-_=", "AAMk_-=", "a/../b", "a?b#c", "ä%2F"])
def test_ids_reach_graph_as_they_are(event_id: str) -> None:
    sent = URL("https://graph.microsoft.com/v1.0" + protocol.read_event(ROOM, event_id).url, encoded=True)

    segment = sent.raw_path.removeprefix("/v1.0/users/birch@example.org/events/")
    assert unquote(segment) == event_id
    assert "/" not in segment


@pytest.mark.parametrize("mailbox", ["a/b@example.org", "a?b@example.org", "../me"])
def test_a_mailbox_cannot_lead_elsewhere(mailbox: str) -> None:
    call = protocol.delete_event(mailbox, "AAk")

    assert [unquote(each) for each in call.path.split("/")] == ["", "users", mailbox, "events", "AAk"]


def test_a_quote_in_what_is_looked_for_stays_inside_it() -> None:
    assert query(protocol.find_events(ROOM, "x' or 1 eq 1"))["$filter"] == "iCalUId eq 'x'' or 1 eq 1'"


@pytest.mark.parametrize(("days", "asked"), [(30, 30), (1825, 1825), (1826, 1825), (40_000, 1825)], ids=str)
def test_a_view_is_cut_to_the_longest_that_graph_gives(days: int, asked: int) -> None:
    found = query(protocol.calendar_view(ROOM, START, START + timedelta(days=days)))

    edges = [datetime.fromisoformat(found[name]) for name in ("startDateTime", "endDateTime")]
    assert edges == [START, START + timedelta(days=asked)]
    assert int(found["$top"]) <= 1000


def test_times_are_sent_in_utc_whatever_zone_they_came_in() -> None:
    tokyo = timezone(timedelta(hours=9))
    assert bodies.window(START.astimezone(tokyo), END)["start"] == {
        "dateTime": "2027-03-01T09:00:00.000000",
        "timeZone": "UTC",
    }


@pytest.mark.parametrize(
    ("start", "end", "written"),
    [
        (
            "2027-03-28T00:00:00+01:00",
            "2027-03-29T00:00:00+02:00",
            ("2027-03-28T00:00:00.000000", "Europe/Berlin", None),
        ),
        ("2027-03-01T09:00:00Z", "2027-03-01T10:00:00Z", ("2027-03-01T09:00:00.000000", "UTC", False)),
    ],
    ids=["from whole days to whole days", "to an hour"],
)
def test_an_event_of_whole_days_is_moved_to_midnights_or_becomes_an_ordinary_one(
    start: str, end: str, written: tuple[str, str, bool | None]
) -> None:
    body = bodies.window(datetime.fromisoformat(start), datetime.fromisoformat(end), all_day_in="Europe/Berlin")

    assert (body["start"]["dateTime"], body["start"]["timeZone"], body.get("isAllDay")) == written


def test_a_series_is_moved_in_its_own_zone() -> None:
    start, end = (datetime.fromisoformat(f"2027-07-01T{hour}:00:00Z") for hour in ("09", "10"))

    body = bodies.series_window(start, end, "Europe/Berlin")

    assert body == {
        "start": {"dateTime": "2027-07-01T11:00:00.000000", "timeZone": "Europe/Berlin"},
        "end": {"dateTime": "2027-07-01T12:00:00.000000", "timeZone": "Europe/Berlin"},
    }


def test_a_hold_blocks_bothers_nobody_and_names_its_reservation() -> None:
    assert HOLD["showAs"] == "busy"
    assert (HOLD["isReminderOn"], HOLD["responseRequested"]) == (False, False)
    assert "attendees" not in HOLD
    assert HOLD["singleValueExtendedProperties"][0]["value"] == str(RESERVATION)


@pytest.mark.parametrize(
    ("comment", "sends", "proposed", "body"),
    [
        ("Booked.", True, None, {"sendResponse": True, "comment": "Booked."}),
        ("", True, None, {"sendResponse": True}),
        ("Booked.", False, (START, END), {"sendResponse": False}),
        (None, True, (START, END), {"sendResponse": True, "proposedNewTime": bodies.window(START, END)}),
    ],
    ids=["said", "nothing to say", "not sent", "another time"],
)
def test_an_answer_says_no_more_than_graph_takes(
    comment: str | None, sends: bool, proposed: tuple[datetime, datetime] | None, body: dict[str, Any]
) -> None:
    assert bodies.answer(comment, sends_response=sends, proposed=proposed) == body


@pytest.mark.parametrize(
    ("call", "claim"),
    [
        (protocol.read_event(ROOM, "1"), True),
        (protocol.create_event(ROOM, HOLD), True),
        (protocol.create_event(ROOM, bodies.hold(START, END, "Board")), False),
        (protocol.update_event(ROOM, "1", {}, None), True),
        (protocol.delete_event(ROOM, "1"), True),
        (protocol.respond(ROOM, "1", "decline", {}), False),
        (protocol.subscribe(ROOM, "https://n", "https://l", "secret", END), False),
    ],
    ids=["read", "create once", "create", "update", "delete", "answer", "subscribe"],
)
def test_only_what_is_harmless_twice_may_be_repeated_blindly(call: Call, claim: bool) -> None:
    assert call.is_repeatable is claim


def test_a_call_does_not_show_what_it_carries() -> None:
    assert "secret" not in repr(protocol.subscribe(ROOM, "https://n", "https://l", "secret", END))


def error(code: object = "", message: object = "No.", **more: object) -> bytes:
    return orjson.dumps({"error": {"code": code, "message": message, **more}})


@pytest.mark.parametrize(
    ("status", "body", "kind", "code"),
    [
        (400, error("ErrorInvalidRequest"), BadRequest, "ErrorInvalidRequest"),
        (400, error("ErrorInvalidIdMalformed"), NotFound, "ErrorInvalidIdMalformed"),
        (400, error("ErrorDuplicateTransactionId"), DuplicateTransaction, "ErrorDuplicateTransactionId"),
        (409, error("ErrorDuplicateTransactionId"), DuplicateTransaction, "ErrorDuplicateTransactionId"),
        (400, error("ErrorOccurrenceCrossingBoundary"), OccurrenceCrossing, "ErrorOccurrenceCrossingBoundary"),
        (401, error("InvalidAuthenticationToken"), GraphTokenRefused, "InvalidAuthenticationToken"),
        (403, error("ErrorAccessDenied"), Forbidden, "ErrorAccessDenied"),
        (404, error("ErrorItemNotFound"), NotFound, "ErrorItemNotFound"),
        (404, error("ErrorInvalidUser"), MailboxNotFound, "ErrorInvalidUser"),
        (404, error("MailboxNotEnabledForRESTAPI"), MailboxNotFound, "MailboxNotEnabledForRESTAPI"),
        (404, error("ResourceNotFound"), MailboxNotFound, "ResourceNotFound"),
        (404, error("Request_ResourceNotFound"), MailboxNotFound, "Request_ResourceNotFound"),
        (404, b"", NotFound, ""),
        (408, b"", Unavailable, ""),
        (409, error("Conflict"), Conflict, "Conflict"),
        (409, error("ErrorIrresolvableConflict"), PreconditionFailed, "ErrorIrresolvableConflict"),
        (410, error("SyncStateNotFound"), Gone, "SyncStateNotFound"),
        (412, error("ErrorIrresolvableConflict"), PreconditionFailed, "ErrorIrresolvableConflict"),
        (418, error("Teapot"), BadRequest, "Teapot"),
        (429, error("ApplicationThrottled"), Throttled, "ApplicationThrottled"),
        (500, error(), Unavailable, ""),
        (503, b"<html>busy</html>", Unavailable, ""),
        (504, error("UnknownError", ""), Unavailable, "UnknownError"),
        (509, b"[]", Unavailable, ""),
        (400, error("", innererror={"code": "ErrorInvalidIdMalformed"}), NotFound, "ErrorInvalidIdMalformed"),
        (409, error("Conflict", innerError={"code": "ErrorDuplicateTransactionId"}), DuplicateTransaction, "Conflict"),
        (400, orjson.dumps({"error": "invalid_request"}), BadRequest, "invalid_request"),
        (400, orjson.dumps({"error": None}), BadRequest, ""),
        (400, b"\xff\xfe", BadRequest, ""),
        (404, error(None, None), NotFound, ""),
        (302, b"", BadRequest, ""),
    ],
)
def test_an_answer_that_is_no_success_is_one_typed_error(
    status: int, body: bytes, kind: type[GraphError], code: str
) -> None:
    with pytest.raises(GraphError) as raised:
        answers.answer_of(status, {}, body)

    assert (type(raised.value), raised.value.status, raised.value.code) == (kind, status, code)


def test_a_duplicate_names_the_event_where_graph_does() -> None:
    body = error("ErrorDuplicateTransactionId", **{"@event.existingEventId": "AAk"})

    found = answers.error_of(409, {}, body)
    assert isinstance(found, DuplicateTransaction)
    assert found.existing_event_id == "AAk"


def test_an_error_nested_without_end_is_read_all_the_same() -> None:
    body = b'{"error":' + b'{"innerError":' * 200 + b"{}" + b"}" * 200 + b"}"

    assert isinstance(answers.error_of(400, {}, body), BadRequest)


@pytest.mark.parametrize(
    "quoted", ["ada@example.org", "'ada@example.org'", "<ada@example.org>,", "(smtp:ada@example.org)"]
)
def test_an_error_names_nobody_by_mail_address(quoted: str) -> None:
    told = str(answers.error_of(403, {}, error("ErrorInvalidUser", f"The requested user {quoted} is invalid.")))

    assert told.startswith("The requested user ")
    assert "is invalid. (status 403, code ErrorInvalidUser)" in told
    assert "…" in told
    assert "ada" not in told
    assert "example" not in told


def test_a_long_message_is_cut() -> None:
    assert len(str(answers.error_of(400, {}, error("X", "a" * 100_000)))) < 400


@pytest.mark.parametrize(
    ("header", "waits"),
    [("7", 7), ("0.5", 0.5), ("-3", 0), ("999999", 3600), ("soon", None), ("nan", None), ("inf", None), (None, None)],
)
@pytest.mark.parametrize("status", [429, 503])
def test_graph_says_how_long_to_wait(status: int, header: str | None, waits: float | None) -> None:
    found = answers.error_of(status, {} if header is None else {"Retry-After": header}, b"")

    assert isinstance(found, Transient)
    assert found.retry_after == (None if waits is None else timedelta(seconds=waits))


def test_success_without_a_body_is_an_empty_object() -> None:
    assert answers.answer_of(202, {}, b"") == {}


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"null", b"7", b"{"])
def test_success_with_a_body_that_is_no_object_is_a_typed_error(body: bytes) -> None:
    with pytest.raises(Unavailable):
        answers.answer_of(200, {}, body)


def test_a_missing_mailbox_is_refused_and_is_not_found() -> None:
    assert issubclass(MailboxNotFound, NotFound)
    assert issubclass(NotFound, Refused)


@pytest.mark.parametrize(
    ("mailbox", "escaped"), [("o'brien@example.org", "o%27brien@example.org"), ("a#b@example.org", "a%23b@example.org")]
)
def test_a_mailbox_is_escaped_in_every_path_and_in_the_resource_of_a_subscription(mailbox: str, escaped: str) -> None:
    assert protocol.read_event(mailbox, "AAk").path == f"/users/{escaped}/events/AAk"
    assert protocol.read_mailbox_settings(mailbox).path == f"/users/{escaped}/mailboxSettings"
    assert protocol.read_place(mailbox).path == f"/places/{escaped}"
    made = protocol.subscribe(mailbox, "https://a", "https://b", "c", END)
    assert made.body is not None
    assert made.body["resource"] == f"users/{escaped}/events"


def test_an_apostrophe_in_an_address_stays_inside_the_filter() -> None:
    assert query(protocol.find_users("o'brien@example.org"))["$filter"] == "mail eq 'o''brien@example.org'"
