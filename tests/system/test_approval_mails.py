"""C20: approvers are mailed, reminded, and stood in for, and decide by the link that they were mailed."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from deploy.driver.approver import Approver
from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.eventually import eventually, expect, throughout
from deploy.driver.http import Json, RequestRefused
from deploy.driver.looks import answered, asked, booked, ready
from deploy.driver.slots import Slot, slot
from deploy.local.options import Mode
from deploy.local.stack import LocalStack

DAY = 24 * 60
WITHIN_S = 60


async def asking_room(cast: Cast, *approvers: Approver, **parameters: Any) -> BookableRoom:
    """Make a room of which these people have to approve everything."""
    room = await cast.room("Aurora")
    rule = {"when": "always", "approvers": [each.address for each in approvers], **parameters}
    await cast.administrator.set_policy(room.space, "approval", rule)
    return room


async def state_of_mails(cast: Cast, room: BookableRoom, **states: str) -> Json:
    """Wait until the one question about a room shows its mails in these states, by address; return the question."""
    wanted = {cast.approver(name).address: state for name, state in states.items()}

    async def look() -> Json:
        questions = await cast.administrator.questions(room.space)
        found = {each["to"]: each["state"] for question in questions for each in question["mails"]}
        expect(found == wanted, f"the mails are {found}, not {wanted}")
        return questions[0]

    return await eventually(look, within_s=WITHIN_S)


async def test_c20_approvers_are_mailed_reminded_and_stood_in_for_until_the_deadline(cast: Cast) -> None:
    grace, hugo, ben = (cast.approver(name) for name in ("grace", "hugo", "ben"))
    room = await asking_room(cast, grace, hugo, before_start_minutes=DAY, stand_ins=[ben.address])
    ada = await cast.user("ada")
    start = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1, seconds=24)
    event = await ada.invite("Planning", Slot(start, start + timedelta(hours=1)), room.calendar)
    await answered(ada, event, room, "tentativelyAccepted")

    for each in (grace, hugo):
        [first] = await each.mails()
        assert first["subject"].startswith("Please decide: Aurora, ")
        assert f"Ada ({ada.address}) asks for Aurora" in first["text"]
        assert "If nobody has decided by then, it is declined." in first["text"]
    await ben.mails(0)
    for each in (grace, hugo):
        _, reminder = await each.mails(2)
        assert reminder["subject"].startswith("Reminder, please decide: ")
    [stand_in] = await ben.mails()
    assert f"{grace.address} and {hugo.address} were asked before" in stand_in["text"]
    await answered(ada, event, room, "declined")
    [question] = await cast.administrator.questions(room.space)
    assert question["state"] == "expired"
    assert [each["kind"] for each in question["mails"]] == ["asked", "asked", "reminder", "reminder", "stand_in"]
    assert {each["state"] for each in question["mails"]} == {"sent"}
    with pytest.raises(RequestRefused) as late:
        await ben.open(stand_in)
    assert late.value.status == 410
    assert [len(await each.mails(count)) for each, count in ((grace, 2), (hugo, 2), (ben, 1))] == [2, 2, 1]


async def test_c20_an_approver_decides_on_the_page_of_the_link_that_was_mailed(cast: Cast) -> None:
    grace, hugo = cast.approver("grace"), cast.approver("hugo")
    room, when, ada = await asking_room(cast, grace, hugo), slot(), await cast.user("ada")
    event = await ada.invite("Planning", when, room.calendar)
    [graces], [hugos] = await grace.mails(), await hugo.mails()
    for approver, mail in ((grace, graces), (hugo, hugos)):
        assert f"You decide as {approver.address}" in await approver.open(mail)
    [question] = await asked(cast, room, when)
    assert question["state"] == "pending"

    await grace.decide(graces, "approve", "The keys are at the desk.")

    await answered(ada, event, room, "accepted")
    await booked(cast, room, when)
    with pytest.raises(RequestRefused) as second:
        await hugo.decide(hugos, "reject")
    assert second.value.status == 409
    [decided] = await cast.administrator.questions(room.space)
    assert (decided["state"], decided["decided_by"]["subject"]) == ("approved", grace.address)


async def test_c20_an_approver_whose_address_bounces_is_shown_as_refused_and_the_others_are_mailed(cast: Cast) -> None:
    gone, grace = cast.approver("gone"), cast.approver("grace")
    async with cast.tenant.mail_faring(faults=[{"at": "rcpt", "code": 550, "recipient": gone.address}]):
        room, ada = await asking_room(cast, gone, grace), await cast.user("ada")
        await ada.invite("Planning", slot(), room.calendar)

        await grace.mails()

        await state_of_mails(cast, room, gone="refused", grace="sent")


async def test_c20_a_mail_server_that_is_away_delays_mails_and_those_of_closed_questions_are_not_sent(
    cast: Cast,
) -> None:
    grace, hugo = cast.approver("grace"), cast.approver("hugo")
    waits, decided = await asking_room(cast, grace), await asking_room(cast, hugo)
    ada, when = await cast.user("ada"), slot()
    async with cast.tenant.mail_faring(faults=[{"at": "connect", "code": 421}]):
        for room in (waits, decided):
            await ada.invite("Planning", when, room.calendar)
        await state_of_mails(cast, waits, grace="waits")
        question = await state_of_mails(cast, decided, hugo="waits")
        await cast.administrator.reject(question)
        await state_of_mails(cast, decided, hugo="expired")

    await grace.mails(within_s=WITHIN_S)
    await state_of_mails(cast, waits, grace="sent")

    async def once_and_not_at_all() -> None:
        assert len(await cast.tenant.mailed(grace.address)) == 1
        assert await cast.tenant.mailed(hugo.address) == []

    await throughout(once_and_not_at_all, seconds=3)


async def test_c20_a_question_that_replaces_another_says_so(cast: Cast) -> None:
    grace = cast.approver("grace")
    room, when, ada = await asking_room(cast, grace), slot(), await cast.user("ada")
    event = await ada.invite("Planning", when, room.calendar)
    [first] = await grace.mails()

    await ada.move(event, when.longer(minutes=30))

    _, second = await grace.mails(2)
    assert second["text"].startswith("This replaces an earlier question about the same booking")
    assert "so this question is closed" in await grace.open(first)
    assert "<button" in await grace.open(second)


@pytest.mark.chaos
@pytest.mark.timeout(240)
@pytest.mark.parametrize("role", ["policy", "outbound"])
async def test_c20_a_killed_service_forgets_nobody_and_repeats_only_what_the_server_had_in_hand(
    stack: LocalStack, cast: Cast, role: str
) -> None:
    people = [cast.approver(f"approver-{number}") for number in range(4)]
    rooms = [await asking_room(cast, *people) for _ in range(4)]
    ada, when = await cast.user("ada"), slot()
    await asyncio.gather(*(ada.invite("Planning", when, room.calendar) for room in rooms))
    await asked(cast, rooms[0], when)

    killed = role if stack.mode is Mode.REAL else "services"
    stack.processes[killed].kill()

    async def everybody_is_mailed() -> list[Counter[str]]:
        mailed = [Counter(mail["message_id"] for mail in await cast.tenant.mailed(each.address)) for each in people]
        expect([len(each) for each in mailed] == [len(rooms)] * len(people), mailed)
        return mailed

    await eventually(everybody_is_mailed, within_s=90)
    await ready(cast, within_s=WITHIN_S)
    mailed = await everybody_is_mailed()
    # A mail that was in the server's hands when outbound died may have been taken. It comes once more, under the same
    # Message-ID: one for each of the queues of these rooms at most.
    again = [times for each in mailed for times in each.values() if times > 1]
    assert len(again) <= (0 if killed == "policy" else len(rooms))
    assert set(again) <= {2}
