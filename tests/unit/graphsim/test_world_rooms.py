"""What a room's calendar processing does on its own."""

from typing import Any

import pytest

from tests.graphsim.control.outside import Outside, inject
from tests.graphsim.exchange.world import World
from tests.unit.graphsim.conftest import ADA, BIRCH, BOB, add_room, set_options
from tests.unit.graphsim.outlook import Outlook, answers, meeting

MAPLE = "maple@example.org"
OUTSIDER = {"name": "Zoe", "address": "zoe@elsewhere.example.com"}


async def test_a_fresh_room_answers_by_itself_and_rewrites_what_it_accepted(outlook: Outlook, world: World) -> None:
    set_options(world, attendant_delay=0.2)
    add_room(world, MAPLE)
    event = await outlook.invite(
        ADA, MAPLE, sensitivity="private", body={"contentType": "html", "content": "<p>Secret</p>"}
    )
    assert "Secret" in event["body"]["content"]
    first = await outlook.copy(MAPLE, event)
    assert first["subject"] == "Planning"
    await outlook.status(ADA, event, MAPLE, "accepted")
    copy = await outlook.copy(MAPLE, event, lambda each: each["subject"] == "Ada")
    assert copy["bodyPreview"] == ""
    assert copy["sensitivity"] == "normal"
    assert copy["showAs"] == "busy"
    assert copy["changeKey"] != first["changeKey"]


async def test_a_room_told_to_keep_the_subject_keeps_it(outlook: Outlook, world: World) -> None:
    add_room(world, MAPLE, delete_subject=False, add_organizer_to_subject=False)
    event = await outlook.invite(ADA, MAPLE)
    await outlook.status(ADA, event, MAPLE, "accepted")
    await outlook.quiet()
    assert (await outlook.copy(MAPLE, event))["subject"] == "Planning"


async def test_a_room_that_answers_by_itself_declines_a_conflict(outlook: Outlook, world: World) -> None:
    add_room(world, MAPLE)
    first = await outlook.invite(ADA, MAPLE)
    await outlook.status(ADA, first, MAPLE, "accepted")
    second = await outlook.invite(BOB, MAPLE, hours=(10, 12))
    await outlook.status(BOB, second, MAPLE, "declined")
    await outlook.gone(MAPLE, second)
    adjacent = await outlook.invite(BOB, MAPLE, hours=(11, 12))
    await outlook.status(BOB, adjacent, MAPLE, "accepted")
    assert "Ada" in str(world.mails_of(BOB)[0]["comment"])


async def test_a_conflicting_move_loses_the_room_its_old_time_too(outlook: Outlook, world: World) -> None:
    add_room(world, MAPLE)
    taken = await outlook.invite(ADA, MAPLE, hours=(12, 13))
    moved = await outlook.invite(BOB, MAPLE)
    await outlook.status(ADA, taken, MAPLE, "accepted")
    await outlook.status(BOB, moved, MAPLE, "accepted")
    await outlook.call("PATCH", f"{BOB}/events/{moved['id']}", {"end": meeting(hours=(10, 13))["end"]})
    await outlook.status(BOB, moved, MAPLE, "declined")
    await outlook.gone(MAPLE, moved)


async def test_a_room_may_allow_conflicts(outlook: Outlook, world: World) -> None:
    add_room(world, MAPLE, allow_conflicts=True)
    for organizer in (ADA, BOB):
        event = await outlook.invite(organizer, MAPLE)
        await outlook.status(organizer, event, MAPLE, "accepted")


async def test_an_overlong_meeting_is_declined(outlook: Outlook, world: World) -> None:
    add_room(world, MAPLE, maximum_duration_minutes=30)
    event = await outlook.invite(ADA, MAPLE)
    await outlook.status(ADA, event, MAPLE, "declined")


async def test_a_room_without_processing_has_nothing_on_its_calendar(outlook: Outlook, world: World) -> None:
    add_room(world, MAPLE, automate="None")
    event = await outlook.invite(ADA, MAPLE)
    await outlook.quiet()
    assert await outlook.find(MAPLE, event["iCalUId"]) is None
    assert [mail["kind"] for mail in world.mails_of(MAPLE)] == ["request"]


