"""Several ask for the same time, all of them wait without holding it, and an administrator picks one."""

from libs.common.db import Connection
from libs.contracts.intents import AnswerMeeting
from libs.contracts.keys import MeetingKey, ReservationKey
from libs.contracts.messages import IntentIssued, LookRequested
from libs.contracts.values import Outcome
from services.policy.commands.questions import expire_question
from services.policy.commands.reservations import (
    CancellationRequest,
    ReservationChange,
    ReservationRequest,
    Reserved,
    cancel_reservation,
    change_reservation,
    check_reservation,
)
from services.policy.commands.undecidable import AlreadyDecided, AskedTimeIsTaken
from services.policy.core.explanations import SlotTaken
from tests.integration.policy.acting import ADMINISTRATOR, CATERING
from tests.integration.policy.answering import accepted, answer_to
from tests.integration.policy.asking import granted, refused
from tests.integration.policy.competing import (
    ask,
    asked,
    contested,
    decide,
    deciding,
    is_free,
    need_approval,
    reserve,
    state_of,
    statuses,
    wanted_of,
)
from tests.integration.policy.ledger import Ledger, again, meeting, recurring, window
from tests.integration.policy.patience import PATIENCE


async def test_all_who_ask_for_the_same_time_wait_and_nobody_holds_it(ledger: Ledger) -> None:
    room = await contested(ledger)

    first, one = await ask(ledger, room, window(9), "Ada")
    second, two = await ask(ledger, room, window(9.5), "Ben")

    assert await statuses(ledger, room) == ["pending", "pending"]
    for seen in (first, second):
        answer = await answer_to(ledger, room, seen)
        assert answer.answer == "tentativelyAccepted"
        assert "The room is not held meanwhile: others may ask for the same time" in (answer.comment or "")
    assert await is_free(ledger, room, window(9, 10.5))
    [one, two] = await asked(ledger, room)
    assert (one.rivals, two.rivals) == ((two.reservation_id,), (one.reservation_id,))
    wish = ReservationRequest(space_id=room.id, start=window(9).start, end=window(9).end, title="Board")
    async with ledger.pool.acquire() as conn:
        assert (await check_reservation(conn, wish, by=CATERING)).outcome is Outcome.TENTATIVE


async def test_the_one_that_is_approved_is_booked_and_its_rivals_are_declined_with_alternatives(ledger: Ledger) -> None:
    room = await contested(ledger)
    await ledger.room(name="Annex", capacity=1)
    winner, one = await ask(ledger, room, window(9), "Ada")
    loser, two = await ask(ledger, room, window(9.5), "Ben")
    _, three = await ask(ledger, room, window(11), "Cleo")

    messages = await decide(ledger, one)

    assert await ledger.windows(room) == [window(9), window(11)]
    assert await statuses(ledger, room) == ["confirmed", "declined", "pending"]
    won, answer = wanted_of(messages, MeetingKey(room.id, winner.ical_uid), MeetingKey(room.id, loser.ical_uid))
    assert isinstance(won, AnswerMeeting)
    assert isinstance(answer, AnswerMeeting)
    assert (won.answer, answer.answer) == ("accepted", "declined")
    assert "It is taken by Ada" in (answer.comment or "")
    assert "The next free time of this room is" in (answer.comment or "")
    assert "Free at that time: Annex" in (answer.comment or "")
    assert [await state_of(ledger, each) for each in (one, two, three)] == ["approved", "superseded", "pending"]
    types = [each.type for each in messages if each.type.startswith(("reservation.", "approval."))]
    assert types == [
        "reservation.confirmed.v1",
        "approval.decided.v1",
        "reservation.declined.v1",
        "approval.decided.v1",
    ]
    [declined] = await ledger.reservations(room, "declined")
    audit = (await ledger.audit(room, declined["id"]))[-1]
    assert (audit["outcome"], audit["reasons"][0]["kind"], audit["actor_subject"]) == (
        "decline",
        SlotTaken.model_fields["kind"].default,
        ADMINISTRATOR.subject,
    )


async def test_what_is_rejected_leaves_its_rivals_to_wait(ledger: Ledger) -> None:
    room = await contested(ledger)
    _, one = await ask(ledger, room, window(9), "Ada")
    _, two = await ask(ledger, room, window(9), "Ben")

    await decide(ledger, one, "reject")

    assert [await state_of(ledger, each) for each in (one, two)] == ["rejected", "pending"]
    [two] = await asked(ledger, room)
    assert two.rivals == ()


