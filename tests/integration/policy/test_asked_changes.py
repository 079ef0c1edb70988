"""A change of what is booked waits for an administrator, and holds its time beside the one that is booked."""

from collections.abc import Sequence
from typing import Any

from libs.common.db import Connection
from libs.contracts.intents import AnswerMeeting
from libs.contracts.keys import MeetingKey
from libs.contracts.message import Message
from libs.contracts.messages import LookRequested
from libs.contracts.values import Meeting
from services.policy.commands.questions import Ruled, decide_question
from services.policy.core.approvals.question import Question
from services.policy.store import questions
from services.policy.store.questions import WantedQuestions
from tests.integration.policy.acting import ADMINISTRATOR
from tests.integration.policy.answering import accepted, answer_to
from tests.integration.policy.asking import granted
from tests.integration.policy.ledger import Ledger, Room, again, meeting, on_dates, recurring, window
from tests.integration.policy.patience import PATIENCE
from tests.integration.policy.rules import at_space, set_rule
from tests.integration.policy.series import booked, last_answers, moved, windows_of

ALWAYS: dict[str, Any] = {"kind": "approval", "when": "always", "approvers": ["grace@example.org"]}


async def need_approval(ledger: Ledger, room: Room) -> None:
    await granted(ledger, lambda conn: set_rule(conn, ALWAYS, at_space(room.id)))


async def changing(ledger: Ledger) -> tuple[Room, Meeting, Question]:
    """Have a change of what is booked wait: from 9 to 14 o'clock."""
    room = await ledger.room()
    seen, _ = await accepted(ledger, room, 9)
    await need_approval(ledger, room)
    changed = again(seen, start=window(14).start, end=window(14).end, answer="notResponded")
    await ledger.observe(room, changed)
    [question] = await asked(ledger, room)
    return room, changed, question


async def asked(ledger: Ledger, room: Room, state: Any = "pending") -> list[Question]:
    async with ledger.pool.acquire() as conn:
        return list(await questions.page(conn, WantedQuestions(state=state, space_id=room.id), None, 50))


async def decide(ledger: Ledger, question: Question, ruling: Any) -> Sequence[Message]:
    async def work(conn: Connection) -> Sequence[Message]:
        ruled = Ruled(ruling, "Because")
        return await decide_question(
            conn, question.id, ruled, expected_version=None, patience=PATIENCE, by=ADMINISTRATOR
        )

    return await granted(ledger, work)


async def test_both_times_are_held_until_a_change_is_decided(ledger: Ledger) -> None:
    room, changed, question = await changing(ledger)

    assert await ledger.windows(room) == [window(9)]
    answer = await answer_to(ledger, room, changed)
    assert (answer.answer, "waits for the approval" in (answer.comment or "")) == ("tentativelyAccepted", True)
    for start in (9, 14):
        other = meeting(window(start + 0.5), subject="Board")
        await ledger.observe(room, other)
        declined = await answer_to(ledger, room, other)
        assert declined.answer == "declined"
        assert "It is taken by Ada" in (declined.comment or "")
    assert [each.id for each in await asked(ledger, room)] == [question.id]


async def test_an_approved_change_is_booked_and_its_old_time_is_free(ledger: Ledger) -> None:
    room, changed, question = await changing(ledger)

    await decide(ledger, question, "approve")

    assert await ledger.windows(room) == [window(14)]
    await ledger.observe(room, again(changed, answer="accepted"))
    assert await ledger.windows(room) == [window(14)]
    assert await occupied(ledger, room) == ["reserved"]


async def test_a_rejected_change_leaves_the_booking_and_is_refused_like_any_other(ledger: Ledger) -> None:
    room, changed, question = await changing(ledger)

    messages = await decide(ledger, question, "reject")

    assert [each.about for each in messages if isinstance(each, LookRequested)] == [changed.ical_uid]
    await ledger.observe(room, again(changed, answer="tentativelyAccepted"))
    assert await ledger.windows(room) == [window(9)]
    assert await occupied(ledger, room) == ["reserved"]
    answer = await answer_to(ledger, room, changed)
    assert (answer.answer, answer.proposed) == ("tentativelyAccepted", window(9))
    assert "An administrator did not approve this booking. Because." in (answer.comment or "")
    await ledger.observe(room, again(changed, answer="tentativelyAccepted"))
    assert await asked(ledger, room) == []


