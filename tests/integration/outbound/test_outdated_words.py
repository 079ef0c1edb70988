"""An answer whose suggestion may be taken by now is not sent; policy is asked for new words."""

from datetime import UTC, datetime, timedelta

from libs.contracts.messages import Settlement
from tests.integration.outbound.world import World, answering

PAST, TO_COME = datetime.now(UTC) - timedelta(seconds=1), datetime.now(UTC) + timedelta(hours=1)


async def test_an_answer_with_old_words_is_not_sent_and_one_with_new_words_is(world: World) -> None:
    room = await world.room()
    organizer, event, _ = await world.invited(room)
    old = answering(event, "declined", comment="10:00 is free.", suggests_until=PAST)
    new = answering(event, "declined", comment="11:00 is free.", suggests_until=TO_COME)

    outdated = await world.settle(room.issued(old))
    assert await world.writes(room.mailbox) == []
    settled = await world.settle(room.issued(new, 2))

    assert (outdated.settlement, outdated.words_outdated) == (Settlement.SUPERSEDED, True)
    assert not outdated.has_written
    assert (settled.settlement, settled.has_written) == (Settlement.DONE, True)
    assert [mail["comment"] for mail in await world.mails(organizer)] == ["11:00 is free."]


async def test_where_nobody_reads_the_words_they_may_be_old(world: World) -> None:
    room = await world.room()
    _, event, _ = await world.invited(room, responseRequested=False)

    settled = await world.settle(room.issued(answering(event, "declined", suggests_until=PAST)))

    assert (settled.settlement, settled.has_written) == (Settlement.DONE, True)


async def test_an_answer_that_was_given_already_needs_no_new_words(world: World) -> None:
    room = await world.room()
    organizer, event, _ = await world.invited(room)
    proposing = answering(event, "tentativelyAccepted", suggests_until=TO_COME)
    await world.settle(room.issued(proposing))
    await world.shows(organizer, event, "tentativelyAccepted")

    again = await world.settle(room.issued(proposing.model_copy(update={"suggests_until": PAST}), 2))

    assert (again.settlement, again.words_outdated) == (Settlement.DONE, False)
