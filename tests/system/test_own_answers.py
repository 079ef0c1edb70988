"""B18, C6: a room mailbox answers by itself. All is decided as ever, and the mapping says what mends it."""

import re

import pytest

from deploy.driver.cast import ROOMSYNC_DECIDES, BookableRoom, Cast
from deploy.driver.eventually import eventually, expect
from deploy.driver.http import Json
from deploy.driver.looks import answered, booked, declined, mailed, ready
from deploy.driver.outlook_user import OutlookUser
from deploy.driver.slots import Slot, slot
from deploy.local.options import Mode
from deploy.local.stack import LocalStack
from services.policy.core.own_answers import ENOUGH_UNANSWERED
from tests.support.stacks import UNTIL_SWEPT_S

WITHIN_S = UNTIL_SWEPT_S + 20
ANSWERS_BY_ITSELF = {**ROOMSYNC_DECIDES, "automate": "AutoAccept"}


async def accepted_by_exchange(cast: Cast, room: BookableRoom, when: Slot) -> tuple[OutlookUser, Json]:
    """Invite a room that accepts by itself before anybody has told us of it, and before a sweep can find it."""
    ada = await cast.user("ada")
    async with cast.tenant.delivery(silence=True), cast.tenant.options(attendant_delay=[0, 0]):
        event = await ada.invite("Planning", when, room.calendar)
        await answered(ada, event, room, "accepted")
    return ada, event


async def marked(cast: Cast, room: BookableRoom) -> Json:
    """Wait until the mapping of a room says that its mailbox answers by itself, and return the mapping."""

    async def look() -> Json:
        mapping: Json = (await cast.administrator.space(room.space))["mapping"]
        expect(mapping["answers_by_itself"] is not None, mapping)
        return mapping

    return await eventually(look, within_s=WITHIN_S)


async def after_all_that_may_come(stack: LocalStack, cast: Cast, room: BookableRoom) -> None:
    """Have the room told of again, compared again, and its services restarted."""
    await cast.tenant.lifecycle("missed", room.calendar)
    await swept(cast, room)
    killed = stack.processes["policy" if stack.mode is Mode.REAL else "services"]
    killed.kill()
    await ready(cast, within_s=60)
    await swept(cast, room)


async def swept(cast: Cast, room: BookableRoom) -> None:
    """Wait until the room's calendar was read anew, twice: what the first sweep asks for is done by the second."""

    async def reads() -> int:
        return len([each for each in await cast.tenant.calls(room.calendar, "GET") if "calendarView" in each["path"]])

    before = await reads()

    async def look() -> None:
        expect(await reads() >= before + 2, "the room was not swept")

    await eventually(look, within_s=60)


@pytest.mark.timeout(240)
async def test_b18_what_exchange_accepted_and_we_accept_is_mailed_once_and_the_mapping_says_what_mends_it(
    sweeping_stack: LocalStack, swept_cast: Cast
) -> None:
    cast, when = swept_cast, slot()
    room = await cast.room(processing=ANSWERS_BY_ITSELF)

    ada, _ = await accepted_by_exchange(cast, room, when)
    await booked(cast, room, when, within_s=WITHIN_S)

    mapping = await marked(cast, room)
    command = f"Set-CalendarProcessing -Identity '{room.calendar.address}' -AutomateProcessing AutoUpdate"
    assert mapping["state"] == "degraded"
    assert mapping["answers_by_itself"]["command"].startswith(command)
    assert command in mapping["detail"]
    assert "learn.microsoft.com" in mapping["detail"]
    await after_all_that_may_come(sweeping_stack, cast, room)
    await mailed(cast, ada, room, ["accepted"])
    await booked(cast, room, when)


