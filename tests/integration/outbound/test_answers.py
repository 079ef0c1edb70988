"""Answers to invitations: given once, to what was judged, and never twice however often they are asked for."""

import asyncio

import pytest

from libs.contracts.messages import IntentProblem, Settlement
from services.outbound.core.calls import TAKES_EFFECT
from services.outbound.store import intents
from tests.contract.graphsim.graph import eventually
from tests.integration.outbound.world import REFUSED, ComesAgain, World, answering

DONE, SUPERSEDED, GIVEN_UP = Settlement.DONE, Settlement.SUPERSEDED, Settlement.GIVEN_UP


@pytest.mark.parametrize("answer", ["accepted", "declined", "tentativelyAccepted"])
async def test_the_organizer_is_told_the_answer_once_with_its_reasons(world: World, answer: str) -> None:
    room = await world.room()
    organizer, event, _ = await world.invited(room)

    settled = await world.settle(room.issued(answering(event, answer)))

    assert (settled.settlement, settled.has_written, settled.problem) == (DONE, True, None)
    await world.shows(organizer, event, answer)
    (mail,) = await world.mails(organizer)
    assert (mail["response"], mail["comment"]) == (answer, "So it was decided.")


async def test_another_time_is_proposed_with_a_tentative_answer(world: World) -> None:
    room = await world.room()
    organizer, event, _ = await world.invited(room)

    await world.settle(room.issued(answering(event, "tentativelyAccepted", proposed=REFUSED)))

    await world.shows(organizer, event, "tentativelyAccepted")
    (row,) = (await world.own(organizer, event))["attendees"]
    assert row["proposedNewTime"]["start"]["dateTime"].startswith("2027-03-01T13:00")


async def test_where_another_time_may_not_be_proposed_policy_is_told_and_nothing_is_answered(world: World) -> None:
    room = await world.room()
    organizer, event, _ = await world.invited(room, allowNewTimeProposals=False)

    settled = await world.settle(room.issued(answering(event, "tentativelyAccepted", proposed=REFUSED)))

    assert (settled.settlement, settled.problem) == (Settlement.GIVEN_UP, IntentProblem.PROPOSAL_REFUSED)
    assert await world.mails(organizer) == []
    assert (await world.copies(room, event))[0]["responseStatus"]["response"] == "notResponded"


async def test_an_organizer_who_wants_no_answer_gets_none_and_the_room_shows_it(world: World) -> None:
    room = await world.room()
    organizer, event, _ = await world.invited(room, responseRequested=False)

    settled = await world.settle(room.issued(answering(event)))

    assert settled.settlement is DONE
    assert await world.mails(organizer) == []
    assert (await world.copies(room, event))[0]["responseStatus"]["response"] == "accepted"


async def test_what_is_so_already_is_left_alone(world: World) -> None:
    room = await world.room()
    organizer, event, (copy,) = await world.invited(room)
    await world.settle(room.issued(answering(event)))
    await world.shows(organizer, event, "accepted")
    written = await world.writes(room.mailbox)

    settled = await world.settle(room.issued(answering(event), 2))

    assert (settled.settlement, settled.has_written, settled.awaited_until) == (DONE, False, None)
    assert settled.ical_uid == copy["iCalUId"]
    assert await world.writes(room.mailbox) == written
    assert len(await world.mails(organizer)) == 1


async def test_a_declined_copy_is_gone_and_declining_it_again_is_done(world: World) -> None:
    room = await world.room()
    organizer, event, _ = await world.invited(room)
    await world.settle(room.issued(answering(event, "declined")))
    await world.shows(organizer, event, "declined")

    settled = await world.settle(room.issued(answering(event, "declined"), 2))

    assert (settled.settlement, settled.has_written) == (DONE, False)
    assert await world.writes(room.mailbox) == ["POST 202"]


async def test_accepting_what_is_gone_is_given_up_and_not_tried_for_ever(world: World) -> None:
    room = await world.room()
    organizer, event, (copy,) = await world.invited(room)
    await world.outlook.call("DELETE", f"/users/{room.mailbox}/events/{copy['id']}", expect=204)

    settled = await world.settle(room.issued(answering(event, event_id=copy["id"])))

    assert (settled.settlement, settled.problem) == (GIVEN_UP, IntentProblem.GONE)
    assert await world.writes(room.mailbox) == []
    assert await world.mails(organizer) == []


async def test_each_room_is_answered_by_its_own_copy(world: World) -> None:
    rooms = [await world.room(), await world.room()]
    organizer, event, copies = await world.invited(*rooms)

    # A pointer into another mailbox, or to what has gone, leads nowhere; the meeting is found all the same.
    wrong = [copies[1]["id"], "AAkAGONE"]
    for room, pointer in zip(rooms, wrong, strict=True):
        assert (await world.settle(room.issued(answering(event, event_id=pointer)))).settlement is DONE

    await world.shows(organizer, event, "accepted", "accepted")
    assert [await world.writes(room.mailbox) for room in rooms] == [["POST 202"], ["POST 202"]]


