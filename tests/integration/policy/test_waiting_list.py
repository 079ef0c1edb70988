"""C25: whoever was refused because a space was taken is offered it, in the order of asking, once it is free."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

from libs.contracts.intents import DropHold, KeepHold
from libs.contracts.keys import MeetingKey, ReservationKey
from libs.contracts.values import Meeting, Person
from services.policy.commands.reservations import (
    ReservationRefused,
    ReservationRequest,
    create_reservation,
)
from services.policy.commands.waiting_list import NotJoined, OfferNotTaken, OfferTaken, WaitingWish, join
from tests.integration.policy.acting import ADMINISTRATOR
from tests.integration.policy.answering import accepted
from tests.integration.policy.asking import granted
from tests.integration.policy.ledger import Ledger, Room, again, meeting, window
from tests.integration.policy.patience import PATIENCE
from tests.integration.policy.test_templates import templated
from tests.integration.policy.waiting import (
    leave,
    listed_room,
    look,
    mailed,
    now_waiting,
    put_rule,
    run_out,
    states,
    status_of,
    take,
    waiting_for,
)

BEN = Person(address="ben@example.org", name="Ben")


async def declined(ledger: Ledger, room: Room, start: float = 9) -> Meeting:
    """Have Ben's meeting declined, and leave the calendar."""
    asked = meeting(window(start), organizer=BEN)
    await ledger.observe(room, asked)
    key = MeetingKey(room.id, asked.ical_uid)
    await ledger.settle(key, event_id=asked.event_id, ical_uid=asked.ical_uid)
    await ledger.observe(room, None, asked.ical_uid)
    return asked


async def freed(ledger: Ledger, room: Room, seen: Meeting) -> None:
    await ledger.observe(room, again(seen, is_cancelled=True))


async def test_the_first_who_asked_is_offered_what_a_cancellation_frees_and_the_others_wait(ledger: Ledger) -> None:
    room = await listed_room(ledger)
    ada, _ = await accepted(ledger, room)
    first = await waiting_for(ledger, room, window(9), "carol")
    second = await waiting_for(ledger, room, window(9), "dan")
    await look(ledger)
    assert await states(ledger, first, second) == ["waiting", "waiting"]

    await freed(ledger, room, ada)
    await look(ledger)
    await look(ledger)

    assert await states(ledger, first, second) == ["offered", "waiting"]
    offered = await now_waiting(ledger, first)
    [held] = await ledger.reservations(room)
    assert (held["id"], held["status"], held["origin"]) == (offered.offer_id, "pending", "api")
    assert offered.offered_until == held["created_at"] + timedelta(hours=1)
    assert isinstance(await ledger.wanted(ReservationKey(room.id, held["id"])), KeepHold)
    [mail] = await mailed(ledger, "carol")
    assert mail.expires_at == offered.offered_until
    assert not await mailed(ledger, "dan")


async def test_nobody_books_what_is_held_for_an_offer(ledger: Ledger) -> None:
    room = await listed_room(ledger)
    ada, _ = await accepted(ledger, room)
    await waiting_for(ledger, room, window(9), "erin")
    await freed(ledger, room, ada)
    await look(ledger)

    asked = window(9)
    request = ReservationRequest(room.id, asked.start, asked.end, "Board")
    result = await granted(ledger, lambda conn: create_reservation(conn, request, PATIENCE, by=ADMINISTRATOR))

    assert isinstance(result, ReservationRefused)


async def test_an_offer_that_is_not_taken_lapses_and_the_next_in_order_is_offered_the_time(ledger: Ledger) -> None:
    room = await listed_room(ledger)
    ada, _ = await accepted(ledger, room)
    first = await waiting_for(ledger, room, window(9), "frank")
    second = await waiting_for(ledger, room, window(9), "gina")
    await freed(ledger, room, ada)
    await look(ledger)
    held = (await now_waiting(ledger, first)).offer_id

    await run_out(ledger, first)
    for _ in range(2):
        await look(ledger)

    assert await states(ledger, first, second) == ["lapsed", "offered"]
    assert await status_of(ledger, held) == "cancelled"
    assert held is not None
    assert isinstance(await ledger.wanted(ReservationKey(room.id, held)), DropHold)
    assert [len(await mailed(ledger, who)) for who in ("frank", "gina")] == [1, 1]
    assert isinstance(await take(ledger, first), OfferNotTaken)


