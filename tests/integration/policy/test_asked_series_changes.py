"""A change of a booked series waits for an administrator as one question, and holds all its dates, old and new."""

from datetime import timedelta

from libs.contracts.intents import AnswerMeeting, DropHold
from libs.contracts.messages import IntentIssued, LookRequested
from services.policy.commands.approvals import read_approval
from services.policy.commands.questions import expire_question
from tests.integration.policy.asking import granted
from tests.integration.policy.changed_series import (
    GUESTS,
    HOUR,
    asked,
    changing,
    decide,
    held,
    need_approval,
    occupied,
    shifted,
)
from tests.integration.policy.ledger import Ledger, again, answered, meeting, recurring, window
from tests.integration.policy.patience import PATIENCE
from tests.integration.policy.series import booked, last_answers, renamed, windows_of


async def test_a_changed_series_keeps_its_dates_and_waits_with_the_new_ones_in_one_question(ledger: Ledger) -> None:
    room, series, shown, question = await changing(ledger, before_start_minutes=60)

    assert await ledger.windows(room) == windows_of(series)
    assert (await occupied(ledger, room)) == {"reserved": windows_of(series), "asked": windows_of(shown)}
    assert await held(ledger, room) == windows_of(series)
    answer, comment = (await last_answers(ledger, room))[None]
    assert answer == "tentativelyAccepted"
    assert "Your change of this recurring meeting, to 4 dates of which the first is" in comment
    assert "waits for the approval of an administrator, until" in comment
    assert list(question.asked.dates) == windows_of(shown)
    assert question.change is not None
    assert list(question.change.booked) == windows_of(series)
    assert question.deadline_at == window(9).start - HOUR
    async with ledger.pool.acquire() as conn:
        told = await read_approval(conn, question.id)
    assert told.booked is not None
    assert (told.booked.start, told.booked.dates) == (series.start, 4)
    assert (told.asked.start, told.asked.dates) == (shown.start, 4)


async def test_both_times_of_a_changed_series_are_taken_for_others(ledger: Ledger) -> None:
    room, *_ = await changing(ledger)

    for start in (9, 13):
        other = meeting(window(start + 0.5, day=7), subject="Board")
        await ledger.observe(room, other)
        wanted = await ledger.pool.fetchval(
            "SELECT wanted ->> 'answer' FROM intents WHERE key_ical_uid = $1", other.ical_uid
        )
        assert wanted == "declined"


async def test_seen_again_a_change_that_waits_decides_nothing_and_tells_nobody(ledger: Ledger) -> None:
    room, _, shown, question = await changing(ledger)
    before = len(await ledger.owed(room))

    await ledger.observe(room, shown)
    await ledger.observe(room, shown)

    assert len(await ledger.owed(room)) == before
    assert [(each.id, each.version) for each in await asked(ledger, room)] == [(question.id, question.version)]


async def test_an_approved_change_is_booked_on_all_dates_and_the_old_times_are_free(ledger: Ledger) -> None:
    room, _, shown, question = await changing(ledger)

    messages = await decide(ledger, question, "approve")

    assert await ledger.windows(room) == windows_of(shown)
    assert await occupied(ledger, room) == {"reserved": windows_of(shown)}
    intents = [each.intent for each in messages if isinstance(each, IntentIssued)]
    [answer] = [each for each in intents if isinstance(each, AnswerMeeting)]
    assert (answer.answer, "An administrator approved this booking. Because" in answer.comment) == ("accepted", True)
    assert len([each for each in intents if isinstance(each, DropHold)]) == 4
    before = len(await ledger.owed(room))
    accepted = answered(shown)
    await ledger.observe(room, accepted)
    await ledger.observe(room, accepted)
    assert await ledger.windows(room) == windows_of(shown)
    assert [each.state for each in await asked(ledger, room, None)] == ["approved"]
    assert len(await ledger.owed(room)) == before


async def test_a_change_to_other_days_gets_reservations_for_them(ledger: Ledger) -> None:
    room, series, shown, question = await changing(ledger, timedelta(days=1))
    old = {each["id"] for each in await ledger.reservations(room)}

    messages = await decide(ledger, question, "approve")

    now = await ledger.reservations(room)
    assert [(each["starts_at"], each["original_date"]) for each in now] == [
        (each.start, each.start.date()) for each in windows_of(shown)
    ]
    assert not old & {each["id"] for each in now}
    ended = await ledger.reservations(room, "cancelled")
    assert [each["starts_at"] for each in ended] == [each.start for each in windows_of(series)]
    intents = [each.intent for each in messages if isinstance(each, IntentIssued)]
    dropped = {each.reservation_id for each in intents if isinstance(each, DropHold)}
    assert dropped == {each["id"] for each in ended}
    await ledger.observe(room, answered(shown))
    assert await ledger.windows(room) == windows_of(shown)


