"""What Graph refuses, and how it says so."""

from typing import Any

import pytest

from tests.graphsim.exchange.world import World
from tests.unit.graphsim.conftest import ADA, BIRCH, BOB, set_options
from tests.unit.graphsim.outlook import Json, Outlook, invited, meeting


def at(text: str, zone: str = "UTC") -> Json:
    return {"dateTime": text, "timeZone": zone}


UNREADABLE: list[tuple[Any, str]] = [
    ({"subject": "No times"}, "ErrorPropertyValidationFailure"),
    (meeting(hours=(11, 10)), "ErrorPropertyValidationFailure"),
    (meeting() | {"start": at("2026-12-01T10:00:00", "Mars/Olympus")}, "ErrorPropertyValidationFailure"),
    (meeting() | {"start": at("2026-12-01T10:00:00", "Africa/Casablanca")}, "ErrorPropertyValidationFailure"),
    (meeting() | {"start": at("yesterday")}, "ErrorPropertyValidationFailure"),
    (meeting() | {"start": at("0001-01-01T00:00:00")}, "ErrorPropertyValidationFailure"),
    (meeting() | {"start": "2026-12-01T10:00:00"}, "RequestBodyRead"),
    (meeting(subject=7), "RequestBodyRead"),  # type: ignore[arg-type]
    (meeting(showAs="asleep"), "RequestBodyRead"),
    (meeting(attendees={}), "RequestBodyRead"),
    (meeting(attendees=[{"emailAddress": {"name": "Nobody"}}]), "ErrorPropertyValidationFailure"),
    (meeting(attendees=invited(*(f"u{n}@example.org" for n in range(501)))), "ErrorTooManyAttendees"),
    (meeting(isAllDay=True), "ErrorInvalidRequest"),
    (
        {
            "isAllDay": True,
            "start": at("2026-12-01T00:00:00", "Europe/Berlin"),
            "end": at("2026-12-02T00:00:00", "UTC"),
        },
        "ErrorInvalidRequest",
    ),
    ([], "RequestBodyRead"),
]


@pytest.mark.parametrize(("body", "code"), UNREADABLE)
async def test_a_body_that_makes_no_sense_is_a_400(outlook: Outlook, world: World, body: Any, code: str) -> None:
    refusal = await outlook.call("POST", f"{ADA}/events", body, expect=400)
    assert refusal["error"]["code"] == code
    assert set(refusal["error"]["innerError"]) == {"date", "request-id", "client-request-id"}
    assert world.mailbox(ADA).ordered() == []


async def test_a_body_that_is_no_json_is_a_400(outlook: Outlook) -> None:
    async with outlook.client.post(f"/v1.0/users/{ADA}/events", data=b"{") as response:
        assert response.status == 400


async def test_an_answer_that_cannot_be_given_as_wanted_writes_nothing(outlook: Outlook, world: World) -> None:
    nowhere = {"Prefer": 'outlook.timezone="Mars/Olympus"'}
    await outlook.call("POST", f"{ADA}/events", meeting(), headers=nowhere, expect=400)
    assert world.mailbox(ADA).ordered() == []


async def test_a_refused_patch_changes_nothing(outlook: Outlook, world: World) -> None:
    event = await outlook.invite(ADA, BIRCH)
    path = f"{ADA}/events/{event['id']}"
    body = {"subject": "New", "end": at("2026-11-30T10:00:00"), "categories": ["Red"]}
    await outlook.call("PATCH", path, body, expect=400)
    assert await outlook.call("GET", path) == event
    assert len(world.mails_of(BIRCH)) == 1


async def test_an_unknown_mailbox_and_a_malformed_id_are_told_apart(outlook: Outlook) -> None:
    unknown = await outlook.call("GET", "nobody@example.org/events", expect=404)
    assert unknown["error"]["code"] == "ErrorInvalidUser"
    malformed = await outlook.call("GET", f"{ADA}/events/7", expect=400)
    assert malformed["error"]["code"] == "ErrorInvalidIdMalformed"


async def test_ids_are_case_sensitive(outlook: Outlook) -> None:
    event = await outlook.call("POST", f"{ADA}/events", meeting(), expect=201)
    await outlook.call("GET", f"{ADA}/events/{event['id'][:10]}{event['id'][10:].swapcase()}", expect=404)