async def test_taking_an_offer_books_it_once_however_often_it_is_taken(ledger: Ledger) -> None:
    room = await listed_room(ledger)
    ada, _ = await accepted(ledger, room)
    waiting = await waiting_for(ledger, room, window(9), "hana")
    await freed(ledger, room, ada)
    await look(ledger)

    taken = await asyncio.gather(*(take(ledger, waiting) for _ in range(5)))

    [booked] = await ledger.reservations(room)
    assert [each.reservation_id for each in taken if isinstance(each, OfferTaken)] == [booked["id"]] * 5
    assert booked["status"] == "confirmed"
    assert await states(ledger, waiting) == ["taken"]
    assert (await ledger.told(room)).count("reservation.confirmed.v1") == 2
    await run_out(ledger, waiting)
    await look(ledger)
    assert await status_of(ledger, booked["id"]) == "confirmed"


async def test_a_declined_meeting_that_is_sent_again_while_it_has_an_offer_takes_it(ledger: Ledger) -> None:
    room = await listed_room(ledger)
    ada, _ = await accepted(ledger, room)
    asked = await declined(ledger, room)
    waiting = await waiting_for(ledger, room, window(9), "ben", asked)
    await freed(ledger, room, ada)
    await look(ledger)
    offer_id = (await now_waiting(ledger, waiting)).offer_id

    await ledger.observe(room, again(asked, event_id=f"again-{uuid4()}"))

    await look(ledger)
    [booked] = await ledger.reservations(room)
    assert (booked["id"], booked["status"], booked["kept_without_invitation"]) == (offer_id, "confirmed", False)
    assert await states(ledger, waiting) == ["taken"]
    wanted = await ledger.wanted(MeetingKey(room.id, asked.ical_uid))
    assert wanted is not None
    assert getattr(wanted, "answer", None) == "accepted"


async def test_an_offer_that_was_taken_is_what_a_meeting_sent_again_gets_and_its_hold_leaves(ledger: Ledger) -> None:
    room = await listed_room(ledger)
    ada, _ = await accepted(ledger, room)
    asked = await declined(ledger, room)
    waiting = await waiting_for(ledger, room, window(9), "ben", asked)
    await freed(ledger, room, ada)
    await look(ledger)
    await take(ledger, waiting)
    [kept] = await ledger.reservations(room)
    assert (kept["status"], kept["kept_without_invitation"]) == ("confirmed", True)

    sent = again(asked, event_id=f"again-{uuid4()}")
    await ledger.observe(room, sent)
    key = MeetingKey(room.id, asked.ical_uid)
    await ledger.settle(key, event_id=sent.event_id, ical_uid=sent.ical_uid)
    await ledger.observe(room, again(sent, answer="accepted"))

    [booked] = await ledger.reservations(room)
    assert (booked["id"], booked["kept_without_invitation"]) == (kept["id"], False)
    assert isinstance(await ledger.wanted(ReservationKey(room.id, kept["id"])), DropHold)


async def test_an_absence_seen_after_the_offer_was_taken_frees_nothing(ledger: Ledger) -> None:
    room = await listed_room(ledger)
    ada, _ = await accepted(ledger, room)
    asked = await declined(ledger, room)
    waiting = await waiting_for(ledger, room, window(9), "ben", asked)
    await freed(ledger, room, ada)
    await look(ledger)
    await take(ledger, waiting)

    await ledger.observe(room, None, asked.ical_uid)

    [kept] = await ledger.reservations(room)
    assert kept["status"] == "confirmed"