async def test_an_invitation_that_came_back_under_another_id_is_answered(world: World) -> None:
    room = await world.room()
    organizer, event, (copy,) = await world.invited(room)
    await world.settle(room.issued(answering(event, "declined", event_id=copy["id"])))
    await world.shows(organizer, event, "declined")
    await world.outlook.call(
        "PATCH", f"/users/{organizer}/events/{event['id']}", {"body": {"contentType": "text", "content": "Please?"}}
    )
    again = await world.outlook.copy(room.mailbox, event)

    settled = await world.settle(room.issued(answering(event, "accepted", event_id=copy["id"]), 2))

    assert again["id"] != copy["id"]
    assert settled.settlement is DONE
    await world.shows(organizer, event, "accepted")


async def test_a_meeting_that_moved_since_is_not_answered(world: World) -> None:
    room = await world.room()
    organizer, event, _ = await world.invited(room)
    await world.move(organizer, event, REFUSED, room)

    settled = await world.settle(room.issued(answering(event)))

    assert (settled.settlement, settled.problem) == (SUPERSEDED, IntentProblem.CHANGED_MEANWHILE)
    assert await world.writes(room.mailbox) == []
    assert await world.mails(organizer) == []


async def test_an_older_intent_is_overtaken_in_whichever_order_they_come(world: World) -> None:
    room = await world.room()
    organizer, event, _ = await world.invited(room)
    newer, older = room.issued(answering(event), 2), room.issued(answering(event, "declined"), 1)

    settled = [*await world.handle(newer), *await world.handle(older)]
    await world.shows(organizer, event, "accepted")
    together = await world.handle(older, newer)

    assert [(each.generation, each.settlement) for each in settled] == [(2, DONE), (1, SUPERSEDED)]
    assert [(each.generation, each.settlement) for each in together] == [(1, SUPERSEDED), (2, DONE)]
    assert len(await world.mails(organizer)) == 1


async def test_the_same_message_again_sends_no_second_mail(world: World) -> None:
    await world.sim.ask("PUT", "/options", {"response_delay": [0.5, 0.5]})
    room = await world.room()
    organizer, event, _ = await world.invited(room)
    message = room.issued(answering(event))

    first = await world.settle(message)
    with pytest.raises(ComesAgain, match="not shown yet"):
        await world.handle(message)
    again = await world.settle_in_the_end(message)

    assert (first.settlement, again.settlement, again.has_written) == (DONE, DONE, False)
    assert len(await world.mails(organizer)) == 1


async def test_two_processes_with_the_same_message_send_one_mail(world: World) -> None:
    await world.sim.ask("PUT", "/limits", {"latency_ms": 30})
    room = await world.room()
    organizer, event, _ = await world.invited(room)
    message = room.issued(answering(event, "declined"))

    await asyncio.gather(*(world.settle_in_the_end(message) for _ in range(4)))

    assert await world.writes(room.mailbox) == ["POST 202"]
    assert len(await world.mails(organizer)) == 1


@pytest.mark.parametrize("answer", ["accepted", "declined"])
async def test_an_answer_whose_acknowledgement_was_lost_is_not_sent_again(world: World, answer: str) -> None:
    room = await world.room()
    organizer, event, _ = await world.invited(room)
    fault = {"match": {"method": "POST", "mailbox": room.mailbox}, "effect": {"drop_after_commit": True}, "times": 1}
    async with world.sim.faults(fault):
        with pytest.raises(ComesAgain):
            await world.handle(room.issued(answering(event, answer)))
    await world.shows(organizer, event, answer)

    settled = await world.settle(room.issued(answering(event, answer)))

    assert settled.settlement is DONE
    assert await world.writes(room.mailbox) == ["POST 202"]
    assert len(await world.mails(organizer)) == 1


@pytest.mark.parametrize("status", [503, 504])
async def test_an_answer_done_although_an_error_came_back_is_not_sent_again(world: World, status: int) -> None:
    await world.sim.ask("PUT", "/options", {"response_delay": [0.5, 0.5]})
    room = await world.room()
    organizer, event, _ = await world.invited(room)
    effect = {"drop_after_commit": True, "status": status, "retry_after": 0}
    async with world.sim.faults({"match": {"method": "POST", "mailbox": room.mailbox}, "effect": effect, "times": 1}):
        settled = await world.settle_in_the_end(room.issued(answering(event)))

    assert settled.settlement is DONE
    assert len(await world.mails(organizer)) == 1


async def test_an_answer_that_never_arrived_is_sent_once_it_would_have_shown(world: World) -> None:
    """The process may have ended between its note and the call; the note then counts for a while and no longer."""
    room = await world.room()
    organizer, event, _ = await world.invited(room)
    message = room.issued(answering(event))
    fault = {"match": {"method": "POST", "mailbox": room.mailbox}, "effect": {"reset": True}, "times": 1}
    async with world.sim.faults(fault):
        with pytest.raises(ComesAgain):
            await world.handle(message)
    with pytest.raises(ComesAgain, match="not shown yet"):
        await world.handle(message)

    await world.pool.execute(
        "UPDATE intents SET awaited_until = awaited_until - $2::interval WHERE space_id = $1",
        room.space_id,
        TAKES_EFFECT,
    )
    settled = await world.settle(message)

    assert (settled.settlement, settled.has_written) == (DONE, True)
    await world.shows(organizer, event, "accepted")
    assert len(await world.mails(organizer)) == 1


