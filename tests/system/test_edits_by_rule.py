"""A7, B16, C14: an edit is judged by what is taken, and by the policies that look at what it changes."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import pytest_asyncio

from deploy.driver.cast import BookableRoom, Cast, open_cast
from deploy.driver.eventually import eventually
from deploy.driver.looks import accepted_meeting, answered, blocked, booked, declined, mailed, unblocked
from deploy.driver.slots import Slot, slot
from deploy.local.stack import LocalStack
from tests.system.broken_rules import KINDS, Scenes, all_at_once, assert_figures, edit

# An edit in Outlook never changes the organizer.
KINDS_OF_EDITS = [kind for kind in KINDS if kind != "who_may_book"]


@pytest_asyncio.fixture(scope="module")
async def scenes(stack: LocalStack) -> AsyncIterator[Scenes]:
    """An edit that breaks a rule, for every kind."""
    async with (
        open_cast(stack.endpoints, f"t{uuid4().hex[:8]}") as cast,
        all_at_once({kind: edit(cast, kind) for kind in KINDS_OF_EDITS}) as scenes,
    ):
        yield scenes


@pytest.mark.parametrize("kind", KINDS_OF_EDITS)
async def test_a7_an_edit_that_breaks_a_policy_keeps_the_original_time_and_says_why(scenes: Scenes, kind: str) -> None:
    scene, ruled = await scenes[kind], KINDS[kind]

    await answered(scene.ada, scene.event, scene.room, "tentativelyAccepted")
    [kept] = await booked(scene.cast, scene.room, ruled.kept)
    assert (kept["decision"]["outcome"], kept["decision"]["reasons"]) == ("accept", [])
    assert kept["attendee_count"] == 1
    [reason] = kept["refused_request"]["reasons"]
    assert reason["rule"] == kind
    assert_figures(reason, ruled)
    await blocked(scene.room, ruled.kept)
    [_, mail] = await mailed(scene.cast, scene.ada, scene.room, ["accepted", "tentativelyAccepted"])
    for words in (reason["message"], *ruled.says, f"{ruled.kept.start:%a %d %b %Y, %H:%M}-{ruled.kept.end:%H:%M}"):
        assert words in mail["comment"], mail


async def test_c14_an_edit_is_judged_only_by_rules_that_look_at_what_it_changes(cast: Cast) -> None:
    room, ada, when = await cast.room(), await cast.user(), slot(minutes=120)
    event = await accepted_meeting(ada, room, when)
    await cast.administrator.set_policy(room.space, "maximum_duration", {"minutes": 60})
    await cast.administrator.set_policy(room.space, "who_may_book", {"addresses": ["board@contoso.example"]})

    await ada.change(event, subject="Retrospective")
    await eventually(lambda: _is_titled(cast, room, when, "Retrospective"))
    await answered(ada, event, room, "accepted")

    later, shorter = when.later(hours=4), slot(hour=13, minutes=90)
    for answers, still_fits in ((2, later), (3, shorter)):
        await ada.move(event, still_fits)
        await booked(cast, room, still_fits)
        await mailed(cast, ada, room, ["accepted"] * answers)

    await ada.move(event, shorter.longer(minutes=15))
    await answered(ada, event, room, "tentativelyAccepted")
    [kept] = await booked(cast, room, shorter)
    [reason] = kept["refused_request"]["reasons"]
    assert (reason["rule"], reason["limit"], reason["actual"]) == ("maximum_duration", "60", "105")
    await blocked(room, shorter)


async def test_b16_a_meeting_made_longer_into_the_next_one_keeps_its_time(cast: Cast) -> None:
    room, ada, ben = await cast.room(), await cast.user("ada"), await cast.user("ben")
    when, taken = slot(hour=9), slot(hour=10)
    event = await accepted_meeting(ada, room, when)
    await accepted_meeting(ben, room, taken)

    await ada.move(event, when.longer(minutes=30))

    await answered(ada, event, room, "tentativelyAccepted")
    [kept, _] = await booked(cast, room, when, taken)
    assert kept["refused_request"]["end"] == f"{when.end.replace(minute=30):%Y-%m-%dT%H:%M:%SZ}"
    assert [reason["rule"] for reason in kept["refused_request"]["reasons"]] == ["availability"]
    await blocked(room, when)
    await mailed(cast, ben, room, ["accepted"])


async def test_b16_an_edit_into_a_conflict_and_over_a_rule_is_refused_for_both(cast: Cast) -> None:
    room, ada, ben = await cast.room(), await cast.user("ada"), await cast.user("ben")
    when, taken = slot(hour=9), slot(hour=14)
    event = await accepted_meeting(ada, room, when)
    await accepted_meeting(ben, room, taken)
    await cast.administrator.set_policy(room.space, "maximum_duration", {"minutes": 60})

    await ada.move(event, taken.longer(hours=1))

    await answered(ada, event, room, "tentativelyAccepted")
    [kept, _] = await booked(cast, room, when, taken)
    reasons = kept["refused_request"]["reasons"]
    assert [reason["rule"] for reason in reasons] == ["maximum_duration", "availability"]
    await blocked(room, when)
    [_, mail] = await mailed(cast, ada, room, ["accepted", "tentativelyAccepted"])
    for reason in reasons:
        assert reason["message"] in mail["comment"], mail
    await mailed(cast, ben, room, ["accepted"])


@pytest.mark.parametrize("rule", ["availability", "maximum_duration"])
async def test_b16_a_swap_for_a_room_that_refuses_leaves_the_meeting_without_a_room(cast: Cast, rule: str) -> None:
    left, refusing = await cast.room("left"), await cast.room("refusing")
    ada, when = await cast.user(), slot(minutes=90)
    if rule == "availability":
        await cast.administrator.reserve(refusing.space, when, "Board meeting")
    else:
        await cast.administrator.set_policy(refusing.space, rule, {"minutes": 60})
    event = await accepted_meeting(ada, left, when)

    await ada.remove(event, left.calendar, put_in=refusing.calendar)

    await answered(ada, event, refusing, "declined")
    [reason] = (await declined(cast, refusing))["decision"]["reasons"]
    assert reason["rule"] == rule
    [mail] = await mailed(cast, ada, refusing, ["declined"])
    assert reason["message"] in mail["comment"], mail
    await booked(cast, left)
    await unblocked(left, when)


async def _is_titled(cast: Cast, room: BookableRoom, when: Slot, title: str) -> None:
    [reservation] = await booked(cast, room, when)
    assert reservation["title"] == title