async def test_what_is_written_onto_the_rooms_calendar_gets_no_answer(outlook: Outlook, world: World) -> None:
    add_room(world, MAPLE)
    for _ in range(2):
        await outlook.call("POST", f"{MAPLE}/events", meeting(), expect=201)
    await outlook.quiet()
    assert len(world.mailbox(MAPLE).ordered()) == 2


@pytest.mark.parametrize("processing", [{"automate": "AutoUpdate"}, {}])
async def test_an_invitation_from_outside_stays_tentative(
    outlook: Outlook, world: World, processing: dict[str, Any]
) -> None:
    add_room(world, MAPLE, **processing)
    ical_uid = inject(world, MAPLE, Outside(OUTSIDER, meeting()))
    copy = await outlook.copy(MAPLE, {"iCalUId": ical_uid})
    await outlook.quiet()
    assert (await outlook.copy(MAPLE, copy))["showAs"] == "tentative"
    await outlook.respond(MAPLE, copy, "decline", comment="Members only.")
    await outlook.gone(MAPLE, copy)
    assert world.mails_of(OUTSIDER["address"])[0]["comment"] == "Members only."


async def test_a_room_that_processes_external_messages_answers_them(outlook: Outlook, world: World) -> None:
    add_room(world, MAPLE, process_external=True)
    inject(world, MAPLE, Outside(OUTSIDER, meeting(), ical_uid="x@elsewhere"))
    await outlook.copy(MAPLE, {"iCalUId": "x@elsewhere"}, lambda each: each["showAs"] == "busy")
    inject(world, MAPLE, Outside(OUTSIDER, meeting(), kind="cancellation", ical_uid="x@elsewhere"))
    await outlook.copy(MAPLE, {"iCalUId": "x@elsewhere"}, lambda each: each["isCancelled"])


async def test_a_foreign_zone_is_shown_as_it_was_written(outlook: Outlook, world: World) -> None:
    ical_uid = inject(world, BIRCH, Outside(OUTSIDER, meeting(), zone_shown="tzone://Microsoft/Custom"))
    copy = await outlook.copy(BIRCH, {"iCalUId": ical_uid})
    assert copy["originalStartTimeZone"] == copy["originalEndTimeZone"] == "tzone://Microsoft/Custom"
    assert copy["start"] == {"dateTime": "2026-12-01T10:00:00.0000000", "timeZone": "UTC"}


async def test_an_organizer_who_wants_no_response_gets_none(outlook: Outlook, world: World) -> None:
    event = await outlook.invite(ADA, BIRCH, responseRequested=False)
    copy = await outlook.copy(BIRCH, event)
    await outlook.call("POST", f"{BIRCH}/events/{copy['id']}/accept", {}, expect=400)
    await outlook.respond(BIRCH, copy, "accept", sendResponse=False)
    await outlook.copy(BIRCH, event, lambda each: each["showAs"] == "busy")
    await outlook.quiet()
    assert world.mails_of(ADA) == []
    assert answers(await outlook.copy(ADA, event)) == {BIRCH: "none"}


async def test_hidden_attendees_are_hidden_from_the_room(outlook: Outlook) -> None:
    event = await outlook.invite(ADA, BIRCH, BOB, hideAttendees=True)
    assert set(answers(await outlook.copy(BIRCH, event))) == {BIRCH}


async def test_listeners_hear_of_every_write(outlook: Outlook, world: World) -> None:
    heard = []
    world.listeners.append(lambda change: heard.append((change.mailbox.address, change.change)))
    event = await outlook.invite(ADA, BIRCH)
    await outlook.respond(BIRCH, await outlook.copy(BIRCH, event), "decline")
    await outlook.status(ADA, event, BIRCH, "declined")
    assert heard == [(ADA, "created"), (BIRCH, "created"), (BIRCH, "deleted"), (ADA, "updated")]
