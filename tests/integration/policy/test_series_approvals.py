"""A recurring meeting that needs approval is one question, with all of its dates."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from libs.common.db import Connection
from libs.contracts.events import ApprovalDecided
from libs.contracts.intents import AnswerMeeting
from libs.contracts.message import Message
from libs.contracts.messages import IntentIssued
from libs.contracts.values import Attendee, Meeting, Window
from services.policy.commands.questions import Ruled, decide_question, expire_question
from services.policy.core.approvals.question import Question
from services.policy.core.explanations import BrokenRule, OnDate
from services.policy.core.times import say_window
from services.policy.store import questions
from services.policy.store.questions import WantedQuestions
from tests.integration.policy.acting import ADMINISTRATOR, cancel
from tests.integration.policy.asking import granted
from tests.integration.policy.ledger import Ledger, Room, again, answered, meeting, on_dates, recurring, window
from tests.integration.policy.patience import PATIENCE
from tests.integration.policy.rules import at_space, set_rule
from tests.integration.policy.series import groups, last_answers, moved, only, renamed, windows_of, without

HOUR = timedelta(hours=1)
BEGINS = f"It begins on {say_window(window(9), 'Europe/Berlin')}."
GUESTS = tuple(Attendee(address=f"guest-{number}@example.org") for number in range(3))


async def asking_room(ledger: Ledger, **parameters: Any) -> Room:
    room = await ledger.room()
    rule = {"kind": "approval", "when": "always", "approvers": ["grace@example.org"], **parameters}
    await granted(ledger, lambda conn: set_rule(conn, rule, at_space(room.id)))
    return room


async def asked(ledger: Ledger, room: Room, state: Any = None) -> list[Question]:
    async with ledger.pool.acquire() as conn:
        return list(await questions.page(conn, WantedQuestions(state=state, space_id=room.id), None, 50))


async def waiting(ledger: Ledger, room: Room, series: Meeting) -> tuple[Meeting, Question]:
    """Have a series wait for an administrator, and its answer shown; return it as it is then, and the question."""
    await ledger.observe(room, series)
    shown = answered(series, "tentativelyAccepted")
    await ledger.observe(room, shown)
    [question] = await asked(ledger, room, "pending")
    return shown, question


async def statuses(ledger: Ledger, room: Room) -> list[str]:
    return [each["status"] for each in await ledger.reservations(room, "pending", "confirmed", "declined", "cancelled")]


async def decide(ledger: Ledger, question: Question, ruling: Any, comment: str | None = None) -> dict[str, str]:
    """Decide a question; return what outbound is to answer, with the words, by the answer."""

    async def work(conn: Connection) -> Sequence[Message]:
        ruled = Ruled(ruling, comment)
        return await decide_question(
            conn, question.id, ruled, expected_version=None, patience=PATIENCE, by=ADMINISTRATOR
        )

    issued = [each.intent for each in await granted(ledger, work) if isinstance(each, IntentIssued)]
    return {each.answer: each.comment or "" for each in issued if isinstance(each, AnswerMeeting)}


async def test_a_series_that_needs_approval_waits_with_all_dates_and_is_asked_about_once(ledger: Ledger) -> None:
    room = await asking_room(ledger, before_start_minutes=60)
    series = recurring(window(9))

    shown, question = await waiting(ledger, room, series)

    assert await statuses(ledger, room) == ["pending"] * 4
    assert await ledger.windows(room) == windows_of(series)
    assert list(question.asked.dates) == windows_of(series)
    assert (question.reservation_id, question.deadline_at) == (None, window(9).start - HOUR)
    assert [each.kind for each in question.reasons] == ["broken_rule"]
    answers = await last_answers(ledger, room)
    assert {each: answer for each, (answer, _) in answers.items()} == {None: "tentativelyAccepted"}
    assert "is held for this recurring meeting on 4 dates, and waits for the approval" in answers[None][1]
    before = len(await ledger.owed(room))
    await ledger.observe(room, shown)
    assert len(await ledger.owed(room)) == before
    told = [each["type"] for each in await ledger.owed(room)]
    assert (told.count("reservation.pending.v1"), told.count("approval.requested.v1")) == (4, 1)


async def test_an_approval_books_every_date_and_is_answered_once(ledger: Ledger) -> None:
    room = await asking_room(ledger)
    shown, question = await waiting(ledger, room, recurring(window(9)))

    answers = await decide(ledger, question, "approve", "Mind the paint")

    assert answers == {
        "accepted": f"Room is booked for this recurring meeting on 4 dates. {BEGINS} An administrator approved this "
        "booking. Mind the paint."
    }
    assert await statuses(ledger, room) == ["confirmed"] * 4
    assert [each.state for each in await asked(ledger, room)] == ["approved"]
    accepted = again(answered(shown), event_id=shown.event_id)
    await ledger.observe(room, accepted)
    await ledger.observe(room, accepted)
    assert await statuses(ledger, room) == ["confirmed"] * 4
    assert [each.state for each in await asked(ledger, room)] == ["approved"]


async def test_a_rejection_declines_every_date(ledger: Ledger) -> None:
    room = await asking_room(ledger)
    _, question = await waiting(ledger, room, recurring(window(9)))

    answers = await decide(ledger, question, "reject", "The hall is being painted.")

    assert answers == {
        "declined": f"Room could not be booked for this recurring meeting. {BEGINS} An administrator did not approve "
        "this booking. The hall is being painted. Please choose another room or another time, or ask the administrator."
    }
    assert await statuses(ledger, room) == ["declined"] * 4
    assert await ledger.windows(room) == []
    assert [status for status, _ in await groups(ledger, room)] == ["cancelled"]
    await ledger.observe(room, meeting(window(9), subject="Board", organizer=None))
    assert "pending" in await statuses(ledger, room)


async def test_at_its_deadline_a_series_is_declined(ledger: Ledger) -> None:
    room = await asking_room(ledger, deadline_minutes=60)
    _, question = await waiting(ledger, room, recurring(window(9)))
    await ledger.admin.execute(
        "UPDATE approvals SET due_at = clock_timestamp(), deadline_at = clock_timestamp() WHERE id = $1", question.id
    )

    await granted(ledger, lambda conn: expire_question(conn, question.id, PATIENCE))

    assert await statuses(ledger, room) == ["declined"] * 4
    assert [each.state for each in await asked(ledger, room)] == ["expired"]


async def test_a_date_that_is_deleted_leaves_the_same_question(ledger: Ledger) -> None:
    room = await asking_room(ledger)
    shown, question = await waiting(ledger, room, recurring(window(9)))

    await ledger.observe(room, on_dates(shown, without(1)))

    [same] = await asked(ledger, room)
    left = [each for n, each in enumerate(windows_of(shown)) if n != 1]
    assert (same.id, same.state, list(same.asked.dates)) == (question.id, "pending", left)
    assert await ledger.windows(room) == left


async def test_a_date_that_is_moved_is_asked_about_with_its_series(ledger: Ledger) -> None:
    room = await asking_room(ledger)
    shown, question = await waiting(ledger, room, recurring(window(9)))
    edited = on_dates(shown, moved(1, 3 * HOUR))

    await ledger.observe(room, edited)

    found = {each.id: each for each in await asked(ledger, room)}
    [anew] = [each for each in found.values() if each.state == "pending"]
    assert (found[question.id].state, len(found)) == ("superseded", 2)
    assert (list(anew.asked.dates), anew.asked_at) == (windows_of(edited), question.asked_at)
    assert await ledger.windows(room) == windows_of(edited)
    await decide(ledger, anew, "approve")
    assert await statuses(ledger, room) == ["confirmed"] * 4


async def test_a_series_that_is_cancelled_withdraws_its_question(ledger: Ledger) -> None:
    room = await asking_room(ledger)
    shown, _ = await waiting(ledger, room, recurring(window(9)))

    await ledger.observe(room, again(shown, is_cancelled=True))

    assert await statuses(ledger, room) == ["cancelled"] * 4
    assert [each.state for each in await asked(ledger, room)] == ["withdrawn"]


async def test_a_series_of_which_another_date_is_taken_is_declined_and_not_asked_about(ledger: Ledger) -> None:
    room = await ledger.room()
    await ledger.observe(room, meeting(window(9, day=7), subject="Board"))
    rule = {"kind": "approval", "when": "always", "approvers": ["grace@example.org"]}
    await granted(ledger, lambda conn: set_rule(conn, rule, at_space(room.id)))

    await ledger.observe(room, recurring(window(9)))

    assert await asked(ledger, room) == []
    answer, comment = (await last_answers(ledger, room))[None]
    assert (answer, "It is taken by Ada" in comment) == ("declined", True)


async def test_where_dates_may_be_left_out_the_others_wait(ledger: Ledger) -> None:
    room = await ledger.room()
    await ledger.observe(room, meeting(window(9, day=7), subject="Board"))
    rules: list[dict[str, Any]] = [
        {"kind": "approval", "when": "always", "approvers": ["grace@example.org"]},
        {"kind": "series", "allowed": True, "on_conflict": "skip_conflicts"},
    ]
    for rule in rules:
        await granted(ledger, lambda conn, rule=rule: set_rule(conn, rule, at_space(room.id)))  # type: ignore[misc]
    series = recurring(window(9))

    await ledger.observe(room, series)

    [question] = await asked(ledger, room, "pending")
    assert list(question.asked.dates) == [each for n, each in enumerate(windows_of(series)) if n != 1]
    answers = {each: answer for each, (answer, _) in (await last_answers(ledger, room)).items()}
    assert answers == {None: "tentativelyAccepted", windows_of(series)[1].start.date().isoformat(): "declined"}


async def test_what_needs_approval_on_one_date_only_is_said_of_that_date(ledger: Ledger) -> None:
    room = await asking_room(ledger, when={"people_over": 3})
    series = on_dates(recurring(window(9)), only(2, attendees=GUESTS, is_exception=True))

    await ledger.observe(room, series)

    [question] = await asked(ledger, room, "pending")
    assert [each.kind for each in question.reasons] == ["on_date"]
    assert question.asked.people == 4
    assert len(question.asked.dates) == 4


async def test_later_dates_of_an_approved_series_need_no_other_approval(ledger: Ledger) -> None:
    room = await asking_room(ledger)
    until = window(0, day=15).start
    series = recurring(window(9), 2, until=until)
    shown, question = await waiting(ledger, room, series)
    await decide(ledger, question, "approve")
    later = again(answered(recurring(window(9), 3)), ical_uid=shown.ical_uid, event_id=shown.event_id)
    assert later.series is not None
    assert shown.series is not None
    same_pattern = later.series.model_copy(update={"recurrence": shown.series.recurrence})

    await ledger.observe(room, later.model_copy(update={"series": same_pattern}))

    assert await statuses(ledger, room) == ["confirmed"] * 3
    assert [each.state for each in await asked(ledger, room)] == ["approved"]


async def test_an_approved_meeting_that_is_shortened_stays_approved(ledger: Ledger) -> None:
    room = await asking_room(ledger)
    seen = meeting(window(9, 11))
    await ledger.observe(room, seen)
    [question] = await asked(ledger, room)
    await decide(ledger, question, "approve")
    await ledger.observe(room, again(seen, answer="accepted"))
    shorter = Window(start=seen.start, end=seen.end - HOUR)

    await ledger.observe(room, again(seen, end=shorter.end))

    assert await ledger.windows(room) == [shorter]
    assert await statuses(ledger, room) == ["confirmed"]


async def test_a_series_outside_opening_hours_may_be_left_to_an_administrator(ledger: Ledger) -> None:
    room = await ledger.room()
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    hours = {"kind": "opening_hours", "weekly": {day: [["10:00", "18:00"]] for day in days}}
    await granted(ledger, lambda conn: set_rule(conn, hours, at_space(room.id), "approve"))

    await ledger.observe(room, recurring(window(3)))

    [question] = await asked(ledger, room, "pending")
    plain = [each.why if isinstance(each, OnDate) else each for each in question.reasons]
    assert {each.rule.kind for each in plain if isinstance(each, BrokenRule)} == {"opening_hours"}
    assert await statuses(ledger, room) == ["pending"] * 4


async def test_a_series_that_is_over_before_it_was_decided_is_declined(ledger: Ledger) -> None:
    room = await asking_room(ledger)
    _, question = await waiting(ledger, room, recurring(window(9)))
    await ledger.admin.execute(
        "UPDATE reservations SET starts_at = starts_at - interval '1 year', ends_at = ends_at - interval '1 year' "
        "WHERE space_id = $1",
        room.id,
    )
    await ledger.admin.execute("UPDATE approvals SET due_at = clock_timestamp() WHERE id = $1", question.id)

    await granted(ledger, lambda conn: expire_question(conn, question.id, PATIENCE))

    assert await statuses(ledger, room) == ["declined"] * 4
    assert [each.state for each in await asked(ledger, room)] == ["expired"]


async def test_the_question_about_a_series_is_withdrawn_with_the_last_of_its_dates(ledger: Ledger) -> None:
    room = await asking_room(ledger)
    _, question = await waiting(ledger, room, recurring(window(9)))
    states: list[str] = []
    told: list[Message] = []

    for each in await ledger.reservations(room):
        told += await granted(ledger, lambda conn, each=each: cancel(conn, each["id"]))  # type: ignore[misc]
        states += [each.state for each in await asked(ledger, room)]

    assert states == ["pending", "pending", "pending", "withdrawn"]
    assert await statuses(ledger, room) == ["cancelled"] * 4
    [closed] = [each for each in told if isinstance(each, ApprovalDecided)]
    assert (closed.approval_id, closed.state) == (question.id, "withdrawn")


async def test_a_series_that_waits_and_is_renamed_has_its_new_title_on_every_date(ledger: Ledger) -> None:
    room = await asking_room(ledger)
    shown, question = await waiting(ledger, room, recurring(window(9)))

    await ledger.observe(room, renamed(shown, "Board"))

    assert [each["title"] for each in await ledger.reservations(room, "pending")] == ["Board"] * 4
    [same] = await asked(ledger, room, "pending")
    assert (same.id, same.version) == (question.id, question.version)