async def test_a_declined_copy_that_the_calendar_keeps_is_accepted_once_the_offer_is_taken(ledger: Ledger) -> None:
    room = await listed_room(ledger)
    ada, _ = await accepted(ledger, room)
    asked = meeting(window(9), organizer=BEN)
    await ledger.observe(room, asked)
    key = MeetingKey(room.id, asked.ical_uid)
    await ledger.settle(key, event_id=asked.event_id, ical_uid=asked.ical_uid)
    kept = again(asked, answer="declined", shows_as="free")
    await ledger.observe(room, kept)
    waiting = await waiting_for(ledger, room, window(9), "ben", asked)
    await freed(ledger, room, ada)
    await look(ledger)
    await ledger.observe(room, kept)
    assert await states(ledger, waiting) == ["offered"]

    await take(ledger, waiting)
    assert [each for each in await ledger.owed(room) if each["type"] == "look.requested.v1"]
    await ledger.observe(room, kept)

    assert getattr(await ledger.wanted(key), "answer", None) == "accepted"


async def test_a_meeting_that_is_cancelled_or_moved_waits_no_longer(ledger: Ledger) -> None:
    room = await listed_room(ledger)
    await accepted(ledger, room)
    moved, cancelled = await declined(ledger, room), await declined(ledger, room)
    waiting = [await waiting_for(ledger, room, window(9), "ben", moved)]
    ben = again(moved, event_id=f"again-{uuid4()}", start=window(12).start, end=window(12).end)
    await ledger.observe(room, ben)
    await look(ledger)
    assert await states(ledger, *waiting) == ["withdrawn"]

    waiting = [await waiting_for(ledger, room, window(9), "ben", cancelled)]
    await ledger.observe(room, again(cancelled, is_cancelled=True))
    await look(ledger)
    assert await states(ledger, *waiting) == ["withdrawn"]


async def test_an_offer_ends_with_its_meeting(ledger: Ledger) -> None:
    room = await listed_room(ledger)
    ada, _ = await accepted(ledger, room)
    asked = await declined(ledger, room)
    waiting = await waiting_for(ledger, room, window(9), "ben", asked)
    await freed(ledger, room, ada)
    await look(ledger)

    await ledger.observe(room, again(asked, is_cancelled=True, event_id=f"again-{uuid4()}"))
    await look(ledger)

    assert await states(ledger, waiting) == ["withdrawn"]
    assert await ledger.reservations(room) == []


async def test_an_offered_meeting_that_is_moved_to_a_taken_time_gives_the_offer_and_its_hold_back(
    ledger: Ledger,
) -> None:
    room = await listed_room(ledger)
    ada, _ = await accepted(ledger, room)
    await accepted(ledger, room, 12)
    asked = await declined(ledger, room)
    waiting = await waiting_for(ledger, room, window(9), "ben", asked)
    await freed(ledger, room, ada)
    await look(ledger)
    offer_id = (await now_waiting(ledger, waiting)).offer_id
    assert offer_id is not None

    later = window(12)
    await ledger.observe(room, again(asked, event_id=f"again-{uuid4()}", start=later.start, end=later.end))
    await look(ledger)

    assert await states(ledger, waiting) == ["withdrawn"]
    assert isinstance(await ledger.wanted(ReservationKey(room.id, offer_id)), DropHold)
    assert await ledger.windows(room) == [later]


async def test_whoever_leaves_gives_back_what_is_offered(ledger: Ledger) -> None:
    room = await listed_room(ledger)
    ada, _ = await accepted(ledger, room)
    waiting = await waiting_for(ledger, room, window(9), "ines")
    await freed(ledger, room, ada)
    await look(ledger)

    assert (await leave(ledger, waiting)).state == "withdrawn"
    assert (await leave(ledger, waiting)).state == "withdrawn"

    assert await ledger.reservations(room) == []
    assert isinstance(await take(ledger, waiting), OfferNotTaken)


async def test_nobody_waits_for_what_is_free_has_begun_or_breaks_a_rule_and_twice_is_one_place(ledger: Ledger) -> None:
    room, plain = await listed_room(ledger), await ledger.room()
    for each in (room, plain):
        await accepted(ledger, each)
    wish = WaitingWish(room.id, window(9).start, window(9).end, "Review", "june@example.org", people=1)

    async def join_as(wish: WaitingWish) -> object:
        return await granted(ledger, lambda conn: join(conn, wish))

    one = await waiting_for(ledger, room, window(9), "june")
    assert (await waiting_for(ledger, room, window(9), "june")).id == one.id
    free = replace(wish, start=window(14).start, end=window(14).end)
    past = replace(wish, start=window(-30).start, end=window(-30).end)
    none, many = replace(wish, space_id=plain.id), replace(wish, people=100)
    await put_rule(ledger, room, {"kind": "maximum_duration", "minutes": 30})
    for refused in (free, none, past, wish, many):
        assert isinstance(await join_as(refused), NotJoined), refused