async def test_a_write_against_an_older_state_is_refused(outlook: Outlook) -> None:
    event = await outlook.call("POST", f"{ADA}/events", meeting(), expect=201)
    path = f"{ADA}/events/{event['id']}"
    old = {"If-Match": event["@odata.etag"]}
    changed = await outlook.call("PATCH", path, {"subject": "New"}, headers=old)
    assert changed["@odata.etag"] != event["@odata.etag"]
    refusal = await outlook.call("PATCH", path, {"subject": "Newer"}, headers=old, expect=412)
    assert refusal["error"]["code"] == "ErrorIrresolvableConflict"
    await outlook.call("DELETE", path, headers={"If-Match": changed["@odata.etag"]}, expect=204)


@pytest.mark.parametrize("status", [400, 409])
async def test_a_transaction_makes_one_event_only(outlook: Outlook, world: World, status: int) -> None:
    set_options(world, duplicate_transaction_status=status)
    body = meeting(transactionId="t-1")
    event = await outlook.call("POST", f"{ADA}/events", body, expect=201)
    assert event["transactionId"] == "t-1"
    refusal = await outlook.call("POST", f"{ADA}/events", body, expect=status)
    assert refusal["error"]["code"] == "ErrorDuplicateTransactionId"
    assert refusal["error"]["@event.existingEventId"] == event["id"]
    assert len(world.mailbox(ADA).ordered()) == 1
    await outlook.call("PATCH", f"{ADA}/events/{event['id']}", {"transactionId": "t-2"}, expect=400)
    await outlook.call("POST", f"{BOB}/events", body, expect=201)


async def test_a_repeated_transaction_may_be_answered_with_its_event(outlook: Outlook, world: World) -> None:
    set_options(world, duplicate_transaction_status=201)
    body = meeting(transactionId="t-1", attendees=invited(BIRCH))
    event = await outlook.call("POST", f"{ADA}/events", body, expect=201)
    again = await outlook.call("POST", f"{ADA}/events", body, expect=201)
    assert again["id"] == event["id"]
    assert len(world.mails) == 1
    refusal = await outlook.call("POST", f"{ADA}/events", {**body, "subject": "Other"}, expect=409)
    assert refusal["error"]["code"] == "ErrorDuplicateTransactionId"


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("accept", {"comment": "", "sendResponse": False}),
        (
            "decline",
            {
                "sendResponse": False,
                "proposedNewTime": {"start": at("2026-12-01T10:00:00"), "end": at("2026-12-01T11:00:00")},
            },
        ),
        ("decline", {"sendResponse": "no"}),
        ("tentativelyAccept", {"proposedNewTime": {"start": at("2026-12-01T10:00:00")}}),
        ("cancel", {"comment": "Not mine to cancel."}),
    ],
)
async def test_an_attendee_may_not(outlook: Outlook, verb: str, body: Json) -> None:
    event = await outlook.invite(ADA, BIRCH)
    copy = await outlook.copy(BIRCH, event)
    await outlook.call("POST", f"{BIRCH}/events/{copy['id']}/{verb}", body, expect=400)
    await outlook.quiet()
    assert await outlook.copy(BIRCH, event) == copy


async def test_an_organizer_may_not_answer(outlook: Outlook) -> None:
    event = await outlook.invite(ADA, BIRCH)
    refusal = await outlook.call("POST", f"{ADA}/events/{event['id']}/accept", {}, expect=400)
    assert refusal["error"]["code"] == "ErrorInvalidRequest"


async def test_a_cancelled_meeting_cannot_be_answered(outlook: Outlook) -> None:
    event = await outlook.invite(ADA, BIRCH)
    await outlook.copy(BIRCH, event)
    await outlook.call("DELETE", f"{ADA}/events/{event['id']}", expect=204)
    copy = await outlook.copy(BIRCH, event, lambda each: each["isCancelled"])
    await outlook.call("POST", f"{BIRCH}/events/{copy['id']}/decline", {}, expect=400)


async def test_a_new_time_can_be_proposed_where_the_organizer_allows_it(outlook: Outlook) -> None:
    proposal = {"start": at("2026-12-01T14:00:00"), "end": at("2026-12-01T15:00:00")}
    event = await outlook.invite(ADA, BIRCH)
    await outlook.respond(BIRCH, await outlook.copy(BIRCH, event), "decline", proposedNewTime=proposal)
    await outlook.status(ADA, event, BIRCH, "declined")
    [row] = (await outlook.copy(ADA, event))["attendees"]
    assert row["proposedNewTime"]["start"]["dateTime"] == "2026-12-01T14:00:00.0000000"
    strict = await outlook.invite(ADA, BIRCH, allowNewTimeProposals=False)
    copy = await outlook.copy(BIRCH, strict)
    await outlook.call("POST", f"{BIRCH}/events/{copy['id']}/decline", {"proposedNewTime": proposal}, expect=400)
