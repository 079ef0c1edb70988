"""What becomes of the dates of a series, and of its rule, while a change of it waits for an administrator."""

from datetime import date, timedelta

from libs.contracts.values import Window
from services.policy.commands.questions import Ruled, decide_question
from services.policy.commands.reservations import ReservationRefused
from services.policy.commands.undecidable import AlreadyDecided
from tests.integration.policy.acting import ADMINISTRATOR, cancel
from tests.integration.policy.asking import granted, refused
from tests.integration.policy.changed_series import (
    HOUR,
    asked,
    changing,
    decide,
    need_approval,
    occupied,
    shifted,
)
from tests.integration.policy.changing_meetings import at, change
from tests.integration.policy.ledger import Ledger, again, answered, meeting, on_dates, recurring, window
from tests.integration.policy.patience import PATIENCE
from tests.integration.policy.rules import at_space, set_rule
from tests.integration.policy.series import booked, groups, windows_of, without


async def test_a_date_that_its_organizer_deletes_meanwhile_is_free_and_asked_for_no_more(ledger: Ledger) -> None:
    room, series, shown, question = await changing(ledger)
    left = on_dates(shown, without(1))

    await ledger.observe(room, left)

    [same] = await asked(ledger, room)
    assert (same.id, list(same.asked.dates)) == (question.id, windows_of(left))
    stays = [each for n, each in enumerate(windows_of(series)) if n != 1]
    assert await occupied(ledger, room) == {"reserved": stays, "asked": windows_of(left)}


async def test_a_date_that_an_administrator_cancels_meanwhile_is_not_booked_by_the_approval(ledger: Ledger) -> None:
    room, series, shown, question = await changing(ledger)
    second = (await ledger.reservations(room))[1]

    await granted(ledger, lambda conn: cancel(conn, second["id"]))

    [same] = await asked(ledger, room)
    left = [each for n, each in enumerate(windows_of(shown)) if n != 1]
    assert (same.id, list(same.asked.dates)) == (question.id, left)
    assert (await occupied(ledger, room))["asked"] == left
    await ledger.observe(room, on_dates(shown, without(1)))
    assert [(each.id, each.version) for each in await asked(ledger, room)] == [(same.id, same.version)]
    await decide(ledger, same, "approve")
    assert await ledger.windows(room) == left
    assert len(windows_of(series)) == 4


async def test_a_cancelled_date_leaves_its_time_held_where_another_date_asks_for_it(ledger: Ledger) -> None:
    room, series, shown, _ = await changing(ledger, timedelta(days=1), of=recurring(window(9), days=1))
    first, second, *_ = await ledger.reservations(room)
    assert first["original_date"] == date.fromisoformat(series.start.date().isoformat())

    await granted(ledger, lambda conn: cancel(conn, second["id"]))

    occupies = await occupied(ledger, room)
    assert windows_of(series)[1] not in occupies["reserved"]
    assert windows_of(shown)[3] in occupies["asked"]


async def test_with_the_last_date_that_is_asked_for_the_question_is_withdrawn(ledger: Ledger) -> None:
    room, _, _, question = await changing(ledger)

    for each in await ledger.reservations(room):
        await granted(ledger, lambda conn, each=each: cancel(conn, each["id"]))  # type: ignore[misc]

    assert [(each.id, each.state) for each in await asked(ledger, room, None)] == [(question.id, "withdrawn")]
    assert await occupied(ledger, room) == {}


async def test_of_two_who_decide_about_a_changed_series_the_second_is_told(ledger: Ledger) -> None:
    room, _, shown, question = await changing(ledger)
    await decide(ledger, question, "approve")

    error = await refused(
        ledger,
        AlreadyDecided,
        lambda conn: decide_question(
            conn, question.id, Ruled("reject"), expected_version=None, patience=PATIENCE, by=ADMINISTRATOR
        ),
    )

    assert "approved" in str(error)
    assert await ledger.windows(room) == windows_of(shown)