async def test_a_series_that_is_moved_over_itself_holds_what_it_does_not_have(ledger: Ledger) -> None:
    room, series, shown, question = await changing(ledger, timedelta(days=1), of=recurring(window(9), days=1))

    assert (await occupied(ledger, room)) == {"reserved": windows_of(series), "asked": windows_of(shown)[3:]}

    await decide(ledger, question, "approve")

    assert await ledger.windows(room) == windows_of(shown)
    assert await occupied(ledger, room) == {"reserved": windows_of(shown)}


async def test_a_rejected_change_is_refused_like_any_other_and_the_series_stays(ledger: Ledger) -> None:
    room, series, shown, question = await changing(ledger)

    messages = await decide(ledger, question, "reject")

    assert [each.about for each in messages if isinstance(each, LookRequested)] == [shown.ical_uid]
    assert await occupied(ledger, room) == {"reserved": windows_of(series)}
    await ledger.observe(room, shown)
    await ledger.observe(room, shown)
    assert await ledger.windows(room) == windows_of(series)
    assert await held(ledger, room) == windows_of(series)
    answer, comment = (await last_answers(ledger, room))[None]
    assert answer == "tentativelyAccepted"
    assert "An administrator did not approve this booking. Because." in comment
    assert await asked(ledger, room) == []
    assert all(each["refused_request"] is not None for each in await ledger.reservations(room))


async def test_where_set_so_a_rejected_change_is_declined_and_the_series_stays(ledger: Ledger) -> None:
    room = await ledger.declining_room()
    series = await booked(ledger, room, recurring(window(9)))
    await need_approval(ledger, room)
    changed = shifted(series, 4 * HOUR)
    await ledger.observe(room, changed)
    [question] = await asked(ledger, room)

    await decide(ledger, question, "reject")
    await ledger.observe(room, answered(changed, "tentativelyAccepted"))

    assert (await last_answers(ledger, room))[None][0] == "declined"
    assert await ledger.windows(room) == windows_of(series)
    assert await held(ledger, room) == windows_of(series)


async def test_at_its_deadline_a_change_of_a_series_is_refused(ledger: Ledger) -> None:
    room, series, shown, question = await changing(ledger, deadline_minutes=60)
    await ledger.admin.execute(
        "UPDATE approvals SET due_at = clock_timestamp(), deadline_at = clock_timestamp() WHERE id = $1", question.id
    )

    await granted(ledger, lambda conn: expire_question(conn, question.id, PATIENCE))
    await ledger.observe(room, shown)

    assert [each.state for each in await asked(ledger, room, None)] == ["expired"]
    assert await ledger.windows(room) == windows_of(series)
    assert await occupied(ledger, room) == {"reserved": windows_of(series)}


async def test_at_its_deadline_a_change_of_a_series_may_be_approved(ledger: Ledger) -> None:
    room, _, shown, question = await changing(ledger, deadline_minutes=60, at_deadline="approve")
    await ledger.admin.execute("UPDATE approvals SET due_at = clock_timestamp() WHERE id = $1", question.id)

    await granted(ledger, lambda conn: expire_question(conn, question.id, PATIENCE))

    assert await ledger.windows(room) == windows_of(shown)


async def test_a_series_that_goes_back_withdraws_its_question(ledger: Ledger) -> None:
    room, series, _, _ = await changing(ledger)

    await ledger.observe(room, answered(series, "notResponded"))

    assert [each.state for each in await asked(ledger, room, None)] == ["withdrawn"]
    assert await occupied(ledger, room) == {"reserved": windows_of(series)}
    assert (await last_answers(ledger, room))[None][0] == "accepted"
    assert await held(ledger, room) == []


async def test_a_changed_series_that_is_cancelled_frees_all_and_withdraws_its_question(ledger: Ledger) -> None:
    room, _, shown, _ = await changing(ledger)

    await ledger.observe(room, again(shown, is_cancelled=True))

    assert [each.state for each in await asked(ledger, room, None)] == ["withdrawn"]
    assert await occupied(ledger, room) == {}


async def test_a_changed_series_that_is_gone_frees_all_and_withdraws_its_question(ledger: Ledger) -> None:
    room, _, shown, _ = await changing(ledger)

    await ledger.observe(room, None, shown.ical_uid)

    assert [each.state for each in await asked(ledger, room, None)] == ["withdrawn"]
    assert await occupied(ledger, room) == {}


async def test_a_series_that_becomes_a_single_meeting_leaves_nothing_of_its_change(ledger: Ledger) -> None:
    room, _, shown, question = await changing(ledger)

    await ledger.observe(room, again(shown, is_series=False, series=None, answer="notResponded"))

    states = {each.id: (each.state, each.group_id) for each in await asked(ledger, room, None)}
    assert states.pop(question.id) == ("withdrawn", question.group_id)
    assert list(states.values()) == [("pending", None)]
    assert await ledger.windows(room) == [shown.window]