@pytest.mark.timeout(240)
async def test_b18_what_exchange_accepted_and_a_rule_forbids_is_contradicted_once_by_a_mail_that_names_the_rule(
    sweeping_stack: LocalStack, swept_cast: Cast
) -> None:
    cast, when = swept_cast, slot(minutes=120)
    room = await cast.room(processing=ANSWERS_BY_ITSELF)
    await cast.administrator.set_policy(room.space, "maximum_duration", {"minutes": 60})

    ada, event = await accepted_by_exchange(cast, room, when)
    await answered(ada, event, room, "declined", within_s=WITHIN_S)

    decision = (await declined(cast, room))["decision"]
    assert [each["rule"] for each in decision["reasons"]] == ["maximum_duration"]
    await marked(cast, room)
    await after_all_that_may_come(sweeping_stack, cast, room)
    mails = await mailed(cast, ada, room, ["accepted", "declined"])
    assert decision["reasons"][0]["message"] in mails[-1]["comment"]
    await booked(cast, room)


@pytest.mark.timeout(240)
async def test_b18_the_mark_goes_away_once_enough_invitations_in_a_row_came_unanswered(swept_cast: Cast) -> None:
    cast = swept_cast
    room = await cast.room(processing=ANSWERS_BY_ITSELF)
    await accepted_by_exchange(cast, room, slot(hour=6))
    await marked(cast, room)
    await cast.tenant.change_mailbox(room.calendar, processing=ROOMSYNC_DECIDES)

    ben = await cast.user("ben")
    for number in range(ENOUGH_UNANSWERED):
        assert (await cast.administrator.space(room.space))["mapping"]["answers_by_itself"] is not None
        event = await ben.invite("Planning", slot(hour=8 + number), room.calendar)
        await answered(ben, event, room, "accepted", within_s=WITHIN_S)

    mapping = (await cast.administrator.space(room.space))["mapping"]
    assert (mapping["state"], mapping["answers_by_itself"], mapping["detail"]) == ("active", None, None)


async def finding_about(cast: Cast, room: BookableRoom) -> Json:
    """Wait until a finding says that a room answers by itself, and return it."""

    async def look() -> Json:
        found = [each for each in await cast.administrator.findings() if each["space_id"] == room.space["id"]]
        expect([each["code"] for each in found] == ["RS105"], found)
        return found[0]

    return await eventually(look, within_s=WITHIN_S)


def run_in_exchange(command: str) -> tuple[str, dict[str, object]]:
    """Return which mailbox `Set-CalendarProcessing` is about, and how the simulator is told to process from then on."""
    said = re.fullmatch(r"Set-CalendarProcessing -Identity '([^']+)' (.+)", command)
    assert said is not None, command
    words = said[2].split()
    given = dict(zip(words[::2], words[1::2], strict=True))
    assert given.pop("-AddNewRequestsTentatively") == "$true"
    assert (given.pop("-AddOrganizerToSubject"), given.pop("-RemovePrivateProperty")) == ("$false", "$false")
    processing = {
        "automate": given.pop("-AutomateProcessing"),
        "delete_subject": given.pop("-DeleteSubject") == "$true",
    }
    assert given == {}
    return said[1], processing


@pytest.mark.timeout(240)
async def test_c6_a_mailbox_that_answers_by_itself_is_found_with_the_command_that_mends_that_mailbox(
    swept_cast: Cast,
) -> None:
    cast = swept_cast
    room, other = await cast.room(processing=ANSWERS_BY_ITSELF), await cast.room("other")
    await accepted_by_exchange(cast, room, slot(hour=6))

    found = await finding_about(cast, room)
    [command] = re.findall(r"`(Set-CalendarProcessing [^`]+)`", found["remedy"])
    address, processing = run_in_exchange(command)

    assert (address, found["level"]) == (room.calendar.address, "warning")
    assert "only once it has answered" in found["why"]
    assert (await marked(cast, room))["answers_by_itself"]["command"] == command
    assert [each for each in await cast.administrator.findings() if each["space_id"] == other.space["id"]] == []
    await cast.tenant.change_mailbox(room.calendar, processing={**ANSWERS_BY_ITSELF, **processing})
    ben = await cast.user("ben")
    event = await ben.invite("Planning", slot(hour=8), room.calendar)
    await answered(ben, event, room, "accepted", within_s=WITHIN_S)
    await booked(cast, room, slot(hour=6), slot(hour=8), within_s=WITHIN_S)
    await mailed(cast, ben, room, ["accepted"])