async def test_halls_and_halves_compete_through_their_parts(ledger: Ledger) -> None:
    left, right = await contested(ledger), await contested(ledger)
    hall = await contested(ledger, parts=[left, right])
    _, half = await ask(ledger, left, window(9), "Ada")
    _, other = await ask(ledger, right, window(9), "Ben")
    _, whole = await ask(ledger, hall, window(9), "Cleo")
    [whole] = await asked(ledger, hall)
    assert set(whole.rivals) == {half.reservation_id, other.reservation_id}

    await decide(ledger, half)

    assert await state_of(ledger, whole) == "superseded"
    assert await state_of(ledger, other) == "pending"
    await decide(ledger, other)
    assert (await ledger.windows(left), await ledger.windows(right), await ledger.windows(hall)) == (
        [window(9)],
        [window(9)],
        [],
    )


async def test_set_up_and_clean_down_count_among_rivals(ledger: Ledger) -> None:
    room = await contested(ledger, setup_minutes=15, cleanup_minutes=15)
    _, one = await ask(ledger, room, window(9), "Ada")
    _, close = await ask(ledger, room, window(10.25), "Ben")
    _, apart = await ask(ledger, room, window(10.5), "Cleo")

    await decide(ledger, one)

    assert [await state_of(ledger, each) for each in (close, apart)] == ["superseded", "pending"]


async def test_a_booking_that_needs_no_approval_takes_the_time_and_those_who_compete_are_declined(
    ledger: Ledger,
) -> None:
    room = await contested(ledger)
    seen, question = await ask(ledger, room, window(9))

    made = await reserve(ledger, room, window(9), override_reason="Open day")

    assert isinstance(made, Reserved)
    assert made.reservation.status == "confirmed"
    assert await ledger.windows(room) == [window(9)]
    assert await state_of(ledger, question) == "superseded"
    [answer] = wanted_of(made.messages, MeetingKey(room.id, seen.ical_uid))
    assert isinstance(answer, AnswerMeeting)
    assert answer.answer == "declined"
    late = await refused(ledger, AlreadyDecided, lambda conn: deciding(conn, question))
    assert late.state == "superseded"


async def test_what_is_put_on_the_rooms_own_calendar_has_its_time_before_all_who_compete(ledger: Ledger) -> None:
    room = await contested(ledger)
    _, question = await ask(ledger, room, window(9))

    await ledger.observe(room, meeting(window(9), is_room_owned=True, answer="organizer"))

    assert await state_of(ledger, question) == "superseded"
    assert await statuses(ledger, room) == ["confirmed", "declined"]


async def test_a_series_holds_its_dates_and_has_those_who_compete_declined_once_it_is_booked(ledger: Ledger) -> None:
    room = await contested(ledger)
    _, question = await ask(ledger, room, window(9))
    await ledger.observe(room, recurring(window(9), 2))
    [series] = [each for each in await asked(ledger, room) if each.group_id is not None]
    assert series.rivals == (question.reservation_id,)
    assert not await is_free(ledger, room, window(9))

    await decide(ledger, series)

    assert await state_of(ledger, question) == "superseded"
    assert await statuses(ledger, room) == ["confirmed", "confirmed", "declined"]


async def test_what_competes_cannot_be_approved_while_another_holds_its_time(ledger: Ledger) -> None:
    room = await contested(ledger)
    _, question = await ask(ledger, room, window(9))
    await ledger.observe(room, recurring(window(9), 2))

    error = await refused(ledger, AskedTimeIsTaken, lambda conn: deciding(conn, question))

    assert [each.rule for each in error.reasons] == ["availability"]
    assert await state_of(ledger, question) == "pending"
    [series] = [each for each in await asked(ledger, room) if each.group_id is not None]
    await decide(ledger, series, "reject")
    await decide(ledger, question)
    assert await ledger.windows(room) == [window(9)]


async def test_at_the_deadline_the_first_is_approved_and_the_others_are_declined(ledger: Ledger) -> None:
    room = await ledger.room()
    await need_approval(ledger, room, deadline_minutes=60, at_deadline="approve")
    _, one = await ask(ledger, room, window(9), "Ada")
    _, two = await ask(ledger, room, window(9), "Ben")
    await ledger.admin.execute("UPDATE approvals SET due_at = now() WHERE id = ANY($1)", [one.id, two.id])

    await granted(ledger, lambda conn: expire_question(conn, one.id, PATIENCE))
    await granted(ledger, lambda conn: expire_question(conn, two.id, PATIENCE))

    assert [await state_of(ledger, each) for each in (one, two)] == ["expired", "superseded"]
    assert await statuses(ledger, room) == ["confirmed", "declined"]


