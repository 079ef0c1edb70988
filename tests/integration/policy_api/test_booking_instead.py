"""C29: who was declined takes another room, another time or a place on the waiting list by a link."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import structlog

from libs.contracts.intents import KeepHold
from libs.contracts.messages import IntentIssued, MailRequested
from services.policy.core.links import Link, LinkPurpose
from services.policy.loops.waiting_lists import WaitingListLoop
from tests.integration.policy_api.declining import buttons, declined, live, meeting, opened, path_of, pressed, seen
from tests.integration.policy_api.world import LINKS, World, fresh


async def taken_room(world: World, **changed: object) -> tuple[dict[str, Any], dict[str, Any]]:
    """Make a room that is taken from nine to ten, and another one in the same building that is free."""
    building = fresh("Building")
    taken = await world.mapped_space(building=building, capacity=70_000, **changed)
    free = await world.mapped_space(building=building, capacity=70_000)
    await world.reservation(taken["id"], 9, 10)
    return taken, free


async def holds(world: World, space: dict[str, Any]) -> list[KeepHold]:
    owed = [each for each in await world.outbox(space["id"]) if each["type"] == IntentIssued.type]
    intents = [IntentIssued.model_validate({k: v for k, v in each.items() if k != "type"}).intent for each in owed]
    return [each for each in intents if isinstance(each, KeepHold)]


async def look(world: World) -> None:
    context = world.app.state.context
    await WaitingListLoop(world.pool, context.codec, context.patience).once()


async def test_opening_the_link_changes_nothing_and_shows_what_can_be_booked_now(world: World) -> None:
    taken, free = await taken_room(world)
    refused = await declined(world, taken)
    before = await world.everything()

    page = await opened(world, refused.path)

    assert await world.everything() == before
    assert free["name"] in page
    assert "10:00-11:00" in page or "11:00-12:00" in page
    assert [each.split(" ")[1] for each in buttons(page)][:2] == [taken["id"], free["id"]]
    assert "Wait for it" not in page


async def test_what_is_done_by_a_link_is_logged_and_the_link_is_not(world: World) -> None:
    taken, _ = await taken_room(world, waiting_list=True)
    refused = await declined(world, taken)

    with structlog.testing.capture_logs() as logged:
        await opened(world, refused.path)
        assert (await pressed(world, refused.path, "wait")).status_code == 303

    assert {each["status"] for each in logged if each["event"] == "http.handled"} == {200, 303}
    assert refused.path.rpartition("/")[2] not in repr(logged)


async def test_another_room_is_booked_once_for_the_organizer_and_accepts_the_meeting_when_it_is_invited(
    world: World,
) -> None:
    taken, free = await taken_room(world)
    refused = await declined(world, taken)
    later, other = buttons(await opened(world, refused.path))[:2]

    for action in (other, other, later):
        assert (await pressed(world, refused.path, action)).status_code == 303

    [booked] = [each for each in await live(world, taken["id"], free["id"]) if each["organizer"] is not None]
    assert (booked["space_id"], booked["status"], booked["origin"]) == (free["id"], "confirmed", "api")
    assert (booked["organizer"]["email"], booked["title"]) == ("ben@example.org", "Review")
    assert booked["kept_without_invitation"]
    [hold] = await holds(world, free)
    assert hold.subject == "Review"
    page = await opened(world, refused.path)
    assert "It is booked for you." in page
    assert f"add {free['name']}, remove {taken['name']}" in page
    untouched = (await world.call("GET", f"/v1/reservations/{refused.reservation_id}")).json()
    assert untouched["status"] == "declined"

    answer = await seen(world, free, meeting(ical_uid=refused.meeting.ical_uid))

    assert answer.answer == "accepted"
    [accepted] = await live(world, free["id"])
    assert (accepted["id"], accepted["kept_without_invitation"]) == (booked["id"], False)
    assert (await pressed(world, refused.path, "cancel")).status_code == 409


async def test_the_next_free_time_is_what_the_meeting_gets_once_it_is_moved_there(world: World) -> None:
    taken, _ = await taken_room(world)
    refused = await declined(world, taken)
    later = buttons(await opened(world, refused.path))[0]
    _, _, start, end = later.split(" ")

    await pressed(world, refused.path, later)

    assert "Move it to the new time" in await opened(world, refused.path)
    moved = meeting(ical_uid=refused.meeting.ical_uid).model_copy(
        update={"start": datetime.fromisoformat(start), "end": datetime.fromisoformat(end)}
    )
    assert (await seen(world, taken, moved)).answer == "accepted"
    assert len(await live(world, taken["id"])) == 2


async def test_of_many_who_use_a_link_at_once_one_books(world: World) -> None:
    taken, free = await taken_room(world)
    refused = await declined(world, taken)
    choices = buttons(await opened(world, refused.path))[:2]

    answers = await asyncio.gather(*(pressed(world, refused.path, each) for each in choices * 3))

    assert {each.status_code for each in answers} == {303}
    assert len(await live(world, taken["id"], free["id"])) == 2


async def test_what_was_taken_meanwhile_is_not_booked_and_the_page_shows_what_is_left(world: World) -> None:
    taken, free = await taken_room(world)
    refused = await declined(world, taken)
    later, other = buttons(await opened(world, refused.path))[:2]
    await world.reservation(free["id"], 9, 10)

    answer = await pressed(world, refused.path, other)

    assert answer.status_code == 409
    assert "Somebody else was faster" in answer.text
    left = buttons(await opened(world, refused.path))
    assert later in left
    assert other not in left
    assert len(await live(world, free["id"])) == 1


async def test_a_booking_by_link_can_be_given_up_and_is_not_made_again(world: World) -> None:
    taken, free = await taken_room(world)
    refused = await declined(world, taken)
    other = buttons(await opened(world, refused.path))[1]
    await pressed(world, refused.path, other)

    for action in ("cancel", "cancel", other):
        assert (await pressed(world, refused.path, action)).status_code == 303

    assert await live(world, free["id"]) == []
    page = await opened(world, refused.path)
    assert "given up since" in page
    assert buttons(page) == []


async def test_of_a_private_meeting_the_booking_and_its_hold_show_no_title(world: World) -> None:
    taken, free = await taken_room(world)
    refused = await declined(world, taken, meeting(is_private=True, subject="Severance"))
    page = await opened(world, refused.path)
    await pressed(world, refused.path, buttons(page)[1])

    [booked] = await live(world, free["id"])
    [hold] = await holds(world, free)

    assert "Severance" not in page + str(booked) + hold.subject
    assert hold.subject == "Private"


async def test_whom_the_policies_let_book_nothing_gets_no_link(world: World) -> None:
    taken, free = await taken_room(world, waiting_list=True)
    for each in (taken, free):
        rule = {"kind": "who_may_book", "parameters": {"addresses": ["ada@example.org"]}}
        await world.made("/v1/policies", {**rule, "attach": {"scope": "space", "id": each["id"]}})
    building = "UPDATE spaces SET building = NULL, capacity = 1 WHERE id <> ALL($1::uuid[])"
    await world.pool.execute(building, [UUID(taken["id"]), UUID(free["id"])])

    refused = await declined(world, taken, meeting(attendees=[{"address": "guest@example.org"}]))

    assert "/links/" not in refused.comment


async def test_a_link_that_expired_was_altered_or_is_about_nothing_books_nothing(world: World) -> None:
    taken, free = await taken_room(world)
    refused = await declined(world, taken)
    other = buttons(await opened(world, refused.path))[1]
    start = refused.meeting.start
    about = UUID(refused.reservation_id)
    expired = LINKS.url_of(Link(LinkPurpose.BOOK_INSTEAD, about, "ben@example.org", start - timedelta(days=30)))
    nothing = LINKS.url_of(Link(LinkPurpose.BOOK_INSTEAD, uuid4(), "ben@example.org", start))

    for path, status in ((expired, 410), (f"{refused.path}x", 404), (nothing, 404)):
        assert (await pressed(world, path, other)).status_code == status
    for action in ("book", "book x y z", "", f"book {free['id']} {start.isoformat()} {start.isoformat()}"):
        assert (await pressed(world, refused.path, action)).status_code in {409, 422}

    assert await live(world, free["id"]) == []


async def mails(world: World, waiting_id: str) -> list[MailRequested]:
    rows = await world.pool.fetch("SELECT body FROM outbox WHERE type = $1", MailRequested.type)
    found = [MailRequested.model_validate_json(row["body"]) for row in rows]
    return [each for each in found if waiting_id in each.text or waiting_id in each.subject]


async def test_one_waits_by_the_link_is_mailed_an_offer_once_and_takes_it_by_another(world: World) -> None:
    taken, _ = await taken_room(world, waiting_list=True)
    [booked] = await live(world, taken["id"])
    refused = await declined(world, taken)
    assert "wait for this time in case it becomes free" in refused.comment
    for _ in range(2):
        assert (await pressed(world, refused.path, "wait")).status_code == 303
    assert "You are on the waiting list" in await opened(world, refused.path)
    await world.call("POST", f"/v1/reservations/{booked['id']}/cancel", {})

    for _ in range(3):
        await look(world)

    [mail] = await mails(world, taken["name"])
    assert [each.address for each in mail.to] == ["ben@example.org"]
    path = path_of(mail.text)
    before = await world.everything()
    assert "It is held for you until" in await opened(world, path)
    assert await world.everything() == before

    answers = await asyncio.gather(*(pressed(world, path, "take") for _ in range(4)))

    assert {each.status_code for each in answers} == {303}
    [kept] = await live(world, taken["id"])
    assert (kept["status"], kept["organizer"]["email"]) == ("confirmed", "ben@example.org")
    page = await opened(world, path)
    assert "You took this offer, and the room is booked for you." in page
    assert "Open the meeting and send an update" in page
    assert (await seen(world, taken, meeting(ical_uid=refused.meeting.ical_uid))).answer == "accepted"


async def test_an_offer_taken_as_it_lapses_is_booked_or_told_to_be_over_and_never_both(world: World) -> None:
    taken, _ = await taken_room(world, waiting_list=True)
    [booked] = await live(world, taken["id"])
    refused = await declined(world, taken)
    await pressed(world, refused.path, "wait")
    await world.call("POST", f"/v1/reservations/{booked['id']}/cancel", {})
    await look(world)
    [mail] = await mails(world, taken["name"])
    path = path_of(mail.text)
    offer = "UPDATE waiting_requests SET offered_until = clock_timestamp() WHERE space_id = $1"
    await world.pool.execute(offer, UUID(taken["id"]))

    await asyncio.gather(look(world), pressed(world, path, "take"), pressed(world, path, "take"))

    assert await live(world, taken["id"]) == []
    assert "The time to take this offer is over" in await opened(world, path)
    assert (await pressed(world, path, "leave")).status_code == 303