async def test_a_change_that_asks_for_other_times_is_asked_about_anew(ledger: Ledger) -> None:
    room, series, shown, question = await changing(ledger)
    otherwise = shifted(shown, 3 * HOUR)

    await ledger.observe(room, otherwise)

    states = {each.id: each for each in await asked(ledger, room, None)}
    assert states.pop(question.id).state == "superseded"
    [anew] = states.values()
    assert (anew.state, list(anew.asked.dates), anew.asked_at) == ("pending", windows_of(otherwise), question.asked_at)
    assert await occupied(ledger, room) == {"reserved": windows_of(series), "asked": windows_of(otherwise)}
    await decide(ledger, anew, "approve")
    assert await ledger.windows(room) == windows_of(otherwise)


async def test_a_change_that_asks_for_less_keeps_its_question(ledger: Ledger) -> None:
    room = await ledger.room()
    series = await booked(ledger, room, recurring(window(9)))
    await need_approval(ledger, room)
    await ledger.observe(room, shifted(series, 4 * HOUR, longer=HOUR))
    [question] = await asked(ledger, room)
    less = shifted(series, 4 * HOUR)

    await ledger.observe(room, less)

    [same] = await asked(ledger, room)
    assert (same.id, list(same.asked.dates)) == (question.id, windows_of(less))
    assert await occupied(ledger, room) == {"reserved": windows_of(series), "asked": windows_of(less)}
    await decide(ledger, same, "approve")
    assert await ledger.windows(room) == windows_of(less)


async def test_a_change_that_becomes_one_that_is_refused_leaves_nothing_to_decide(ledger: Ledger) -> None:
    room, series, shown, _ = await changing(ledger)
    await ledger.observe(room, meeting(window(20, day=14), subject="Board"))
    await decide(ledger, next(each for each in await asked(ledger, room) if each.group_id is None), "approve")

    await ledger.observe(room, shifted(shown, 7 * HOUR))

    assert await asked(ledger, room) == []
    assert await ledger.windows(room) == sorted([*windows_of(series), window(20, day=14)], key=lambda each: each.start)
    assert "asked" not in await occupied(ledger, room)


async def test_more_people_and_more_dates_are_asked_about_while_the_booked_ones_stay(ledger: Ledger) -> None:
    room = await ledger.room()
    series = await booked(ledger, room, recurring(window(9)))
    await need_approval(ledger, room)
    more = answered(recurring(window(9), 6), "notResponded")
    extended = again(more, ical_uid=series.ical_uid, event_id=series.event_id, attendees=GUESTS)

    await ledger.observe(room, extended)

    [question] = await asked(ledger, room)
    assert (len(question.asked.dates), question.asked.people) == (6, 4)
    assert await ledger.windows(room) == windows_of(series)
    assert (await occupied(ledger, room))["asked"] == windows_of(extended)[4:]
    await decide(ledger, question, "approve")
    now = await ledger.reservations(room)
    assert [each["attendee_count"] for each in now] == [4] * 6
    await ledger.observe(room, answered(extended))
    assert len(await ledger.reservations(room)) == 6
    assert [each.state for each in await asked(ledger, room, None)] == ["approved"]


async def test_what_an_approval_covers_needs_no_other_for_the_series(ledger: Ledger) -> None:
    room, series, shown, question = await changing(ledger)
    await decide(ledger, question, "approve")
    accepted = answered(shown)
    await ledger.observe(room, accepted)

    await ledger.observe(room, shifted(accepted, timedelta(), longer=-HOUR / 2))

    assert await asked(ledger, room) == []
    assert [each.end - each.start for each in await ledger.windows(room)] == [HOUR / 2] * len(windows_of(series))


async def test_a_series_that_is_renamed_while_its_change_waits_keeps_its_times_under_the_new_title(
    ledger: Ledger,
) -> None:
    room, series, shown, question = await changing(ledger)

    await ledger.observe(room, renamed(shown, "Board"))

    assert {each["title"] for each in await ledger.reservations(room)} == {"Board"}
    assert await ledger.windows(room) == windows_of(series)
    assert [(each.id, each.version) for each in await asked(ledger, room)] == [(question.id, question.version)]


async def test_a_series_that_is_renamed_after_its_change_was_rejected_has_the_new_title(ledger: Ledger) -> None:
    room, series, shown, question = await changing(ledger)
    await decide(ledger, question, "reject")
    await ledger.observe(room, shown)

    await ledger.observe(room, renamed(shown, "Board"))

    assert {each["title"] for each in await ledger.reservations(room)} == {"Board"}
    assert await ledger.windows(room) == windows_of(series)
