"""A refused edit keeps the room at its time, and is shown beside the decision that stands."""

from libs.contracts.intents import DropHold, KeepHold, MoveBack
from libs.contracts.keys import MeetingKey, ReservationKey
from libs.contracts.messages import IntentProblem, Settlement
from services.policy.core.ledger import RefusedRequest
from tests.integration.policy.answering import accepted, answer_to
from tests.integration.policy.ledger import Ledger, again, window


async def test_a_refused_move_keeps_the_room_until_the_organizer_moves_back(ledger: Ledger) -> None:
    room = await ledger.declining_room()
    shown, reservation_id = await accepted(ledger, room, 9)
    await accepted(ledger, room, 14)
    key = MeetingKey(room.id, shown.ical_uid)

    await ledger.observe(room, again(shown, start=window(14).start, end=window(14).end, answer="notResponded"))
    await ledger.settle(key)
    await ledger.observe(room, None, shown.ical_uid)

    assert await ledger.windows(room) == [window(9), window(14)]
    hold = await ledger.wanted(ReservationKey(room.id, reservation_id))
    assert isinstance(hold, KeepHold)
    assert hold.window == window(9)

    await ledger.observe(room, again(shown, event_id="event-again", answer="notResponded"))

    assert (await answer_to(ledger, room, shown)).answer == "accepted"
    assert isinstance(await ledger.wanted(ReservationKey(room.id, reservation_id)), KeepHold)
    await ledger.settle(key)
    await ledger.observe(room, again(shown, event_id="event-again"))
    assert isinstance(await ledger.wanted(ReservationKey(room.id, reservation_id)), DropHold)
    [first, _] = await ledger.reservations(room)
    assert (first["kept_without_invitation"], first["refused_request"]) == (False, None)


async def test_a_refused_move_is_shown_beside_the_decision_that_stands_and_is_no_news(ledger: Ledger) -> None:
    room = await ledger.room()
    shown, reservation_id = await accepted(ledger, room, 9)
    await accepted(ledger, room, 14)
    told = await ledger.told(room)

    await ledger.observe(room, again(shown, start=window(14).start, end=window(14).end, answer="notResponded"))

    [first, _] = await ledger.reservations(room)
    refused = RefusedRequest.model_validate(first["refused_request"])
    assert (first["outcome"], first["reasons"]) == ("accept", [])
    assert (refused.window, [each.kind for each in refused.reasons]) == (window(14), ["slot_taken"])
    answer = await answer_to(ledger, room, shown)
    assert (answer.answer, answer.proposed) == ("tentativelyAccepted", window(9))
    assert isinstance(await ledger.wanted(ReservationKey(room.id, reservation_id)), KeepHold)
    assert await ledger.told(room) == told


async def test_where_no_time_may_be_proposed_the_move_is_declined_and_the_room_held(ledger: Ledger) -> None:
    room = await ledger.room()
    shown, _ = await accepted(ledger, room, 9)
    await accepted(ledger, room, 14)
    key = MeetingKey(room.id, shown.ical_uid)
    await ledger.observe(room, again(shown, start=window(14).start, end=window(14).end, answer="notResponded"))

    problem = IntentProblem.PROPOSAL_REFUSED
    await ledger.settle(key, Settlement.GIVEN_UP, has_written=False, problem=problem)
    await ledger.settle(key)
    await ledger.observe(room, None, shown.ical_uid)

    assert (await answer_to(ledger, room, shown)).answer == "declined"
    [first, _] = await ledger.reservations(room)
    assert first["kept_without_invitation"]


async def test_a_cancellation_that_outbound_found_instead_of_a_copy_to_decline_frees_the_room(ledger: Ledger) -> None:
    room = await ledger.declining_room()
    shown, reservation_id = await accepted(ledger, room, 9)
    await accepted(ledger, room, 14)
    key = MeetingKey(room.id, shown.ical_uid)
    await ledger.observe(room, again(shown, start=window(14).start, end=window(14).end, answer="notResponded"))

    await ledger.observe(room, None, shown.ical_uid)
    assert await ledger.windows(room) == [window(9), window(14)]
    await ledger.settle(key, has_written=False)
    await ledger.observe(room, None, shown.ical_uid)

    assert await ledger.windows(room) == [window(14)]
    assert isinstance(await ledger.wanted(ReservationKey(room.id, reservation_id)), DropHold)


async def test_a_decline_that_was_written_and_asked_for_again_is_still_ours(ledger: Ledger) -> None:
    room = await ledger.declining_room()
    shown, _ = await accepted(ledger, room, 9)
    await accepted(ledger, room, 14)
    key = MeetingKey(room.id, shown.ical_uid)
    refused = again(shown, start=window(14).start, end=window(14).end, answer="notResponded")
    await ledger.observe(room, refused)
    await ledger.settle(key)
    await ledger.pool.execute("UPDATE intents SET awaited_until = clock_timestamp() WHERE space_id = $1", room.id)
    await ledger.observe(room, refused)
    await ledger.settle(key, has_written=False)

    await ledger.observe(room, None, shown.ical_uid)

    assert [each.generation for each in await ledger.issued(key)] == [1, 2, 3]
    assert await ledger.windows(room) == [window(9), window(14)]


async def test_a_move_back_that_cannot_be_made_becomes_a_proposal_and_a_hold(ledger: Ledger) -> None:
    editing = await ledger.connection(edits_organizer_events=True)
    room = await ledger.room(connection_id=editing)
    shown, reservation_id = await accepted(ledger, room, 9)
    await accepted(ledger, room, 14)
    key = MeetingKey(room.id, shown.ical_uid)
    await ledger.observe(room, again(shown, start=window(14).start, end=window(14).end, answer="notResponded"))
    assert isinstance(await ledger.wanted(key), MoveBack)

    problem = IntentProblem.ORGANIZER_UNREACHABLE
    await ledger.settle(key, Settlement.GIVEN_UP, has_written=False, problem=problem)

    proposing = await answer_to(ledger, room, shown)
    assert (proposing.answer, proposing.proposed) == ("tentativelyAccepted", window(9))
    assert isinstance(await ledger.wanted(ReservationKey(room.id, reservation_id)), KeepHold)


async def test_a_hold_that_was_never_seen_is_put_back_by_a_correction(ledger: Ledger) -> None:
    room = await ledger.room()
    shown, reservation_id = await accepted(ledger, room, 9)
    await accepted(ledger, room, 14)
    await ledger.observe(room, again(shown, start=window(14).start, end=window(14).end, answer="notResponded"))
    key = ReservationKey(room.id, reservation_id)
    await ledger.settle(key, Settlement.GIVEN_UP, has_written=False)

    await ledger.correct(room, key, None)

    assert [each.intent.want for each in await ledger.issued(key)] == ["hold", "hold"]