async def test_what_would_be_approved_at_its_deadline_gives_way_to_what_holds_its_time(ledger: Ledger) -> None:
    room = await ledger.room()
    await need_approval(ledger, room, deadline_minutes=60, at_deadline="approve")
    _, question = await ask(ledger, room, window(9))
    await ledger.observe(room, recurring(window(9), 2))
    await ledger.admin.execute("UPDATE approvals SET due_at = now() WHERE id = $1", question.id)

    await granted(ledger, lambda conn: expire_question(conn, question.id, PATIENCE))

    assert await state_of(ledger, question) == "superseded"
    assert await statuses(ledger, room) == ["declined", "pending", "pending"]


async def test_a_meeting_that_moves_on_competes_where_it_is_now(ledger: Ledger) -> None:
    room = await contested(ledger)
    moving, one = await ask(ledger, room, window(9), "Ada")
    _, two = await ask(ledger, room, window(9), "Ben")
    await ledger.observe(room, again(moving, start=window(14).start, end=window(14).end))

    await decide(ledger, two)

    [anew] = await asked(ledger, room)
    assert (anew.reservation_id, anew.asked.window) == (one.reservation_id, window(14))
    assert await state_of(ledger, one) == "superseded"


async def test_what_the_back_office_asks_for_competes_without_a_hold_until_it_is_approved(ledger: Ledger) -> None:
    room = await contested(ledger)
    made = [await reserve(ledger, room, window(9)) for _ in range(2)]
    assert [each.reservation.status for each in made] == ["pending", "pending"]
    assert [each for one in made for each in one.messages if isinstance(each, IntentIssued)] == []
    [one, _] = await asked(ledger, room)

    messages = await decide(ledger, one)

    [shown] = [each for each in messages if isinstance(each, IntentIssued)]
    assert (shown.key, shown.intent.want) == (ReservationKey(room.id, one.reservation_id or room.id), "hold")
    assert await statuses(ledger, room) == ["confirmed", "declined"]


async def test_a_cancelled_or_changed_request_of_the_back_office_competes_no_longer(ledger: Ledger) -> None:
    room = await contested(ledger)
    gone, moved, left = [(await reserve(ledger, room, window(9))).reservation for _ in range(3)]

    async def cancelling(conn: Connection) -> object:
        return await cancel_reservation(
            conn, gone.id, wanted=CancellationRequest(), expected_version=None, patience=PATIENCE, by=ADMINISTRATOR
        )

    async def moving(conn: Connection) -> object:
        change = ReservationChange(start=window(14).start, end=window(14).end, title="Council")
        return await change_reservation(
            conn, moved.id, change, expected_version=None, patience=PATIENCE, by=ADMINISTRATOR
        )

    await granted(ledger, cancelling)
    await granted(ledger, moving)

    rivals = {each.reservation_id: each.rivals for each in await asked(ledger, room)}
    assert rivals == {moved.id: (), left.id: ()}


async def test_a_change_of_what_is_booked_competes_too_and_the_booking_stays_if_another_gets_the_time(
    ledger: Ledger,
) -> None:
    room = await ledger.room()
    seen, _ = await accepted(ledger, room, 9)
    await need_approval(ledger, room)
    changed = again(seen, start=window(14).start, end=window(14).end, answer="notResponded")
    await ledger.observe(room, changed)
    [change] = await asked(ledger, room)
    _, rival = await ask(ledger, room, window(14), "Ben")

    messages = await decide(ledger, rival)

    assert [each.about for each in messages if isinstance(each, LookRequested)] == [seen.ical_uid]
    assert await state_of(ledger, change) == "superseded"
    assert await ledger.windows(room) == [window(9), window(14)]
    await ledger.observe(room, again(changed, answer="tentativelyAccepted"))
    answer = await answer_to(ledger, room, changed)
    assert (answer.answer, answer.proposed) == ("tentativelyAccepted", window(9))
    assert "It is taken by Ben" in (answer.comment or "")


async def test_a_change_that_competes_and_is_approved_is_booked(ledger: Ledger) -> None:
    room = await ledger.room()
    seen, _ = await accepted(ledger, room, 9)
    await need_approval(ledger, room)
    await ledger.observe(room, again(seen, start=window(14).start, end=window(14).end, answer="notResponded"))
    [change] = await asked(ledger, room)
    _, rival = await ask(ledger, room, window(14), "Ben")

    await decide(ledger, change)

    assert await ledger.windows(room) == [window(14)]
    assert await state_of(ledger, rival) == "superseded"
