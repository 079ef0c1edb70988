"""What is asked for, by whom and on which way in, as `evaluate` judges it."""

from dataclasses import dataclass
from uuid import UUID

from libs.contracts.values import Window
from services.policy.core.ledger import Judged, Reservation
from services.policy.core.policies.policy import Channel, Role
from services.policy.core.policies.rule import AskedSeries


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for. `people` counts the organizer and everybody invited who is not a resource.

    `own` is the reservation that the request is about already; it does not conflict with the request. `before` is what
    was booked before, if this is an edit: it is judged by what it changes. An override allows the request to break
    rules, never to take what is taken; an approval allows it to break those that leave it to an administrator. Of what
    an administrator has decided just so, policies refuse nothing. A cancellation asks for nothing but to be rid of the
    window `before`. With a `series`, it is asked whether one of so many occurrences may be booked at all; each of them
    is a request of its own.
    """

    window: Window
    people: int
    organizer: str | None = None
    channel: Channel = "outlook"
    roles: frozenset[Role] = frozenset()
    is_series: bool = False
    own: UUID | None = None
    before: Judged | None = None
    is_overridden: bool = False
    is_approved: bool = False
    is_decided: bool = False
    is_cancellation: bool = False
    series: AskedSeries | None = None

    @property
    def judged(self) -> Judged:
        """Return the facts of it that are stored with the decision."""
        return Judged(window=self.window, organizer=self.organizer, people=self.people, is_series=self.is_series)


def request_of_meeting(judged: Judged, live: Reservation | None) -> Request:
    """Return what a meeting asks for: a booking, or an edit of the live reservation that it has by now.

    A reservation that is pending, or yields, was never granted, so it is nothing to compare an edit with.
    """
    return Request(
        judged.window,
        judged.people,
        judged.organizer,
        is_series=judged.is_series,
        own=live.id if live is not None else None,
        before=live.judged if live is not None and live.is_granted else None,
    )


def request_of_cancellation(
    live: Reservation, channel: Channel, roles: frozenset[Role] = frozenset(), *, is_overridden: bool
) -> Request:
    """Return what a cancellation asks for; Outlook's is overridden always, because it has taken place."""
    return Request(
        live.window,
        live.attendee_count,
        live.organizer_address,
        channel=channel,
        roles=roles,
        own=live.id,
        before=live.judged,
        is_overridden=is_overridden,
        is_cancellation=True,
    )
