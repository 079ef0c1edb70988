"""What of a decision is put on record beside it."""

from datetime import UTC, datetime
from uuid import UUID

from libs.contracts.keys import MeetingKey, ReservationKey
from libs.contracts.values import Actor, ActorKind, NotificationTaken
from services.policy.core.actors import SYSTEM
from services.policy.core.changes import Decision, NoteMeeting, Seen
from services.policy.core.timeline.sighting import Prompt, Sighting
from services.policy.core.timeline.steps import Agreed, Observed, sighting_of, steps_of
from tests.unit.policy.factories import SPACE, known, ledger, meeting, observation, recurring, reservation

NOW = datetime(2027, 3, 1, 9, tzinfo=UTC)
ADA = Actor(kind=ActorKind.ORGANIZER, subject="ada@example.org", name="Ada")
AT = Sighting(
    MeetingKey(SPACE, "uid"),
    None,
    NOW,
    is_present=True,
    prompt=Prompt((NotificationTaken(received_at=NOW, correlation_id="post.1"),), 1),
)


def kinds(found: Decision) -> list[str]:
    return [each.facts.kind for each in steps_of(found, ledger(), ADA)]


def test_an_observation_that_changed_nothing_is_not_kept_but_for_one_that_agreed() -> None:
    noted = NoteMeeting(MeetingKey(SPACE, "uid"), known())

    assert kinds(Decision((noted,), "in_flight", AT)) == []
    assert kinds(Decision((noted,), "agreed", AT)) == ["agreed"]
    assert kinds(Decision((), "agreed", AT)) == ["agreed"]
    assert kinds(Decision((noted, Seen(noted.key)), "agreed", AT)) == ["observed", "agreed"]
    assert kinds(Decision((noted, Seen(noted.key)), "agreed")) == []


def test_what_was_compared_is_told_of_the_system_and_what_was_read_of_whoever_changed_it() -> None:
    noted = NoteMeeting(MeetingKey(SPACE, "uid"), known())

    found = steps_of(Decision((noted, Seen(noted.key)), "agreed", AT), ledger(), ADA)

    assert [(type(each.facts), each.actor) for each in found] == [(Observed, ADA), (Agreed, SYSTEM)]


def test_a_sighting_is_about_the_reservation_of_its_meeting_its_hold_or_a_whole_series() -> None:
    booked = reservation()
    of_room = ledger(reservation=booked)

    def about(seen_: object, hold_of: UUID | None = None) -> tuple[object, UUID | None]:
        found = sighting_of(observation(seen_), Prompt(), of_room, Decision(), hold_of)  # type: ignore[arg-type]
        return found.key, found.reservation_id

    single, series = meeting(), recurring()
    assert about(single) == (observation(single).key, booked.id)
    assert about(series) == (observation(series).key, None)
    assert about(single, booked.id) == (ReservationKey(SPACE, booked.id), booked.id)
