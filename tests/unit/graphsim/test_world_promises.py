"""What holds after any run of events, and what the control surface leans on."""

from itertools import pairwise
from random import Random

import pytest

from tests.graphsim.control.mailboxes import add_mailbox, change_mailbox
from tests.graphsim.exchange import organizing
from tests.graphsim.exchange.ids import WELL_FORMED, Ids
from tests.graphsim.exchange.mailbox import DELETED_KEPT, TRANSACTIONS_KEPT
from tests.graphsim.exchange.world import World
from tests.graphsim.graph.event_body import read_fields
from tests.graphsim.refusals import CallRefused
from tests.unit.graphsim.conftest import ADA, BIRCH, CEDAR, set_options
from tests.unit.graphsim.outlook import Outlook, answers, invited, meeting

ROOMS = (BIRCH, CEDAR)


@pytest.mark.parametrize("seed", range(8))
async def test_when_the_mail_is_in_both_sides_show_the_same(outlook: Outlook, world: World, seed: int) -> None:
    chance = Random(seed)
    event = await outlook.invite(ADA, *ROOMS)
    path = f"{ADA}/events/{event['id']}"
    for _ in range(12):
        room = chance.choice(ROOMS)
        copy = await outlook.find(room, event["iCalUId"])
        match chance.randrange(5):
            case 0:
                await outlook.call("PATCH", path, {"end": meeting(hours=(10, chance.randrange(11, 20)))["end"]})
            case 1:
                await outlook.call("PATCH", path, {"subject": f"Take {chance.random()}"})
            case 2:
                await outlook.call("PATCH", path, {"attendees": invited(*chance.sample(ROOMS, chance.randrange(3)))})
            case _ if copy is not None and not copy["isCancelled"]:
                # Refused when a cancellation or an earlier decline has come in between.
                verb = chance.choice(["accept", "decline", "tentativelyAccept"])
                await outlook.client.post(f"/v1.0/users/{room}/events/{copy['id']}/{verb}")
        if chance.random() < 0.4:
            await outlook.quiet()
    await outlook.quiet()
    shown = answers(await outlook.copy(ADA, event))
    for room in ROOMS:
        copy = await outlook.find(room, event["iCalUId"])
        if room not in shown:
            assert copy is None or copy["isCancelled"]
        elif copy is None:
            assert shown[room] == "declined"
        else:
            answer = copy["responseStatus"]["response"]
            # A declined room that a mere change of subject brings back is asked anew, and still shown as declined.
            assert shown[room] in ({"none", "declined"} if answer == "notResponded" else {answer})
            assert copy["showAs"] == ("busy" if answer == "accepted" else "tentative")


def test_ids_never_repeat_and_some_differ_in_one_character_only() -> None:
    ids = Ids(Random(0))
    made = [ids.default() for _ in range(500)]
    assert len(set(made)) == 500
    assert all(WELL_FORMED.match(each) for each in [*made, ids.immutable()])
    apart = [sum(a != b for a, b in zip(one, two, strict=True)) for one, two in pairwise(made)]
    assert 1 in apart


async def test_a_reset_world_is_empty_and_delivers_nothing_any_more(outlook: Outlook, world: World) -> None:
    await outlook.invite(ADA, BIRCH)
    world.reset()
    assert world.is_quiet
    assert (len(world.mails), world.mailboxes) == (0, {})
    await outlook.call("GET", f"{ADA}/events", expect=404)


def test_options_are_changed_by_name(world: World) -> None:
    set_options(world, new_id_on_accept=True)
    assert world.options.new_id_on_accept
    with pytest.raises(CallRefused):
        set_options(world, new_id=True)


