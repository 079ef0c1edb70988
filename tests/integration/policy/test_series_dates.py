"""Single dates of a recurring meeting that is booked: each is followed by itself, and the others are untouched."""

from datetime import timedelta
from uuid import UUID

from libs.contracts.intents import DropHold, KeepHold
from libs.contracts.keys import MeetingKey, ReservationKey
from libs.contracts.values import Answer, Attendee
from services.policy.commands.reservations import CancellationRequest, cancel_reservation
from services.policy.loops.look_loop import LookLoop
from services.policy.loops.roll_forward import ROLL_FORWARD
from tests.integration.policy.acting import ADMINISTRATOR
from tests.integration.policy.asking import granted
from tests.integration.policy.ledger import Ledger, answered, meeting, on_dates, recurring, window
from tests.integration.policy.patience import PATIENCE
from tests.integration.policy.series import booked, groups, last_answers, moved, only, windows_of, without

GUESTS = tuple(Attendee(address=f"guest-{number}@example.org") for number in range(30))


async def test_a_date_that_is_gone_is_free_and_the_others_are_untouched(ledger: Ledger) -> None:
    room = await ledger.room()
    shown = await booked(ledger, room, recurring(window(9), 10))

    await ledger.observe(room, on_dates(shown, without(3)))

    assert await ledger.windows(room) == [each for n, each in enumerate(windows_of(shown)) if n != 3]
    assert await ledger.told(room) == ["reservation.confirmed.v1"] * 10 + ["reservation.cancelled.v1"]


async def test_nothing_is_expected_any_more_of_a_date_that_was_moved_and_then_deleted(ledger: Ledger) -> None:
    room = await ledger.room()
    shown = await booked(ledger, room, recurring(window(9)))
    edited, day = on_dates(shown, moved(1, timedelta(hours=3))), window(9, day=7).start.date()
    await ledger.observe(room, edited)
    await ledger.settle(MeetingKey(room.id, shown.ical_uid, day), has_written=False)
    settled = on_dates(edited, only(1, answer=Answer.ACCEPTED))
    await ledger.observe(room, settled)

    await ledger.observe(room, on_dates(settled, without(1)))

    expected = await ledger.pool.fetch(
        "SELECT starts_at FROM expectations_v1 WHERE space_id = $1 AND key_original_date IS NOT NULL", room.id
    )
    left = [each.start for number, each in enumerate(windows_of(shown)) if number != 1]
    assert sorted(each["starts_at"] for each in expected) == left


async def test_only_the_date_that_is_moved_moves_and_it_is_answered_by_itself(ledger: Ledger) -> None:
    room = await ledger.room()
    shown = await booked(ledger, room, recurring(window(9)))
    edited = on_dates(shown, moved(1, timedelta(hours=3)))

    await ledger.observe(room, edited)

    assert await ledger.windows(room) == windows_of(edited)
    answers = await last_answers(ledger, room)
    assert answers[window(9, day=7).start.date().isoformat()][0] == "accepted"
    settled = on_dates(edited, only(1, answer=Answer.ACCEPTED))
    before = len(await ledger.owed(room))
    await ledger.observe(room, settled)
    assert (await ledger.windows(room), len(await ledger.owed(room))) == (windows_of(edited), before)


async def test_a_date_that_is_moved_onto_another_booking_keeps_its_time(ledger: Ledger) -> None:
    room = await ledger.room()
    shown = await booked(ledger, room, recurring(window(9)))
    await ledger.observe(room, meeting(window(12, day=7), subject="Board"))

    await ledger.observe(room, on_dates(shown, moved(1, timedelta(hours=3))))

    assert await ledger.windows(room) == sorted([*windows_of(shown), window(12, day=7)], key=lambda at: at.start)
    answer, comment = (await last_answers(ledger, room))[window(9, day=7).start.date().isoformat()]
    assert answer == "tentativelyAccepted"
    assert "It is taken by Ada" in comment


async def test_the_hold_of_a_date_goes_once_another_time_of_it_is_shown_as_accepted(ledger: Ledger) -> None:
    room = await ledger.room()
    shown = await booked(ledger, room, recurring(window(9)))
    await ledger.observe(room, meeting(window(12, day=7), subject="Board"))
    await ledger.observe(room, on_dates(shown, moved(1, timedelta(hours=3))))
    kept = [each["id"] for each in await ledger.reservations(room) if each["starts_at"] == window(9, day=7).start]
    hold = ReservationKey(room.id, kept[0])
    assert isinstance(await ledger.wanted(hold), KeepHold)

    free = on_dates(shown, moved(1, timedelta(hours=5)))
    await ledger.observe(room, free)
    assert isinstance(await ledger.wanted(hold), KeepHold)
    await ledger.observe(room, on_dates(free, only(1, answer=Answer.ACCEPTED)))

    assert isinstance(await ledger.wanted(hold), DropHold)


