from tests.graphsim.control.mailboxes import add_mailbox
from tests.graphsim.control.stored_events import stored_events
from tests.graphsim.exchange.world import World
from tests.unit.graphsim.conftest import ADA, BIRCH, BOB, CEDAR, set_options
from tests.unit.graphsim.outlook import IMMUTABLE, Outlook, answers, invited, meeting


def kinds(world: World, address: str) -> list[str | None]:
    return [mail["kind"] for mail in world.mails_of(address)]


async def test_an_invitation_becomes_a_tentative_copy_with_an_id_of_its_own(outlook: Outlook) -> None:
    event = await outlook.invite(ADA, BIRCH)
    copy = await outlook.copy(BIRCH, event)
    assert copy["id"] != event["id"]
    assert copy["showAs"] == "tentative"
    assert copy["responseStatus"]["response"] == "notResponded"
    assert (copy["isOrganizer"], event["isOrganizer"]) == (False, True)
    assert copy["organizer"]["emailAddress"] == {"name": "Ada", "address": ADA}
    assert answers(event) == {BIRCH: "none"}
    assert event["attendees"][0]["emailAddress"]["name"] == "Room Birch"
    await outlook.call("GET", f"{BIRCH}/events/{event['id']}", expect=404)


async def test_an_acceptance_reaches_the_organizer_by_mail(outlook: Outlook, world: World) -> None:
    event = await outlook.invite(ADA, BIRCH)
    copy = await outlook.copy(BIRCH, event)
    await outlook.respond(BIRCH, copy, "accept", comment="Welcome.", sendResponse=True)
    await outlook.status(ADA, event, BIRCH, "accepted")
    copy = await outlook.copy(BIRCH, event)
    assert copy["showAs"] == "busy"
    assert copy["responseStatus"]["response"] == "accepted"
    [mail] = world.mails_of(ADA)
    assert (mail["kind"], mail["response"], mail["comment"], mail["from"]) == (
        "response",
        "accepted",
        "Welcome.",
        BIRCH,
    )


async def test_an_accepted_free_meeting_leaves_the_room_free(outlook: Outlook) -> None:
    event = await outlook.invite(ADA, BIRCH, showAs="free")
    await outlook.respond(BIRCH, await outlook.copy(BIRCH, event), "accept")
    copy = await outlook.copy(BIRCH, event, lambda each: each["responseStatus"]["response"] == "accepted")
    assert copy["showAs"] == "free"


async def test_a_tentative_answer_keeps_the_room_tentative(outlook: Outlook) -> None:
    event = await outlook.invite(ADA, BIRCH)
    await outlook.respond(BIRCH, await outlook.copy(BIRCH, event), "tentativelyAccept")
    await outlook.status(ADA, event, BIRCH, "tentativelyAccepted")
    assert (await outlook.copy(BIRCH, event))["showAs"] == "tentative"


async def test_a_silent_answer_stays_in_the_room(outlook: Outlook, world: World) -> None:
    event = await outlook.invite(ADA, BIRCH)
    await outlook.respond(BIRCH, await outlook.copy(BIRCH, event), "accept", sendResponse=False)
    await outlook.copy(BIRCH, event, lambda each: each["showAs"] == "busy")
    await outlook.quiet()
    assert answers(await outlook.copy(ADA, event)) == {BIRCH: "none"}
    assert world.mails_of(ADA) == []


async def test_a_declined_copy_is_gone_and_the_next_update_brings_it_back_under_a_new_id(outlook: Outlook) -> None:
    event = await outlook.invite(ADA, BIRCH)
    copy = await outlook.copy(BIRCH, event)
    await outlook.respond(BIRCH, copy, "decline", comment="Taken.")
    await outlook.status(ADA, event, BIRCH, "declined")
    refusal = await outlook.call("GET", f"{BIRCH}/events/{copy['id']}", expect=404)
    assert refusal["error"]["code"] == "ErrorItemNotFound"
    await outlook.call("PATCH", f"{ADA}/events/{event['id']}", {"subject": "Again"})
    back = await outlook.copy(BIRCH, event)
    assert back["id"] != copy["id"]
    assert back["responseStatus"]["response"] == "notResponded"
    assert back["showAs"] == "tentative"


