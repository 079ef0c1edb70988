"""Imports of rooms as JSON."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from libs.contracts.values import Actor, Reason
from services.policy.api.fields import Body, MomentOut
from services.policy.api.paging import Cursor, Limit
from services.policy.api.space_bodies import ConnectionRef, RoomMailbox
from services.policy.commands.import_progress import progress_of
from services.policy.commands.room_imports import ImportRequest, SupposedMapping
from services.policy.core.imports.item import ItemOutcome, Side
from services.policy.core.wording import state_reason
from services.policy.store.import_items import ImportItemRow
from services.policy.store.import_rooms import ImportRoomRow, RoomState
from services.policy.store.imports import ImportRow, ImportState

MOST_ROOMS = 10_000

OUTCOMES = (
    "created_in_ledger: booked as it stands in Outlook. created_in_outlook: held there, since no invitation shows it. "
    "agreed: both sides had it. declined: it waited for an answer, and got this one. grandfathered: taken over though "
    "it breaks a rule; it is judged when it changes. conflict: both sides have something at its time, and keep it. "
    "failed: it could not be taken over, for the reasons given."
)


class SupposedMappingIn(Body):
    """A mapping to rehearse."""

    space_id: UUID
    room_mailbox: RoomMailbox
    connection: ConnectionRef | None = None


class NewImport(Body):
    """Which rooms to import: those named, those of a connection, or else all that are mapped.

    A rehearsal says what an import would come to, and changes nothing. It may also suppose `mappings`; without
    `space_ids` and `connection` it is then about those alone.
    """

    space_ids: Annotated[list[UUID], Field(min_length=1, max_length=MOST_ROOMS)] | None = None
    connection: (
        Annotated[ConnectionRef, Field(description="Id or name of the connection whose rooms are meant.")] | None
    ) = None
    rehearsal: Annotated[bool, Field(strict=True, description="Whether nothing is to be changed.")]
    mappings: Annotated[list[SupposedMappingIn], Field(max_length=MOST_ROOMS)] = Field(default_factory=list)

    def request(self) -> ImportRequest:
        """Return what is asked of the ledger."""
        return ImportRequest(
            is_rehearsal=self.rehearsal,
            space_ids=None if self.space_ids is None else list(dict.fromkeys(self.space_ids)),
            connection=self.connection,
            mappings=[SupposedMapping(each.space_id, each.room_mailbox, each.connection) for each in self.mappings],
        )


class ImportPage(BaseModel):
    """Which imports, or rooms of one, to list."""

    model_config = ConfigDict(extra="forbid")

    limit: Limit = 100
    cursor: Cursor | None = None


class ItemFilter(ImportPage):
    """Which items of an import to list."""

    outcome: Annotated[ItemOutcome | None, Field(description=OUTCOMES)] = None
    space_id: UUID | None = None


class RoomImportCounts(BaseModel):
    """How many items there are of each outcome. What was over is only counted, on both sides."""

    created_in_ledger: int = 0
    created_in_outlook: int = 0
    agreed: int = 0
    declined: int = 0
    grandfathered: int = 0
    conflicts: int = 0
    failed: int = 0
    past: int = 0


class RoomImportOut(BaseModel):
    """An import of rooms, or a rehearsal, and how far it is.

    `rooms_failed` are among those that are done. It is failed if all of its rooms are; those of one that is finished or
    failed can be tried again by resuming it.
    """

    id: UUID
    rehearsal: bool
    cause: Annotated[Literal["mapping", "request"], Field(description="mapping: spaces were mapped; request: POST.")]
    state: ImportState
    rooms: int
    rooms_done: int
    rooms_failed: int
    items_done: int
    rate_per_s: Annotated[float | None, Field(description="Items per second so far; null while unknown.")]
    remaining_s: Annotated[float | None, Field(description="Seconds that the rest may take; null while unknown.")]
    counts: RoomImportCounts
    asked_by: Actor | None
    created_at: MomentOut
    ended_at: MomentOut | None


class RoomImportList(BaseModel):
    """Imports, the newest first; `next` is the cursor of the next page, null on the last."""

    items: list[RoomImportOut]
    next: str | None


class ImportedRoomOut(BaseModel):
    """The part of one room in an import.

    waiting: for another import of this room, or to be admitted; reading: its calendar is read; deciding; holding:
    Outlook is to show what it does not; done; failed: `detail` says why and what helps.
    """

    space_id: UUID
    space: str
    room_mailbox: str
    state: RoomState
    detail: str | None
    events_read: int
    counts: RoomImportCounts
    ended_at: MomentOut | None


class ImportedRoomList(BaseModel):
    """Rooms of an import by name; `next` is the cursor of the next page, null on the last."""

    items: list[ImportedRoomOut]
    next: str | None


class ImportItemOut(BaseModel):
    """What became, or in a rehearsal would become, of an event in Outlook or a reservation in the ledger.

    In a conflict, `reservation_id` is that of what is in the way. `dates` is how many dates to come a series has.
    """

    space_id: UUID
    side: Side
    ical_uid: str | None
    reservation_id: UUID | None
    start: MomentOut
    end: MomentOut
    title: str
    dates: int | None
    outcome: ItemOutcome
    reasons: list[Reason]


class ImportItemList(BaseModel):
    """Items in the order in which they were decided; `next` is the cursor of the next page, null on the last."""

    items: list[ImportItemOut]
    next: str | None


def show_import(found: ImportRow) -> RoomImportOut:
    """Show an import."""
    progress = progress_of(found)
    return RoomImportOut(
        id=found.id,
        rehearsal=found.is_rehearsal,
        cause=found.cause,
        state=found.state,
        rooms=found.rooms,
        rooms_done=found.rooms_done,
        rooms_failed=found.rooms_failed,
        items_done=progress.done,
        rate_per_s=progress.rate_per_s,
        remaining_s=progress.remaining_s,
        counts=_show_counts(found.counts, found.past),
        asked_by=found.asked_by,
        created_at=found.created_at,
        ended_at=found.ended_at,
    )


def show_room(found: ImportRoomRow) -> ImportedRoomOut:
    """Show the part of one room."""
    return ImportedRoomOut(
        space_id=found.space_id,
        space=found.space_name,
        room_mailbox=found.room_mailbox,
        state=found.state,
        detail=found.detail,
        events_read=found.events,
        counts=_show_counts(found.counts, found.past),
        ended_at=found.ended_at,
    )


def show_item(found: ImportItemRow) -> ImportItemOut:
    """Show an item whose outcome is known."""
    return ImportItemOut.model_validate(
        {
            "space_id": found.space_id,
            "side": found.side,
            "ical_uid": found.ical_uid,
            "reservation_id": found.reservation_id,
            "start": found.starts_at,
            "end": found.ends_at,
            "title": found.title,
            "dates": found.dates,
            "outcome": found.outcome,
            "reasons": [state_reason(each, found.place) for each in found.reasons],
        }
    )


def _show_counts(counts: dict[ItemOutcome, int], past: int) -> RoomImportCounts:
    named = {"conflicts" if outcome == "conflict" else outcome: count for outcome, count in counts.items()}
    return RoomImportCounts(**named, past=past)