async def test_guests_of_one_date_that_do_not_fit_are_refused_on_that_date_only(ledger: Ledger) -> None:
    room = await ledger.room()
    shown = await booked(ledger, room, recurring(window(9)))

    await ledger.observe(room, on_dates(shown, only(2, attendees=GUESTS, answer=Answer.NOT_RESPONDED)))

    assert await ledger.windows(room) == windows_of(shown)
    answers = await last_answers(ledger, room)
    day = window(9, day=14).start.date().isoformat()
    assert {each: answer for each, (answer, _) in answers.items()} == {None: "accepted", day: "tentativelyAccepted"}


async def test_dates_beyond_the_listing_are_left_alone(ledger: Ledger) -> None:
    room = await ledger.room()
    shown = await booked(ledger, room, recurring(window(9), 4))
    assert shown.series is not None
    cut = shown.series.model_copy(
        update={"occurrences": shown.series.occurrences[:2], "listed_until": windows_of(shown)[2].start}
    )

    await ledger.observe(room, shown.model_copy(update={"series": cut}))

    assert await ledger.windows(room) == windows_of(shown)


async def test_a_date_that_an_administrator_cancels_is_declined_by_itself(ledger: Ledger) -> None:
    room = await ledger.room()
    shown = await booked(ledger, room, recurring(window(9)))
    second = (await ledger.reservations(room))[1]

    await granted(
        ledger,
        lambda conn: cancel_reservation(
            conn,
            second["id"],
            wanted=CancellationRequest("A pipe burst"),
            expected_version=None,
            patience=PATIENCE,
            by=ADMINISTRATOR,
        ),
    )
    await ledger.observe(room, shown)

    assert await ledger.windows(room) == [each for n, each in enumerate(windows_of(shown)) if n != 1]
    rows = await ledger.pool.fetch(
        "SELECT wanted ->> 'answer' AS answer FROM intents WHERE space_id = $1 AND key_original_date = $2",
        room.id,
        window(9, day=7).start.date(),
    )
    assert [row["answer"] for row in rows] == ["declined"]


async def test_later_dates_are_added_as_time_passes_and_one_that_conflicts_is_declined(ledger: Ledger) -> None:
    room, ends = await ledger.room(), window(0, day=28).start
    shown = await booked(ledger, room, recurring(window(9), 4, until=ends))
    assert await groups(ledger, room) == [("confirmed", ends)]
    await ledger.observe(room, meeting(window(9, day=28), subject="Board"))
    later = answered(recurring(window(9), 6, until=ends + timedelta(days=14)))
    later = later.model_copy(update={"event_id": shown.event_id, "ical_uid": shown.ical_uid})

    await ledger.observe(room, later)

    expected = [*windows_of(shown), window(9, day=28), windows_of(later)[5]]
    assert await ledger.windows(room) == expected
    assert await groups(ledger, room) == [("confirmed", ends + timedelta(days=14))]
    answers = await last_answers(ledger, room)
    day = window(9, day=28).start.date().isoformat()
    assert {each: answer for each, (answer, _) in answers.items()} == {None: "accepted", day: "declined"}


async def test_a_series_that_goes_on_is_looked_at_again_once_a_day(ledger: Ledger) -> None:
    room, whole = await ledger.room(), await ledger.room()
    series = recurring(window(9), 4, until=window(0, day=28).start)
    await ledger.observe(room, series)
    await ledger.observe(whole, recurring(window(9)))
    day = timedelta(days=1)
    await ledger.admin.execute("UPDATE policy.reservation_groups SET rolled_at = rolled_at - $1::interval", day)

    for _ in range(2):
        await LookLoop(ledger.pool, ledger.codec, ROLL_FORWARD).once()

    looks = [each["about"] for each in await ledger.owed(room) if each["type"].startswith("look.requested")]
    assert looks == [series.ical_uid]
    assert not [each for each in await ledger.owed(whole) if each["type"].startswith("look.requested")]


async def test_every_date_is_named_by_its_own_id(ledger: Ledger) -> None:
    room = await ledger.room()
    await ledger.observe(room, recurring(window(9), 12))

    ids = {row["id"] for row in await ledger.reservations(room)}

    assert len(ids) == 12
    assert all(isinstance(each, UUID) for each in ids)
