"""A7, C14: an edit of an accepted meeting is judged by the policies that look at what it changes."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import pytest_asyncio

from deploy.driver.cast import BookableRoom, Cast, open_cast
from deploy.driver.eventually import eventually
from deploy.driver.looks import accepted_meeting, answered, blocked, booked, mailed
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


async def _is_titled(cast: Cast, room: BookableRoom, when: Slot, title: str) -> None:
    [reservation] = await booked(cast, room, when)
    assert reservation["title"] == title