async def test_a_room_may_keep_what_it_declined(outlook: Outlook, world: World) -> None:
    add_mailbox(
        world.directory,
        {
            "address": BIRCH,
            "kind": "room",
            "processing": {"automate": "AutoUpdate", "preserve_declined_meetings": True},
        },
    )
    event = await outlook.invite(ADA, BIRCH)
    await outlook.respond(BIRCH, await outlook.copy(BIRCH, event), "decline")
    kept = await outlook.copy(BIRCH, event, lambda each: each["responseStatus"]["response"] == "declined")
    assert kept["showAs"] == "free"


async def test_a_moved_meeting_takes_every_answer_back(outlook: Outlook) -> None:
    event = await outlook.invite(ADA, BIRCH, CEDAR)
    for room in (BIRCH, CEDAR):
        await outlook.respond(room, await outlook.copy(room, event), "accept")
        await outlook.status(ADA, event, room, "accepted")
    moved = await outlook.call("PATCH", f"{ADA}/events/{event['id']}", {"end": meeting(hours=(10, 12))["end"]})
    assert answers(moved) == {BIRCH: "none", CEDAR: "none"}
    copy = await outlook.copy(BIRCH, event, lambda each: each["end"]["dateTime"].startswith("2026-12-01T12"))
    assert copy["responseStatus"]["response"] == "notResponded"
    assert copy["showAs"] == "tentative"


async def test_the_same_instant_in_another_zone_takes_no_answer_back(outlook: Outlook) -> None:
    event = await outlook.invite(ADA, BIRCH)
    await outlook.respond(BIRCH, await outlook.copy(BIRCH, event), "accept")
    await outlook.status(ADA, event, BIRCH, "accepted")
    start = {"dateTime": "2026-12-01T11:00:00", "timeZone": "W. Europe Standard Time"}
    changed = await outlook.call("PATCH", f"{ADA}/events/{event['id']}", {"start": start})
    assert answers(changed) == {BIRCH: "accepted"}
    assert changed["originalStartTimeZone"] == "W. Europe Standard Time"


async def test_another_subject_keeps_the_answers(outlook: Outlook, world: World) -> None:
    event = await outlook.invite(ADA, BIRCH)
    await outlook.respond(BIRCH, await outlook.copy(BIRCH, event), "accept")
    await outlook.status(ADA, event, BIRCH, "accepted")
    changed = await outlook.call("PATCH", f"{ADA}/events/{event['id']}", {"subject": "Other"})
    assert answers(changed) == {BIRCH: "accepted"}
    copy = await outlook.copy(BIRCH, event, lambda each: each["subject"] == "Other")
    assert copy["responseStatus"]["response"] == "accepted"
    assert copy["showAs"] == "busy"
    assert kinds(world, BIRCH) == ["request", "update"]


async def test_an_answer_to_an_older_time_counts_for_nothing(outlook: Outlook, world: World) -> None:
    event = await outlook.invite(ADA, BIRCH)
    copy = await outlook.copy(BIRCH, event)
    world.options.mail_delay = (0.2, 0.2)
    await outlook.respond(BIRCH, copy, "accept")
    await outlook.copy(BIRCH, event, lambda each: each["showAs"] == "busy")
    await outlook.call("PATCH", f"{ADA}/events/{event['id']}", {"end": meeting(hours=(10, 12))["end"]})
    await outlook.quiet()
    assert [mail["response"] for mail in world.mails_of(ADA)] == ["accepted"]
    assert answers(await outlook.copy(ADA, event)) == {BIRCH: "none"}