async def test_whom_the_policies_refuse_is_passed_over_and_keeps_the_place(ledger: Ledger) -> None:
    room = await listed_room(ledger)
    ada, _ = await accepted(ledger, room)
    first = await waiting_for(ledger, room, window(9), "kim")
    second = await waiting_for(ledger, room, window(9), "leo")
    await put_rule(ledger, room, {"kind": "who_may_book", "addresses": ["leo@example.org"]})
    await freed(ledger, room, ada)

    await look(ledger)

    assert await states(ledger, first, second) == ["waiting", "offered"]
    assert not await mailed(ledger, "kim")


async def test_an_offer_ends_at_the_start_at_the_latest_and_what_begins_lapses(ledger: Ledger) -> None:
    room = await listed_room(ledger, offer_minutes=7 * 24 * 60)
    ada, _ = await accepted(ledger, room)
    offered = await waiting_for(ledger, room, window(9), "mia")
    late = await waiting_for(ledger, room, window(9), "nils")
    await freed(ledger, room, ada)
    await look(ledger)
    assert (await now_waiting(ledger, offered)).offered_until == window(9).start

    await ledger.pool.execute(
        "UPDATE waiting_requests SET starts_at = now() - interval '1 minute' WHERE id = $1", late.id
    )
    await look(ledger)

    assert await states(ledger, late) == ["lapsed"]


async def test_what_needs_approval_is_asked_about_once_the_offer_is_taken(ledger: Ledger) -> None:
    room = await listed_room(ledger)
    ada, _ = await accepted(ledger, room)
    await put_rule(ledger, room, {"kind": "approval", "when": "always", "approvers": ["grace@example.org"]})
    waiting = await waiting_for(ledger, room, window(9), "olga")
    await freed(ledger, room, ada)
    await look(ledger)

    assert isinstance(await take(ledger, waiting), OfferTaken)
    await run_out(ledger, waiting)
    await look(ledger)

    [pending] = await ledger.reservations(room)
    assert pending["status"] == "pending"
    asked = await ledger.pool.fetchval("SELECT state FROM approvals WHERE reservation_id = $1", pending["id"])
    assert asked == "pending"
    assert await states(ledger, waiting) == ["taken"]


async def test_replicas_that_look_at_once_offer_a_time_once(ledger: Ledger) -> None:
    room = await listed_room(ledger)
    ada, _ = await accepted(ledger, room)
    people = [f"p{number}" for number in range(4)]
    waiting = [await waiting_for(ledger, room, window(9), who) for who in people]
    await freed(ledger, room, ada)

    await asyncio.gather(*(look(ledger) for _ in range(4)))

    assert await states(ledger, *waiting) == ["offered", "waiting", "waiting", "waiting"]
    assert [len(await mailed(ledger, who)) for who in people] == [1, 0, 0, 0]
    assert len(await ledger.reservations(room)) == 1


async def test_a_deleted_space_has_nobody_waiting(ledger: Ledger) -> None:
    room = await listed_room(ledger)
    await accepted(ledger, room)
    waiting = await waiting_for(ledger, room, window(9), "pia")
    await ledger.pool.execute("UPDATE spaces SET deleted_at = now() WHERE id = $1", room.id)

    await look(ledger)

    assert await states(ledger, waiting) == ["withdrawn"]


async def test_the_mail_about_an_offer_is_in_the_words_of_the_connection(ledger: Ledger) -> None:
    _, room = await templated(ledger, waiting_list_offer="Come to {{ room }} before {{ deadline }}!")
    await ledger.pool.execute("UPDATE spaces SET waiting_list = true WHERE id = $1", room.id)
    ada, _ = await accepted(ledger, room)
    await waiting_for(ledger, room, window(9), "gus")
    await freed(ledger, room, ada)

    await look(ledger)

    [mail] = await mailed(ledger, "gus")
    assert mail.text.startswith("Come to Room before ")