async def test_another_answer_to_the_same_invitation_does_not_wait_for_the_first(world: World) -> None:
    room = await world.room()
    organizer, event, _ = await world.invited(room)
    await world.settle(room.issued(answering(event, "tentativelyAccepted")))
    await world.shows(organizer, event, "tentativelyAccepted")

    assert (await world.settle(room.issued(answering(event), 2))).settlement is DONE
    await world.shows(organizer, event, "accepted")


async def test_rejecting_never_deletes(world: World) -> None:
    room = await world.room()
    organizer, event, (copy,) = await world.invited(room)

    await world.settle(room.issued(answering(event, "declined", event_id=copy["id"])))

    await world.shows(organizer, event, "declined")
    assert await world.writes(room.mailbox) == ["POST 202"]


@pytest.mark.parametrize("answer", ["accepted", "declined"])
async def test_a_meeting_that_was_called_off_needs_no_answer(world: World, answer: str) -> None:
    room = await world.room()
    organizer, event, _ = await world.invited(room)
    await world.outlook.call("DELETE", f"/users/{organizer}/events/{event['id']}", expect=204)

    async def cancelled() -> bool:
        return all(each["isCancelled"] for each in await world.copies(room, event))

    await eventually(cancelled)
    settled = await world.settle(room.issued(answering(event, answer)))

    assert (settled.settlement, settled.has_written) == (DONE, False)
    assert await world.writes(room.mailbox) == []


async def test_what_is_told_of_a_write_is_dated_after_it_and_of_a_look_before_it(world: World) -> None:
    room = await world.room()
    organizer, event, _ = await world.invited(room)
    before = await world.pool.fetchval("SELECT clock_timestamp()")
    written = await world.settle(room.issued(answering(event)))
    after = await world.pool.fetchval("SELECT clock_timestamp()")
    await world.shows(organizer, event, "accepted")
    asked = await world.pool.fetchval("SELECT clock_timestamp()")
    seen = await world.settle(room.issued(answering(event), 2))

    (post,) = [call for call in await world.sim.requests(room.mailbox) if call["method"] == "POST"]
    assert before < written.settled_at < after
    assert written.settled_at.isoformat() > post["time"]
    assert asked < seen.settled_at


@pytest.mark.parametrize("status", [404, 410, 412])
async def test_what_changed_between_look_and_write_is_looked_at_again(world: World, status: int) -> None:
    room = await world.room()
    organizer, event, _ = await world.invited(room)
    fault = {"match": {"method": "POST", "mailbox": room.mailbox}, "times": 1}
    async with world.sim.faults({**fault, "effect": {"status": status}}):
        settled = await world.settle(room.issued(answering(event)))

    assert settled.settlement is DONE
    assert await world.writes(room.mailbox) == [f"POST {status}", "POST 202"]
    assert len(await world.mails(organizer)) == 1


async def test_what_is_refused_again_after_a_fresh_look_is_given_up_with_the_reason(world: World) -> None:
    room = await world.room()
    _, event, _ = await world.invited(room)
    fault = {"match": {"method": "POST", "mailbox": room.mailbox}, "effect": {"status": 403, "message": "No."}}
    async with world.sim.faults(fault):
        settled = await world.settle(room.issued(answering(event)))

    assert (settled.settlement, settled.problem) == (GIVEN_UP, IntentProblem.REFUSED_BY_GRAPH)
    assert "No." in (settled.detail or "")
    assert await world.writes(room.mailbox) == ["POST 403", "POST 403"]


@pytest.mark.parametrize("answer", ["accepted", "declined", "tentativelyAccepted"])
async def test_an_answer_that_graph_refuses_once_is_not_given_in_silence(world: World, answer: str) -> None:
    room = await world.room()
    organizer, event, _ = await world.invited(room)
    refusal = {"status": 400, "code": "ErrorInvalidRequest", "message": "Your request can't be completed."}
    async with world.sim.faults({"match": {"method": "POST", "mailbox": room.mailbox}, "effect": refusal, "times": 1}):
        settled = await world.settle(room.issued(answering(event, answer)))

    assert settled.settlement is DONE
    (mail,) = await world.mails(organizer)
    assert mail["comment"]
    assert await world.writes(room.mailbox) == ["POST 400", "POST 202"]


async def test_the_age_of_what_has_not_ended_is_known(world: World) -> None:
    room = await world.room()
    _, event, _ = await world.invited(room)
    async with world.sim.faults({"match": {"mailbox": room.mailbox}, "effect": {"status": 503, "retry_after": 60}}):
        with pytest.raises(ComesAgain):
            await world.handle(room.issued(answering(event)))
    async with world.pool.acquire() as conn:
        assert await intents.oldest_unsettled_s(conn) > 0
