"""An observation becomes ledger rows, intents and events in one transaction."""


from libs.contracts.intents import AnswerMeeting
from libs.contracts.values import meeting_key
from tests.integration.policy.ledger import Ledger, meeting, window


async def test_a_free_invitation_becomes_a_reservation_an_answer_and_an_event(ledger: Ledger) -> None:
    room, seen = await ledger.room(), meeting(window(9))

    await ledger.observe(room, seen)

    [booked] = await ledger.reservations(room)
    assert (booked["starts_at"], booked["ends_at"], booked["title"]) == (seen.start, seen.end, "Planning")
    wanted = await ledger.wanted(room, meeting_key(seen.ical_uid))
    assert isinstance(wanted, AnswerMeeting)
    assert wanted.answer == "accepted"
    assert await ledger.told(room) == ["reservation.confirmed.v1"]
    [audited] = await ledger.pool.fetch("SELECT outcome FROM decisions WHERE space_id = $1", room.id)
    assert audited["outcome"] == "accept"