@pytest.mark.parametrize(
    "spec",
    [
        {"address": "elm@example.org", "kind": "ship"},
        {"address": "elm@example.org", "time_zone": "Mars/Olympus"},
        {"address": "elm@example.org", "processing": {"automate": "Sometimes"}},
        {"address": "elm@example.org", "processing": {"colour": "red"}},
        {"address": "elm@example.org", "processing": {"booking_window_days": -1}},
        {"address": "elm@example.org", "capacity": "eight"},
        {"address": "elm@example.org", "colour": "red"},
        {"address": "elm"},
    ],
)
def test_a_mailbox_that_makes_no_sense_is_refused(world: World, spec: dict[str, object]) -> None:
    with pytest.raises(CallRefused):
        add_mailbox(world.directory, spec)
    assert "elm@example.org" not in world.mailboxes


async def test_mails_can_be_asked_for_by_recipient_and_time(outlook: Outlook, world: World) -> None:
    await outlook.invite(ADA, BIRCH)
    between = world.clock()
    await outlook.invite(ADA, BIRCH, CEDAR)
    assert len(world.mails_of()) == 3
    assert len(world.mails_of(BIRCH.upper())) == 2
    assert len(world.mails_of(BIRCH, since=between)) == 1


async def test_what_left_a_calendar_is_kept_for_a_while_only(outlook: Outlook, world: World) -> None:
    mailbox = world.mailbox(ADA)
    for _ in range(DELETED_KEPT + 1):
        event = organizing.create(world, mailbox, read_fields(meeting()))
        organizing.delete(world, mailbox, event)
    assert len(list(mailbox.everything())) == DELETED_KEPT


async def test_transactions_are_remembered_for_a_while_only(outlook: Outlook, world: World) -> None:
    mailbox = world.mailbox(ADA)
    for number in range(TRANSACTIONS_KEPT + 1):
        organizing.create(world, mailbox, read_fields(meeting(transactionId=str(number))))
    with pytest.raises(CallRefused, match="DuplicateTransaction"):
        organizing.create(world, mailbox, read_fields(meeting(transactionId="1")))
    organizing.create(world, mailbox, read_fields(meeting(transactionId="0")))


def test_a_mailbox_made_anew_is_another_one(world: World) -> None:
    before = world.mailbox(BIRCH).user_id
    after = add_mailbox(world.directory, {"address": BIRCH.title(), "kind": "room"}).user_id
    assert after != before
    assert world.mailbox(after).address == BIRCH
    with pytest.raises(CallRefused):
        world.mailbox(before)


async def test_a_renamed_mailbox_keeps_its_id_and_its_events(outlook: Outlook, world: World) -> None:
    event = await outlook.invite(ADA, BIRCH)
    copy = await outlook.copy(BIRCH, event)
    before = world.mailbox(BIRCH)
    change_mailbox(world.directory, BIRCH, {"address": "willow@example.org", "processing": {"delete_subject": False}})
    assert world.mailbox("Willow@Example.org") is before
    assert (before.processing.automate, before.processing.delete_subject) == ("AutoUpdate", False)
    assert (await outlook.call("GET", f"{before.user_id}/events/{copy['id']}"))["subject"] == event["subject"]
    await outlook.call("GET", f"{BIRCH}/events", expect=404)
    with pytest.raises(CallRefused, match="another mailbox"):
        change_mailbox(world.directory, CEDAR, {"address": "willow@example.org"})


async def test_mail_to_a_mailbox_that_is_gone_goes_nowhere(outlook: Outlook, world: World) -> None:
    await outlook.invite(ADA, BIRCH)
    world.directory.remove(BIRCH)
    await outlook.quiet()
    assert BIRCH not in world.mailboxes


async def test_nothing_is_told_of_a_mailbox_that_is_gone(outlook: Outlook, world: World) -> None:
    copy = await outlook.copy(BIRCH, await outlook.invite(ADA, BIRCH))
    set_options(world, response_delay=0.1)
    await outlook.respond(BIRCH, copy, "accept", sendResponse=False)
    heard: list[str] = []
    world.listeners.append(lambda change: heard.append(change.change))
    world.directory.remove(BIRCH)
    await outlook.quiet()
    assert heard == []
