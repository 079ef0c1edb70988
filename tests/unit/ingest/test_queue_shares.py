"""No mailbox fills the queue of its shard: what exceeds its share is said to be missed."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from services.ingest.core.notifications import Changed, LifecycleEvent
from services.ingest.core.queue_shares import AT_ONCE, MOST_KNOWN, PER_SECOND, QueueShares

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
FLOODED, OTHER = uuid4(), uuid4()


def changes(count: int, *, first: int = 0) -> Sequence[Changed]:
    return [Changed(FLOODED, f"id{first + number}", "updated", 7) for number in range(count)]


def test_what_is_within_the_share_is_queued_in_order() -> None:
    asked = [*changes(AT_ONCE - 1), Changed(OTHER, "id", "created", 1)]

    found = QueueShares().split(asked, NOW)

    assert found.changes == asked
    assert found.missed == []


def test_what_exceeds_the_share_is_said_to_be_missed_once_for_each_post() -> None:
    shares = QueueShares()
    shares.split(changes(AT_ONCE - 10), NOW)

    posts = [shares.split(changes(100, first=100 * number), NOW) for number in range(3)]

    assert [len(each.changes) for each in posts] == [10, 0, 0]
    assert [each.missed for each in posts] == [[LifecycleEvent(FLOODED, 7, "missed")]] * 3


def test_a_flood_of_one_mailbox_takes_nothing_from_another() -> None:
    shares = QueueShares()
    other = Changed(OTHER, "id", "created", 1)

    found = shares.split([*changes(AT_ONCE + 1), other], NOW)

    assert other in found.changes
    assert [each.space_id for each in found.missed] == [FLOODED]
    assert shares.split([other], NOW).changes == [other]


def test_the_share_grows_with_time_up_to_its_whole_and_not_when_a_clock_goes_back() -> None:
    shares = QueueShares()
    shares.split(changes(AT_ONCE), NOW)

    assert len(shares.split(changes(AT_ONCE), NOW - timedelta(hours=1)).changes) == 0
    assert (
        len(shares.split(changes(AT_ONCE), NOW - timedelta(hours=1) + timedelta(seconds=2)).changes) == 2 * PER_SECOND
    )
    assert len(shares.split(changes(2 * AT_ONCE), NOW + timedelta(days=1)).changes) == AT_ONCE


def test_the_number_of_mailboxes_that_are_known_is_bounded() -> None:
    shares = QueueShares()
    for _ in range(MOST_KNOWN + 10):
        shares.split([Changed(uuid4(), "id", "updated", 1)], NOW)

    assert len(shares._allowances) <= MOST_KNOWN
