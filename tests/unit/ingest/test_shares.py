"""How much of its shard's time a mailbox gets."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from services.ingest.core.shares import MOST_TIME, NOISE_AFTER, PROBE_EVERY, REST, SHARE_OF_TIME, Share, Shares

NOW = datetime(2027, 3, 1, 9, tzinfo=UTC)
FLOOD = list(range(1000))
ROOM, OTHER = uuid4(), uuid4()


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def noisy() -> Shares:
    shares = Shares()
    shares.split(ROOM, [0], NOW)
    for _ in range(NOISE_AFTER):
        shares.note_not_found(ROOM)
    return shares


def test_an_ordinary_number_of_notifications_is_read() -> None:
    assert Shares().split(ROOM, FLOOD[:20], NOW) == Share(FLOOD[:20], covered=[])


def test_a_flood_is_read_until_its_time_is_used_up_and_the_rest_is_covered() -> None:
    shares = Shares()
    assert shares.split(ROOM, FLOOD, NOW) == Share(FLOOD, covered=[])

    shares.note_time(ROOM, MOST_TIME)

    assert shares.split(ROOM, FLOOD, NOW) == Share([], covered=FLOOD)
    assert shares.split(ROOM, FLOOD, later(0.1)) == Share(FLOOD, covered=[])


def test_in_the_long_run_a_flood_gets_a_share_of_the_time() -> None:
    shares, read_s, step = Shares(), 0.0, 0.5
    for turn in range(1000):
        if shares.split(ROOM, FLOOD, later(turn * step)).to_read:
            read_s += step
            shares.note_time(ROOM, timedelta(seconds=step))

    assert abs(read_s - (MOST_TIME.total_seconds() + SHARE_OF_TIME * 1000 * step)) < 2


def test_a_flood_of_one_mailbox_takes_nothing_from_another() -> None:
    shares = Shares()
    shares.split(ROOM, FLOOD, NOW)
    shares.note_time(ROOM, MOST_TIME)

    assert shares.split(OTHER, FLOOD[:20], NOW).to_read == FLOOD[:20]


def test_of_noise_one_notification_is_read_now_and_then() -> None:
    shares = noisy()
    assert shares.is_noisy(ROOM)

    taken = [len(shares.split(ROOM, FLOOD, later(seconds)).to_read) for seconds in (1, 1.5, 1.9, 2.1, 2.2)]

    assert taken == [1, 0, 0, 1, 0]
    assert timedelta(seconds=1) == PROBE_EVERY


def test_noise_is_over_when_a_read_finds_something() -> None:
    shares = noisy()

    shares.note_found(ROOM)

    assert not shares.is_noisy(ROOM)
    assert len(shares.split(ROOM, FLOOD[:20], later(1)).to_read) == 20


def test_a_mailbox_that_did_not_answer_rests_and_loses_nothing() -> None:
    shares = Shares()
    shares.split(ROOM, [0], NOW)

    shares.note_slow(ROOM, NOW)

    assert shares.split(ROOM, FLOOD, later(1)) == Share((), later=FLOOD)
    assert shares.split(ROOM, FLOOD[:3], NOW + REST).to_read == FLOOD[:3]


def test_a_mailbox_that_nobody_asked_for_is_not_noisy() -> None:
    shares = Shares()
    shares.note_not_found(ROOM)
    shares.note_found(ROOM)
    shares.note_slow(ROOM, NOW)
    shares.note_time(ROOM, MOST_TIME)

    assert not shares.is_noisy(ROOM)
