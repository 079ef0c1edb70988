"""Who acts when something is decided: whoever calls the API, an organizer in Outlook, or Roomsync itself.

One rule: whoever carries a decision out names who acts; no decision is recorded without it.
"""

from libs.contracts.values import Actor, ActorKind, Observation, Person
from services.policy.core.ledger import Reservation

SYSTEM = Actor(kind=ActorKind.SYSTEM)
"""Roomsync itself, in what it does without being asked."""


def vouched_for(person: Person) -> Actor:
    """Return who acts if a service says on the bus for whom: a service, in that name, whatever else the person is."""
    return Actor(kind=ActorKind.SERVICE, subject=person.address.lower(), name=person.name)


_NAMELESS = {
    ActorKind.ADMINISTRATOR: "an administrator",
    ActorKind.APPROVER: "an approver",
    ActorKind.SERVICE: "a service",
    ActorKind.ORGANIZER: "the organizer",
    ActorKind.ROOM_CALENDAR: "somebody on the room's own calendar",
    ActorKind.SYSTEM: "Roomsync",
    ActorKind.UNKNOWN: "somebody",
}


def say_actor(actor: Actor) -> str:
    """Say who acted: by name where there is one, else by what identifies them, else by what they acted as."""
    return actor.name or actor.subject or _NAMELESS[actor.kind]


def may_override(actor: Actor) -> bool:
    """Whether this actor can allow a request to break a rule."""
    return actor.kind is ActorKind.ADMINISTRATOR


def acting_in_outlook(observation: Observation, reservation: Reservation | None) -> Actor:
    """Return who brought about what a room calendar shows: the organizer of the meeting, as far as Outlook tells.

    Of a meeting that is gone only its reservation, if there is one, still names the organizer.
    """
    meeting = observation.meeting
    if meeting is not None and meeting.is_room_owned:
        return Actor(kind=ActorKind.ROOM_CALENDAR)
    if meeting is not None and meeting.organizer is not None:
        organizer = meeting.organizer
        return Actor(kind=ActorKind.ORGANIZER, subject=organizer.address.lower(), name=organizer.name)
    if reservation is not None and reservation.origin == "outlook" and reservation.organizer_address is None:
        return Actor(kind=ActorKind.ROOM_CALENDAR)
    if reservation is not None:
        address, name = reservation.organizer_address, reservation.organizer_name
        return Actor(kind=ActorKind.ORGANIZER, subject=address, name=name)
    return Actor(kind=ActorKind.ORGANIZER)