async def test_a_change_that_is_changed_again_holds_the_new_time_only(ledger: Ledger) -> None:
    room, changed, question = await changing(ledger)
    again_changed = again(changed, start=window(16).start, end=window(16).end)

    await ledger.observe(room, again_changed)

    [anew] = await asked(ledger, room)
    assert (anew.id != question.id, anew.asked.window, anew.asked_at) == (True, window(16), question.asked_at)
    free = meeting(window(14), subject="Board")
    await ledger.observe(room, free)
    assert len(await asked(ledger, room)) == 2
    assert sorted(await occupied(ledger, room)) == ["proposed", "reserved", "reserved"]


async def test_a_meeting_that_goes_back_is_asked_about_no_longer(ledger: Ledger) -> None:
    room, changed, _ = await changing(ledger)

    await ledger.observe(room, again(changed, start=window(9).start, end=window(9).end))

    assert await asked(ledger, room) == []
    assert await occupied(ledger, room) == ["reserved"]
    assert (await answer_to(ledger, room, changed)).answer == "accepted"


async def test_one_date_of_a_booked_series_is_asked_about_by_itself(ledger: Ledger) -> None:
    room = await ledger.room()
    series = await booked(ledger, room, recurring(window(9)))
    await need_approval(ledger, room)
    edited = on_dates(series, moved(1, window(14).start - window(9).start))
    day = windows_of(series)[1].start.date()

    await ledger.observe(room, edited)

    [question] = await asked(ledger, room)
    assert (question.group_id, question.asked.window) == (None, windows_of(edited)[1])
    assert await ledger.windows(room) == windows_of(series)
    assert (await last_answers(ledger, room))[day.isoformat()][0] == "tentativelyAccepted"
    await decide(ledger, question, "approve")
    assert await ledger.windows(room) == windows_of(edited)
    wanted = await ledger.pool.fetchval(
        "SELECT wanted ->> 'answer' FROM intents WHERE space_id = $1 AND key_original_date = $2", room.id, day
    )
    assert wanted == "accepted"


async def test_a_cancelled_meeting_frees_both_times(ledger: Ledger) -> None:
    room, changed, _ = await changing(ledger)

    await ledger.observe(room, again(changed, is_cancelled=True))

    assert await occupied(ledger, room) == []
    assert [each.state for each in await asked(ledger, room, None)] == ["withdrawn"]
    assert isinstance(await ledger.wanted(MeetingKey(room.id, changed.ical_uid)), AnswerMeeting)


async def occupied(ledger: Ledger, room: Room) -> list[str]:
    """Return for what purposes the space is occupied."""
    rows = await ledger.pool.fetch(
        "SELECT o.purpose FROM occupancies o JOIN space_parts p USING (part_id) WHERE p.space_id = $1", room.id
    )
    return [row["purpose"] for row in rows]


async def test_an_approval_ends_with_its_booking_and_what_is_asked_for_again_is_asked_about_again(
    ledger: Ledger,
) -> None:
    room = await ledger.room()
    await need_approval(ledger, room)
    seen = meeting(window(9))
    await ledger.observe(room, seen)
    [question] = await asked(ledger, room)
    await decide(ledger, question, "approve")
    await ledger.observe(room, again(seen, answer="accepted"))
    await ledger.observe(room, again(seen, answer="accepted", is_cancelled=True))

    await ledger.observe(room, again(seen, event_id="invited-again", answer="notResponded"))

    [anew] = await asked(ledger, room)
    assert anew.id != question.id
    assert [each["status"] for each in await ledger.reservations(room)] == ["pending"]
