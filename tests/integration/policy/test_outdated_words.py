"""An answer that could not be sent in time is worded anew, so that it suggests what is free by then."""

from datetime import timedelta

from libs.contracts.intents import AnswerMeeting
from libs.contracts.keys import MeetingKey
from libs.contracts.messages import IntentIssued, Settlement
from libs.contracts.values import Meeting, Window
from services.policy.commands.apply import MOST_REWORDINGS
from services.policy.core.times import say_window
from tests.integration.policy.ledger import Ledger, Room, again, meeting, window
from tests.integration.policy.patience import PATIENCE


def said(at: Window) -> str:
    return f"The next free time of this room is {say_window(at, 'Europe/Berlin')}."


async def declined(ledger: Ledger) -> tuple[Room, Meeting, MeetingKey]:
    """Have a meeting declined that another one is in the way of."""
    room, seen = await ledger.room(), meeting(window(9), organizer=None)
    await ledger.observe(room, meeting(window(9)))
    await ledger.observe(room, seen)
    return room, seen, MeetingKey(room.id, seen.ical_uid)


async def outdate(ledger: Ledger, key: MeetingKey, generation: int | None = None) -> None:
    """Say as outbound does that an answer was not sent because its words are too old."""
    await ledger.settle(key, Settlement.SUPERSEDED, has_written=False, words_outdated=True, generation=generation)


def words(issued: IntentIssued) -> AnswerMeeting:
    assert isinstance(issued.intent, AnswerMeeting)
    return issued.intent


async def test_a_suggestion_that_was_taken_meanwhile_is_not_in_the_words_that_are_sent(ledger: Ledger) -> None:
    room, _, key = await declined(ledger)
    await ledger.observe(room, meeting(window(10)))

    await outdate(ledger, key)

    first, second = [words(each) for each in await ledger.issued(key)]
    assert said(window(10)) in first.comment
    assert said(window(10)) not in second.comment
    assert said(window(11)) in second.comment
    assert second.model_copy(update={"comment": first.comment, "suggests_until": first.suggests_until}) == first


async def test_words_hold_as_long_as_the_setting_says_by_the_clock_of_the_database(ledger: Ledger) -> None:
    before = await ledger.now()
    _, _, key = await declined(ledger)
    after = await ledger.now()

    [only] = [words(each) for each in await ledger.issued(key)]

    assert only.suggests_until is not None
    assert before <= only.suggests_until - PATIENCE.suggestions <= after
    assert timedelta(minutes=1) == PATIENCE.suggestions


async def test_an_answer_that_suggests_nothing_never_grows_old(ledger: Ledger) -> None:
    room, seen = await ledger.room(), meeting(window(9))
    await ledger.observe(room, seen)

    [only] = [words(each) for each in await ledger.issued(MeetingKey(room.id, seen.ical_uid))]

    assert only.suggests_until is None


async def test_no_answer_goes_round_in_circles(ledger: Ledger) -> None:
    _, _, key = await declined(ledger)

    for _ in range(MOST_REWORDINGS):
        await outdate(ledger, key)

    issued = [words(each) for each in await ledger.issued(key)]
    assert [each.suggests_until is None for each in issued] == [False] * MOST_REWORDINGS + [True]


async def test_words_of_an_answer_that_another_one_took_the_place_of_are_not_missed(ledger: Ledger) -> None:
    _, _, key = await declined(ledger)
    await outdate(ledger, key)

    await outdate(ledger, key, generation=1)

    assert [each.generation for each in await ledger.issued(key)] == [1, 2]


async def test_what_was_seen_on_the_calendar_meanwhile_is_not_said_again(ledger: Ledger) -> None:
    room, seen, key = await declined(ledger)
    await ledger.observe(room, again(seen, answer="declined"))

    await outdate(ledger, key)

    assert [each.generation for each in await ledger.issued(key)] == [1]