async def test_a_dropped_room_alone_gets_a_cancellation_and_an_added_one_alone_a_request(
    outlook: Outlook, world: World
) -> None:
    event = await outlook.invite(ADA, BIRCH, BOB)
    await outlook.copy(BIRCH, event)
    await outlook.call("PATCH", f"{ADA}/events/{event['id']}", {"attendees": invited(BOB, CEDAR)})
    copy = await outlook.copy(BIRCH, event, lambda each: each["isCancelled"])
    assert copy["subject"] == "Canceled: Planning"
    assert copy["showAs"] == "free"
    await outlook.copy(CEDAR, event)
    assert kinds(world, BIRCH) == ["request", "cancellation"]
    assert kinds(world, CEDAR) == ["request"]
    assert kinds(world, BOB) == ["request"]


async def test_a_room_invited_again_after_its_cancellation_is_asked_afresh(outlook: Outlook) -> None:
    event = await outlook.invite(ADA, BIRCH, CEDAR)
    await outlook.call("PATCH", f"{ADA}/events/{event['id']}", {"attendees": invited(CEDAR)})
    await outlook.copy(BIRCH, event, lambda each: each["isCancelled"])
    await outlook.call("PATCH", f"{ADA}/events/{event['id']}", {"attendees": invited(CEDAR, BIRCH)})
    copy = await outlook.copy(BIRCH, event, lambda each: not each["isCancelled"])
    assert copy["responseStatus"]["response"] == "notResponded"
    assert copy["subject"] == "Planning"


async def test_a_cancelled_meeting_stays_in_the_room_as_cancelled(outlook: Outlook, world: World) -> None:
    event = await outlook.invite(ADA, BIRCH)
    await outlook.respond(BIRCH, await outlook.copy(BIRCH, event), "accept")
    await outlook.copy(BIRCH, event, lambda each: each["showAs"] == "busy")
    await outlook.call("POST", f"{ADA}/events/{event['id']}/cancel", {"Comment": "Ill."}, expect=202)
    copy = await outlook.copy(BIRCH, event, lambda each: each["isCancelled"])
    assert copy["showAs"] == "free"
    assert world.mails_of(BIRCH)[-1]["comment"] == "Ill."
    await outlook.gone(ADA, event)


async def test_a_room_may_remove_what_was_cancelled(outlook: Outlook, world: World) -> None:
    add_mailbox(
        world.directory,
        {"address": BIRCH, "kind": "room", "processing": {"automate": "AutoUpdate", "remove_canceled_meetings": True}},
    )
    event = await outlook.invite(ADA, BIRCH)
    await outlook.copy(BIRCH, event)
    await outlook.call("DELETE", f"{ADA}/events/{event['id']}", expect=204)
    await outlook.gone(BIRCH, event)
    assert [each["deleted"] for each in stored_events(world, BIRCH)] == [True]


async def test_deleting_an_attendees_copy_is_silent(outlook: Outlook, world: World) -> None:
    event = await outlook.invite(ADA, BIRCH)
    copy = await outlook.copy(BIRCH, event)
    await outlook.call("DELETE", f"{BIRCH}/events/{copy['id']}", expect=204)
    await outlook.quiet()
    assert world.mails_of(ADA) == []
    assert answers(await outlook.copy(ADA, event)) == {BIRCH: "none"}


async def test_what_an_attendee_changes_stays_local_until_the_next_update(outlook: Outlook) -> None:
    event = await outlook.invite(ADA, BIRCH)
    copy = await outlook.copy(BIRCH, event)
    await outlook.call("PATCH", f"{BIRCH}/events/{copy['id']}", {"subject": "Mine", "categories": ["Red"]})
    assert (await outlook.copy(ADA, event))["subject"] == "Planning"
    await outlook.call("PATCH", f"{ADA}/events/{event['id']}", {"importance": "high"})
    copy = await outlook.copy(BIRCH, event, lambda each: each["importance"] == "high")
    assert (copy["subject"], copy["categories"]) == ("Planning", ["Red"])


