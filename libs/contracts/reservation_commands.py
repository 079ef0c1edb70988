"""Commands about reservations, with the bodies of the HTTP API, and what replies to them.

The bus knows no tokens: policy believes whoever can publish on it, so a service sends these only for a person whom it
knows. What is made or changed is kept as that of a service, with the address and name of `by`.

A command that is delivered twice, under one message id, is carried out once and replied to once. One that cannot be
read is refused with 422, if its sender asks for a reply, and otherwise parked.
"""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from libs.contracts.fields import Address, Line
from libs.contracts.groups import DateOut
from libs.contracts.message import Message, Replies, SpaceMessage
from libs.contracts.problems import AlternativesOut, FieldProblem
from libs.contracts.reservations import ForecastOut, ReservationOut
from libs.contracts.values import Person, Reason
from libs.contracts.wanted_reservations import (
    DatesOfSeries,
    WantedCancellation,
    WantedChange,
    WantedCheck,
    WantedReservation,
)

ExpectedVersion = Annotated[
    int | None, Field(strict=True, description="The version that the command is meant for; any version if left out.")
]


class VouchedPerson(Person):
    """Somebody in whose name a service sends a command."""

    address: Address
    name: Line | None = None


class ReservationReply(Message):
    """What replies to a command about reservations."""

    sharded_by: ClassVar[str] = "nothing: a reply goes to one queue"

    @property
    def shard_key(self) -> str:
        """Return nothing, since a reply has no order among others."""
        return ""


class ReservationShown(ReservationReply):
    """The reservation as it is now: what `GET /v1/reservations/{id}` shows of it."""

    reservation: ReservationOut


class ReservationProblem(ReservationReply):
    """Why a command is not carried out, as the API's problem says it; no reservation has changed.

    `status` is 403 for an `override_reason`, which only administrators can give, 404 if there is no such space or
    reservation, 409 if rules or other reservations forbid it, with every reason and with alternatives, 412 if the
    reservation is at another version, and 422 if fields cannot be used, which `errors` lists.
    """

    status: int
    title: str
    detail: str
    errors: tuple[FieldProblem, ...] = ()
    reasons: tuple[Reason, ...] = ()
    alternatives: AlternativesOut | None = None
    occurrences: Annotated[
        tuple[DateOut, ...], Field(description="The dates that fail, where several dates of a group are meant.")
    ] = ()


class ReservationRequestDone(ReservationShown):
    """A space is reserved, or pending if an administrator has to approve it; `reservation` says which."""

    type: ClassVar[str] = "reservation.request.done.v1"


class ReservationRequestRefused(ReservationProblem):
    """A space is not reserved; the same problem as the API's answer to `POST /v1/reservations`."""

    type: ClassVar[str] = "reservation.request.refused.v1"


class ReservationChangeDone(ReservationShown):
    """A reservation is as it was asked for."""

    type: ClassVar[str] = "reservation.change.done.v1"


class ReservationChangeRefused(ReservationProblem):
    """A reservation is left as it was; the same problem as the API's answer to `PATCH /v1/reservations/{id}`."""

    type: ClassVar[str] = "reservation.change.refused.v1"


class ReservationCancellationDone(ReservationShown):
    """A reservation is cancelled, by this command or before."""

    type: ClassVar[str] = "reservation.cancel.done.v1"


class ReservationCancellationRefused(ReservationProblem):
    """A reservation is not cancelled; the same problem as the API's answer to `POST /v1/reservations/{id}/cancel`."""

    type: ClassVar[str] = "reservation.cancel.refused.v1"


class ReservationCheckDone(ReservationReply):
    """What would be decided about a reservation if it were asked for now: the answer of `POST /v1/reservations:check`.

    Nothing is kept free for it: another request may come first.
    """

    type: ClassVar[str] = "reservation.check.done.v1"

    forecast: ForecastOut
    occurrences: Annotated[
        tuple[DateOut, ...], Field(description="What would be decided about each date, if a group is asked for.")
    ] = ()


class ReservationCheckRefused(ReservationProblem):
    """It cannot be said what would be decided, because of what is asked for."""

    type: ClassVar[str] = "reservation.check.refused.v1"


class RequestReservation(WantedReservation, SpaceMessage):
    """Reserve a space, in the name of `by`. From internal services to policy.

    The body is that of `POST /v1/reservations`, and the same rules judge it, but for those that exempt the channel
    `command`. Who gets no reply may look for the reservation, or send the command again under the same message id.
    """

    type: ClassVar[str] = "reservation.request.v1"
    replies: ClassVar[Replies] = (ReservationRequestDone, ReservationRequestRefused)

    by: VouchedPerson


class ChangeReservation(WantedChange, SpaceMessage):
    """Change a reservation of a space, in the name of `by`. From internal services to policy.

    The body is that of `PATCH /v1/reservations/{id}`: what is left out stays, and an `organizer` that is null is taken
    away. A reservation of another space than the one named is not found.
    """

    type: ClassVar[str] = "reservation.change.v1"
    replies: ClassVar[Replies] = (ReservationChangeDone, ReservationChangeRefused)

    reservation_id: UUID
    scope: DatesOfSeries = "this"
    by: VouchedPerson
    expected_version: ExpectedVersion = None


class CancelReservation(WantedCancellation, SpaceMessage):
    """Cancel a reservation of a space, in the name of `by`. From internal services to policy.

    The body is that of `POST /v1/reservations/{id}/cancel`. A reservation of another space than the one named is not
    found.
    """

    type: ClassVar[str] = "reservation.cancel.v1"
    replies: ClassVar[Replies] = (ReservationCancellationDone, ReservationCancellationRefused)

    reservation_id: UUID
    by: VouchedPerson
    expected_version: ExpectedVersion = None


class CheckReservation(WantedCheck, SpaceMessage):
    """Say what would be decided if `by` had a space reserved now; nothing is changed. From internal services to policy.

    The body is that of `POST /v1/reservations:check`: with a `recurrence` or an `rrule` it asks about a group.
    """

    type: ClassVar[str] = "reservation.check.v1"
    replies: ClassVar[Replies] = (ReservationCheckDone, ReservationCheckRefused)

    by: VouchedPerson


COMMANDS: tuple[type[Message], ...] = (RequestReservation, ChangeReservation, CancelReservation, CheckReservation)
"""Every command about reservations."""

REPLIES: tuple[type[Message], ...] = (
    ReservationRequestDone,
    ReservationRequestRefused,
    ReservationChangeDone,
    ReservationChangeRefused,
    ReservationCancellationDone,
    ReservationCancellationRefused,
    ReservationCheckDone,
    ReservationCheckRefused,
)
"""Everything that replies to them."""
