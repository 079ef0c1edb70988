"""Spaces as JSON."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any, Literal, cast
from uuid import UUID

from pydantic import BaseModel, Field

from libs.contracts.fields import Address
from services.policy.api.answering_mailboxes import AnswersByItself, show_own_answers
from services.policy.api.fields import Body, Line, MomentOut, Zone, left_out
from services.policy.commands.mailboxes import Holds
from services.policy.commands.mapping import MappingFields
from services.policy.commands.mapping_details import condition_of, tell_details
from services.policy.commands.mapping_state import State
from services.policy.commands.spaces import SpaceChange, SpaceFields, SpaceRequest
from services.policy.core.limits import LONGEST_BUFFER, LONGEST_OFFER
from services.policy.store.occupancies import StandsCloser
from services.policy.store.spaces import WatchedSpace

Capacity = Annotated[int, Field(strict=True, ge=1, le=100_000)]
Minutes = Annotated[int, Field(strict=True, ge=0, le=LONGEST_BUFFER // timedelta(minutes=1))]
OfferMinutes = Annotated[
    int,
    Field(
        strict=True,
        ge=1,
        le=LONGEST_OFFER // timedelta(minutes=1),
        description="How long whoever is next on the waiting list has to take a time that became free, but never "
        "beyond its start.",
    ),
]
WaitingList = Annotated[
    bool,
    Field(strict=True, description="Whether people who were refused because it is taken can wait for it."),
]
Features = Annotated[list[Line], Field(max_length=100)]
ConnectionRef = Annotated[
    Line, Field(description="Id or name of the connection the mailbox is in; may be left out where there is only one.")
]
Groups = Annotated[list[UUID], Field(max_length=100, description="Ids of the groups that the space is in.")]
RoomMailbox = Annotated[Address, Field(description="Address of the room mailbox; compared without regard to case.")]

_MAPPING_FIELDS = set(MappingFields.__annotations__)


class NewSpace(Body):
    """A space to add, mapped at once if a mailbox is given."""

    name: Line
    capacity: Capacity
    time_zone: Zone
    room_mailbox: RoomMailbox | None = None
    connection: ConnectionRef | None = None
    building: Line | None = None
    features: Features = Field(default_factory=list)
    setup_minutes: Minutes = 0
    cleanup_minutes: Minutes = 0
    waiting_list: WaitingList = False
    offer_minutes: OfferMinutes = 60
    parts: Annotated[
        list[UUID],
        Field(max_length=100, description="Spaces this one is made of: it is booked whenever one of them is."),
    ] = Field(default_factory=list)
    groups: Groups = Field(default_factory=list)

    def request(self) -> SpaceRequest:
        """Return what is asked of the ledger."""
        mapping = cast("MappingFields", self.model_dump(include=_MAPPING_FIELDS, exclude_none=True))
        return SpaceRequest(**self.model_dump(exclude=_MAPPING_FIELDS), mapping=mapping)


class SpacePatch(Body):
    """What to change of a space; what is left out stays. `room_mailbox` maps it, null unmaps it.

    New buffers hold for reservations made or moved from now on; the answer names those that stand closer already.
    """

    name: Line = left_out()
    capacity: Capacity = left_out()
    time_zone: Zone = left_out()
    room_mailbox: RoomMailbox | None = left_out()
    connection: ConnectionRef | None = left_out()
    building: Line | None = left_out()
    features: Features = left_out()
    setup_minutes: Minutes = left_out()
    cleanup_minutes: Minutes = left_out()
    waiting_list: WaitingList = left_out()
    offer_minutes: OfferMinutes = left_out()
    groups: Groups = left_out()

    def change(self, space_id: UUID, expected_version: int | None, holds: Holds) -> SpaceChange:
        """Return what is asked of the ledger: to set the fields that were sent."""
        mapping = cast("MappingFields", self.model_dump(exclude_unset=True, include=_MAPPING_FIELDS))
        if self.connection is None:
            mapping.pop("connection", None)  # null names no connection, just as leaving it out does
        fields = cast("SpaceFields", self.model_dump(exclude_unset=True, exclude={*_MAPPING_FIELDS, "groups"}))
        groups = self.groups if "groups" in self.model_fields_set else None
        return SpaceChange(space_id, fields, mapping, expected_version, holds, groups)


class Mapping(BaseModel):
    """How a space stands to its room mailbox.

    `state` is the worst that is known. active: Microsoft tells us of changes; degraded: it does, and there is something
    that somebody should know; connecting: the watch is being set up; polling: Microsoft cannot tell us, so we look
    regularly; braked: a comparison would cancel so much that an administrator has to confirm it; failing: the calendar
    cannot be compared now; quarantined: the mailbox cannot be reached or is no room, and is left alone. `detail` says
    why and what helps, `since` from when on, and `next_try_at` when it is tried again, as far as that is known.
    """

    state: Literal["unmapped", State]
    room_mailbox: str | None
    connection: UUID | None
    detail: str | None
    since: MomentOut | None = None
    next_try_at: MomentOut | None = None
    mapped_at: MomentOut | None
    import_id: UUID | None = Field(
        default=None, description="The import that this mapping began, as long as it is kept."
    )
    answers_by_itself: AnswersByItself | None = Field(
        default=None, description="Set if invitations have answers that are not ours, so that the state is degraded."
    )


class SpaceOut(BaseModel):
    """A space."""

    id: UUID
    name: str
    capacity: int
    time_zone: str
    building: str | None
    features: list[str]
    setup_minutes: int
    cleanup_minutes: int
    waiting_list: bool
    offer_minutes: int
    parts: list[UUID]
    groups: list[UUID]
    mapping: Mapping
    version: int
    created_at: MomentOut


class StandsCloserOut(BaseModel):
    """A booking that stands closer to another than the buffers of its space ask for by now."""

    reservation_id: UUID
    start: MomentOut
    end: MomentOut


class ChangedSpaceOut(SpaceOut):
    """A space after a change."""

    closer_than_buffers: list[StandsCloserOut] = Field(
        default_factory=list,
        description="Given where the buffers grew: the first 100 bookings, by start, that now stand closer to another "
        "than the new buffers. Each keeps its time until its own time changes.",
    )


class SpaceList(BaseModel):
    """Spaces by name; `next` is the cursor of the next page, null on the last."""

    items: list[SpaceOut]
    next: str | None


def show_space(found: WatchedSpace) -> SpaceOut:
    """Show a space. One that was just mapped is connecting until ingest has said something about it."""
    space = found.space
    condition = condition_of(found)
    mapping = Mapping.model_validate(
        {
            "state": condition.state if condition else "unmapped",
            "room_mailbox": space.room_mailbox,
            "connection": space.connection_id,
            "detail": tell_details(found, condition),
            "since": condition.since if condition else None,
            "next_try_at": condition.next_try_at if condition else None,
            "mapped_at": space.mapped_at,
            "import_id": found.import_id,
            "answers_by_itself": _show_own_answers(found),
        }
    )
    shown: dict[str, Any] = {name: getattr(space, name) for name in SpaceOut.model_fields if hasattr(space, name)}
    return SpaceOut(**shown, parts=found.parts, groups=found.groups, mapping=mapping)


def _show_own_answers(found: WatchedSpace) -> AnswersByItself | None:
    mailbox = found.space.room_mailbox
    return show_own_answers(found.own_answers, mailbox) if found.own_answers is not None and mailbox else None


def show_closer(found: Sequence[StandsCloser]) -> list[dict[str, Any]]:
    """Show the bookings that stand closer together than new buffers."""
    shown = [StandsCloserOut(reservation_id=e.reservation_id, start=e.starts_at, end=e.ends_at) for e in found]
    return [each.model_dump(mode="json") for each in shown]