async def test_the_owner_of_the_calendar_is_the_organizer_whatever_the_body_says(outlook: Outlook) -> None:
    body = meeting(organizer={"emailAddress": {"address": ADA}}, isOrganizer=False)
    event = await outlook.call("POST", f"{BIRCH}/events", body, expect=201)
    assert event["isOrganizer"] is True
    assert event["organizer"]["emailAddress"]["address"] == BIRCH
    assert event["responseStatus"]["response"] == "organizer"
    assert event["showAs"] == "busy"


async def test_one_meeting_has_as_many_ids_as_mailboxes_and_one_ical_uid(outlook: Outlook) -> None:
    event = await outlook.invite(ADA, BIRCH, CEDAR, BOB)
    copies = [await outlook.copy(mailbox, event) for mailbox in (ADA, BIRCH, CEDAR, BOB)]
    assert len({copy["id"] for copy in copies}) == 4
    assert {copy["iCalUId"] for copy in copies} == {event["iCalUId"]}


async def test_an_immutable_id_survives_an_acceptance_that_renews_the_default_one(
    outlook: Outlook, world: World
) -> None:
    world.options.new_id_on_accept = True
    event = await outlook.invite(ADA, BIRCH)
    copy = await outlook.copy(BIRCH, event)
    lasting = await outlook.call("GET", f"{BIRCH}/events/{copy['id']}", headers=IMMUTABLE)
    await outlook.respond(BIRCH, copy, "accept")
    renewed = await outlook.copy(BIRCH, event, lambda each: each["showAs"] == "busy")
    assert renewed["id"] != copy["id"]
    await outlook.call("GET", f"{BIRCH}/events/{copy['id']}", expect=404)
    again = await outlook.call("GET", f"{BIRCH}/events/{lasting['id']}", headers=IMMUTABLE)
    assert again["id"] == lasting["id"] != renewed["id"]


async def test_extended_properties_travel_with_the_first_invitation_only(outlook: Outlook) -> None:
    name = "String {9b2f1c1e-5d5b-4b5a-8f7e-0c6f0a3a7d11} Name Reservation"
    event = await outlook.invite(ADA, BIRCH, singleValueExtendedProperties=[{"id": name, "value": "R1"}])
    assert "singleValueExtendedProperties" not in event
    await outlook.copy(BIRCH, event)
    held = f"singleValueExtendedProperties/Any(ep: ep/id eq '{name}' and ep/value eq 'r1')"
    [found] = (await outlook.call("GET", f"{BIRCH}/events?$filter={held}"))["value"]
    assert "singleValueExtendedProperties" not in found
    expand = f"$expand=singleValueExtendedProperties($filter=id eq '{name}')"
    read = await outlook.call("GET", f"{BIRCH}/events/{found['id']}?{expand}")
    assert read["singleValueExtendedProperties"] == [{"id": name, "value": "R1"}]
    await outlook.call(
        "PATCH",
        f"{ADA}/events/{event['id']}",
        {"subject": "Other", "singleValueExtendedProperties": [{"id": name, "value": "R2"}]},
    )
    await outlook.copy(BIRCH, event, lambda each: each["subject"] == "Other")
    read = await outlook.call("GET", f"{BIRCH}/events/{found['id']}?{expand}")
    assert read["singleValueExtendedProperties"] == [{"id": name, "value": "R1"}]


async def test_answers_to_one_event_take_effect_in_their_order(outlook: Outlook, world: World) -> None:
    set_options(world, response_delay=[0, 0.02])
    events = [await outlook.invite(ADA, BIRCH, subject=f"Number {number}") for number in range(12)]
    copies = [await outlook.copy(BIRCH, event) for event in events]
    for copy in copies:
        await outlook.respond(BIRCH, copy, "tentativelyAccept")
        await outlook.respond(BIRCH, copy, "accept")
    await outlook.quiet()
    assert {(await outlook.copy(BIRCH, event))["responseStatus"]["response"] for event in events} == {"accepted"}
    for event in events:
        await outlook.status(ADA, event, BIRCH, "accepted")
