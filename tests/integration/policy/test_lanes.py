"""In which lane what policy decided about a calendar goes on."""

from collections import Counter
from uuid import uuid4

import pytest

from libs.common.clock import utc_now
from libs.common.topology import Lane
from libs.contracts.keys import MeetingKey
from libs.contracts.message import Message
from libs.contracts.messages import CorrectionRequested, DriftKind, MeetingObserved
from libs.contracts.values import Meeting
from services.policy.commands.lanes import AT_ONCE
from tests.integration.policy.ledger import Ledger, Room, meeting, recurring, window
from tests.integration.policy.series import booked


async def lanes(ledger: Ledger, room: Room, message: Message) -> Counter[tuple[str, str]]:
    """Have a message handled that came in the bulk lane; return how many of each type go on in which lane."""
    envelope = ledger.codec.envelope(
        message, message_id=uuid4(), correlation_id="test", lane=Lane.BULK, sent_at=utc_now()
    )
    await ledger.bus.publish([envelope])
    await ledger.handled([envelope.message_id])
    rows = await ledger.pool.fetch(
        "SELECT split_part(type, '.v', 1) AS about, lane FROM outbox WHERE body LIKE '%' || $1 || '%'", str(room.id)
    )
    return Counter((row["about"], row["lane"]) for row in rows)


async def observed(ledger: Ledger, room: Room, seen: Meeting) -> MeetingObserved:
    return MeetingObserved(space_id=room.id, observation=await ledger.observation(room, seen))


@pytest.mark.parametrize(("dates", "lane"), [(AT_ONCE, "live"), (AT_ONCE + 1, "bulk")])
async def test_a_series_is_answered_in_the_live_lane_and_many_news_go_in_the_bulk_lane(
    ledger: Ledger, dates: int, lane: str
) -> None:
    room = await ledger.room()

    went = await lanes(ledger, room, await observed(ledger, room, recurring(window(9), dates)))

    assert went == {("intent.issued", "live"): 1, ("reservation.confirmed", lane): dates}


async def test_a_series_that_is_gone_frees_many_dates_in_the_bulk_lane(ledger: Ledger) -> None:
    room = await ledger.room()
    series = await booked(ledger, room, recurring(window(9), AT_ONCE + 1))
    gone = await ledger.observation(room, None, series.ical_uid)

    went = await lanes(ledger, room, MeetingObserved(space_id=room.id, observation=gone))

    assert went["reservation.cancelled", "bulk"] == AT_ONCE + 1


async def test_what_a_sweep_found_stays_in_the_bulk_lane(ledger: Ledger) -> None:
    room, seen = await ledger.room(), meeting(window(9))
    drift = CorrectionRequested(
        drift=DriftKind.MISSING_IN_LEDGER,
        key=MeetingKey(room.id, seen.ical_uid),
        observation=await ledger.observation(room, seen),
    )

    went = await lanes(ledger, room, drift)

    assert went == {("intent.issued", "bulk"): 1, ("reservation.confirmed", "bulk"): 1}


@pytest.mark.parametrize(("dates", "lane"), [(AT_ONCE, "live"), (AT_ONCE + 1, "bulk")])
async def test_a_refused_change_is_answered_in_the_live_lane_and_many_dates_are_held_in_the_bulk_lane(
    ledger: Ledger, dates: int, lane: str
) -> None:
    room = await ledger.room()
    shown = await booked(ledger, room, recurring(window(9), dates))
    await ledger.observe(room, meeting(window(12, day=14), subject="Board"))

    await ledger.observe(room, recurring(window(12), dates, event_id=shown.event_id, ical_uid=shown.ical_uid))

    rows = await ledger.pool.fetch(
        """
        SELECT body::jsonb #>> '{intent,want}' AS want, lane FROM outbox
        WHERE type LIKE 'intent.issued%' AND body LIKE '%' || $1 || '%'
        """,
        str(room.id),
    )
    went = Counter((row["want"], row["lane"]) for row in rows)
    assert went == {("answer", "live"): 3, ("hold", lane): dates}