async def test_a_date_that_is_over_by_the_approval_stays_as_it_was(ledger: Ledger) -> None:
    room, series, shown, question = await changing(ledger)
    past = timedelta(days=-3)
    await ledger.admin.execute(
        "UPDATE reservations SET starts_at = starts_at + $2, ends_at = ends_at + $2 "
        "WHERE space_id = $1 AND original_date = $3",
        room.id,
        past,
        series.start.date(),
    )
    await ledger.admin.execute(
        "UPDATE approvals SET change = jsonb_set(change, '{dates,0,window}', $2) WHERE id = $1",
        question.id,
        Window(start=shown.start + past, end=shown.end + past).model_dump_json(),
    )

    await decide(ledger, question, "approve")

    assert (await ledger.windows(room))[0] == Window(start=series.start + past, end=series.end + past)
    assert (await ledger.windows(room))[1:] == windows_of(shown)[1:]


async def test_a_rule_that_is_switched_off_leaves_the_question_to_be_decided(ledger: Ledger) -> None:
    room, _, shown, question = await changing(ledger)
    await ledger.admin.execute("UPDATE policies SET effect = 'shadow'")

    await ledger.observe(room, shown)

    assert [each.id for each in await asked(ledger, room)] == [question.id]
    await decide(ledger, question, "approve")
    assert await ledger.windows(room) == windows_of(shown)
    await ledger.admin.execute("UPDATE policies SET effect = 'deny'")


async def test_where_dates_may_be_left_out_the_others_are_asked_about(ledger: Ledger) -> None:
    room = await ledger.room()
    series = await booked(ledger, room, recurring(window(9)))
    await ledger.observe(room, meeting(window(13, day=7), subject="Board"))
    await need_approval(ledger, room)
    rule = {"kind": "series", "allowed": True, "on_conflict": "skip_conflicts"}
    await granted(ledger, lambda conn: set_rule(conn, rule, at_space(room.id)))
    changed = shifted(series, 4 * HOUR)

    await ledger.observe(room, changed)
    await ledger.observe(room, answered(changed, "tentativelyAccepted"))
    before = len(await ledger.owed(room))
    await ledger.observe(room, answered(changed, "tentativelyAccepted"))

    assert len(await ledger.owed(room)) == before
    [question] = await asked(ledger, room)
    others = [each for n, each in enumerate(windows_of(changed)) if n != 1]
    assert list(question.asked.dates) == others
    await decide(ledger, question, "approve")
    stays = windows_of(series)[1]
    expected = sorted([*others, stays, window(13, day=7)], key=lambda each: each.start)
    assert await ledger.windows(room) == expected
    await ledger.observe(room, answered(changed))
    assert await ledger.windows(room) == expected


async def test_later_dates_of_the_series_that_is_asked_for_come_into_the_same_question(ledger: Ledger) -> None:
    until = window(0, day=15).start
    room, series, shown, question = await changing(ledger, of=recurring(window(9), 2, until=until))
    longer = shifted(again(recurring(window(9), 3, until=window(0, day=22).start)), 4 * HOUR)
    later = answered(again(longer, ical_uid=shown.ical_uid, event_id=shown.event_id), "tentativelyAccepted")

    await ledger.observe(room, later)

    [same] = await asked(ledger, room)
    assert (same.id, list(same.asked.dates)) == (question.id, windows_of(later))
    assert (await occupied(ledger, room))["asked"] == windows_of(later)
    await decide(ledger, same, "approve")
    assert await ledger.windows(room) == windows_of(later)
    assert await groups(ledger, room) == [("confirmed", window(0, day=22).start)]
    assert len(windows_of(series)) == 2


async def test_the_time_of_a_date_cannot_be_changed_by_the_back_office_while_a_change_of_its_series_waits(
    ledger: Ledger,
) -> None:
    room, series, _, question = await changing(ledger)
    second = (await ledger.reservations(room))[1]

    result = await change(ledger, second["id"], at(window(17, day=7)))

    assert isinstance(result, ReservationRefused)
    assert [(each.rule, each.actual) for each in result.reasons] == [("time_not_changeable", "awaits_approval")]
    assert await ledger.windows(room) == windows_of(series)
    assert [each.id for each in await asked(ledger, room)] == [question.id]
